"""The office side: everything that needs a key."""
