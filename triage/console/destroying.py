"""Destroying a withdrawn report from the console, and the list of what was destroyed."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.errors import SealedIntakeError
from triage.cases.withdrawal import require_due
from triage.console.context import Message, console, speaker
from triage.console.workplace import utc_now
from triage.errors import (
    DestroyedError,
    RefusedInputError,
    ServerRefusedError,
    ServerUnavailableError,
)

destroying = Blueprint("destroying", __name__)


@destroying.get("/destroyed")
def destroyed() -> ResponseReturnValue:
    """One line for each destroyed report."""
    return render_template("destroyed.html", items=console().workplace.session.destroyed())


@destroying.get("/reports/<ref>/destroy")
def destroy_form(ref: str) -> ResponseReturnValue:
    """What will go and what stays; for a report whose day has come only."""
    return _page(ref)


@destroying.post("/reports/<ref>/destroy")
def destroy(ref: str) -> ResponseReturnValue:
    """Destroy a report, if the officer ticked that this is meant."""
    phrase = speaker().phrase
    if request.form.get("meant") != "1":
        return Response(_page(ref, phrase("destroy.error.tick")), 400)
    try:
        console().workplace.session.destroy(ref)
    except DestroyedError:
        console().message = Message(phrase("destroy.done.others"))
    except ServerUnavailableError:
        return Response(_page(ref, phrase("destroy.error.away")), 503)
    except (ServerRefusedError, RefusedInputError, SealedIntakeError):
        return Response(_page(ref, phrase("destroy.error.refused")), 502)
    else:
        console().message = Message(phrase("destroy.done"))
    return redirect(url_for("destroying.destroyed"), 303)


def _page(ref: str, error: str = "") -> str:
    opened = console().workplace.session.report(ref)
    require_due(opened.summary.withdrawal, utc_now().date())
    return render_template("destroy.html", opened=opened, error=error)
