"""gunicorn configuration: `gunicorn -c deploy/gunicorn.conf.py`.

The values live in `intake.server.gunicorn_logging`, so that `intake serve` runs with the same ones
and a wheel without this folder does too. Only the three settings below differ between machines;
their names are fixed by the product's interface.
"""

import os
import sys
from datetime import UTC, datetime

from intake.server.gunicorn_logging import gunicorn_settings
from intake.server.limiter_key import prepare_daily_key


def _positive(name: str, default: str) -> int:
    """Read a whole number above zero, or end the start with one line that names the setting."""
    text = os.environ.get(name, default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        sys.exit(f"{name}: want a whole number above zero")
    return int(text)


def on_starting(_: object) -> None:
    """Make the limiter's key before workers are forked, so that they count together."""
    prepare_daily_key(datetime.now(UTC))


# gunicorn reads its settings from this module's global names.
globals().update(
    gunicorn_settings(
        bind=os.environ.get("INTAKE_BIND", "127.0.0.1:8080"),
        workers=_positive("INTAKE_WORKERS", "1"),
        threads=_positive("INTAKE_THREADS", "16"),
    )
)
