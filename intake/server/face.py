"""What the three faces have in common: an app that keeps no session and parses no form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from flask import Flask, current_app

from intake.server.config import Settings
from intake.server.key_sets import KeySets
from intake.server.limiter_key import DailyKey
from intake.server.problems import install_problems
from intake.server.store.database import Database

_EXTENSION: Final = "intake"
State = TypeVar("State")


def utc_now() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a worker opened for its faces.

    Attributes:
        vault: None where neither the public face nor the vault face is served.
        parts: None where neither the public face nor the desk face is served.
        clock: Gives the present instant, aware UTC.
    """

    settings: Settings
    key_sets: KeySets
    daily_key: DailyKey
    main: Database
    vault: Database | None
    parts: Database | None
    clock: Callable[[], datetime]


def make_app(name: str, state: object) -> Flask:
    """An empty app with problem documents, and with `state` for its views."""
    app = Flask(name, static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False  # A merged path would be answered with a redirect.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.extensions[_EXTENSION] = state
    install_problems(app)
    return app


def state_of(kind: type[State]) -> State:
    """The state of the app that handles the present request."""
    state = current_app.extensions[_EXTENSION]
    if not isinstance(state, kind):
        raise TypeError("a view of another face")
    return state
