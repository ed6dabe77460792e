"""The Python API client behind the intake command."""
