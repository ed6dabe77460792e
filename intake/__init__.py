"""The intake side: the blind mailbox, the report page and the API client."""
