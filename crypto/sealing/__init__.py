"""Sealing to public keys; nothing here can open anything."""
