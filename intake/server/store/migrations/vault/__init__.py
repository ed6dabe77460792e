"""Revisions of the vault."""
