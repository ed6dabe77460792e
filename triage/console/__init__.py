"""The loopback web application of one officer: `main` serves it."""

from triage.console.serving import DEFAULT_PORT
from triage.console.serving import serve as main

__all__ = ["DEFAULT_PORT", "main"]
