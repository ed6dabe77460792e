"""The desk face: officers' signed requests."""
