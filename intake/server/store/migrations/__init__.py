"""Alembic's environment and the revisions of each database."""
