"""Shared vectors: read unchanged by pytest and by vitest. See README.md."""
