"""`intake serve`: gunicorn, started by us with the settings that `gunicorn_logging` fixes."""

# gunicorn ships no types, and the separate stubs lag behind its releases.
# mypy: disable-error-code="import-untyped, misc, no-untyped-call, override"

import os
from typing import TYPE_CHECKING, Final

from gunicorn.app.base import BaseApplication

from intake.server.bind import probe_bind
from intake.server.config import Settings
from intake.server.face import utc_now
from intake.server.gunicorn_logging import gunicorn_settings
from intake.server.limiter_key import prepare_daily_key
from intake.server.wsgi import assemble, close_resources, create_app, open_resources

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# What we write is for its owner alone.
_UMASK: Final = 0o077


class IntakeApplication(BaseApplication):
    """gunicorn told in code what its command line would tell it."""

    def __init__(self, settings: Settings) -> None:
        self._intake_settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Take the fixed settings; no file and no environment variable of gunicorn's is read."""
        settings = self._intake_settings
        fixed = gunicorn_settings(
            bind=settings.bind, workers=settings.workers, threads=settings.threads
        )
        for name, value in fixed.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        """Make the application, in the worker."""
        return create_app(self._intake_settings)


def serve(settings: Settings) -> None:
    """Serve until stopped.

    Everything that could refuse the start is tried here first, before gunicorn forks.

    Raises:
        ConfigError, StartError, StoreUnavailableError: Why not, in one line.
    """
    os.umask(_UMASK)
    probe_bind(settings.bind, os.environ)
    prepare_daily_key(utc_now())
    resources = open_resources(settings)
    assemble(resources)
    close_resources(resources)
    IntakeApplication(settings).run()
