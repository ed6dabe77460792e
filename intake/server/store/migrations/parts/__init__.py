"""Revisions of the parts database."""
