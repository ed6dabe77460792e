"""The limit that HTTP sets: a view that reads a body and does nothing, run as the server is."""

# gunicorn ships no types, and the separate stubs lag behind its releases.
# mypy: disable-error-code="import-untyped, misc, no-untyped-call, override"

import sys

from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication

from intake.server.gunicorn_logging import gunicorn_settings


def accept() -> Response:
    """Read the body, keep nothing."""
    request.stream.read(request.content_length or 0)
    return Response(status=201)


def create_app() -> Flask:
    """One route."""
    app = Flask("empty", static_folder=None, template_folder=None)
    app.add_url_rule("/api/v1/submissions", methods=["POST"], view_func=accept)
    return app


class EmptyApplication(BaseApplication):
    """gunicorn with the server's own settings and the empty view."""

    def __init__(self, port: int, workers: int, threads: int) -> None:
        self._settings = gunicorn_settings(
            bind=f"127.0.0.1:{port}", workers=workers, threads=threads
        )
        super().__init__()

    def load_config(self) -> None:
        """Take the server's settings."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, in the worker."""
        return create_app()


if __name__ == "__main__":
    EmptyApplication(*(int(argument) for argument in sys.argv[1:4])).run()
