"""Internal notes: a page that sends nothing to anybody, and looks and says so."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from triage.console.context import Message, console, speaker

# What an officer writes down by hand; the whole request has 64 KiB.
MAX_NOTE_CHARACTERS = 8000

notes = Blueprint("notes", __name__)


@notes.get("/reports/<ref>/note")
def note_form(ref: str) -> ResponseReturnValue:
    """The form, on a page of its own."""
    return _page(ref)


@notes.post("/reports/<ref>/note")
def keep_note(ref: str) -> ResponseReturnValue:
    """Keep a note in the officer's own register."""
    session = console().workplace.session
    text = request.form.get("note", "").replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        return Response(_page(ref, error=speaker().phrase("note.error.empty")), 400)
    if len(text) > MAX_NOTE_CHARACTERS:
        error = speaker().phrase("note.error.long", characters=len(text) - MAX_NOTE_CHARACTERS)
        return Response(_page(ref, text, error), 400)
    session.add_note(ref, text)
    console().message = Message(speaker().phrase("note.kept"))
    return redirect(url_for("pages.report", ref=session.report(ref).ref, _anchor="notes"), 303)


def _page(ref: str, text: str = "", error: str = "") -> str:
    opened = console().workplace.session.report(ref)
    return render_template(
        "note.html", opened=opened, text=text, error=error, longest=MAX_NOTE_CHARACTERS
    )
