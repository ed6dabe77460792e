"""Revisions of the main database."""
