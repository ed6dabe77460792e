"""Who sends a body and stops does not hold a thread for ever (PERFORMANCE §6.1, ATTACKS §1.6)."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from intake.server import limits
from intake.server.bodies import BINARY as BINARY_TYPE
from intake.server.config import load_settings
from intake.server.deadlines import GUNICORN_SOCKET
from intake.server.face import Resources
from intake.server.public import views
from intake.server.public.app import create_public_app
from intake.server.wsgi import close_resources, open_resources
from tests.intake.processes import Installation


@pytest.fixture
def resources(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resources]:
    """What a worker opens; a body has a tenth of a second."""
    for module in (views, limits):
        monkeypatch.setattr(module, "SECONDS_FOR_A_BODY", 0.1)
    opened = open_resources(load_settings(None, installation.environment))
    yield opened
    close_resources(opened)


def stalled(app: Flask, path: str, length: int) -> str:
    """The status for a request whose body stops after ten bytes, with its socket left open."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), ours.makefile("rb") as body:
        theirs.sendall(bytes(10))
        environ = EnvironBuilder(path, method="POST", content_type=BINARY_TYPE).get_environ()
        sent = {"CONTENT_LENGTH": str(length), "wsgi.input": body, GUNICORN_SOCKET: ours}
        _, status, _ = run_wsgi_app(app, environ | sent)
        return status


@pytest.mark.parametrize(
    ("path", "length"), [("/api/v1/submissions", 43_582), ("/api/v1/slots", 256)]
)
def test_a_stalled_body_is_given_up(resources: Resources, path: str, length: int) -> None:
    """What came is no whole body, and nothing is kept."""
    assert stalled(create_public_app(resources), path, length).startswith("400")


def test_a_stalled_body_above_the_limit_is_given_up_too(resources: Resources) -> None:
    """API 2.5: it is passed over, so that its sender gets to read the challenge."""
    rare = replace(resources.settings.limits, shared="1 per hour")
    settings = replace(resources.settings, limits=rare)
    app = create_public_app(replace(resources, settings=settings))

    first, second = (stalled(app, "/api/v1/slots", 256) for _ in range(2))

    assert first.startswith("400")
    assert second.startswith("429")
