"""Transport between the console and an intake server."""
