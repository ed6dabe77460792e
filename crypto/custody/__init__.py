"""Opening keys: deriving, holding and using them. Never part of the server."""
