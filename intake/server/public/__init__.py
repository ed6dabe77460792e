"""The public face: what anyone may call without an account."""
