"""The blind mailbox: app factories for three faces, and what they share."""
