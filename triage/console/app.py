"""The console's Flask application: what holds for every page."""

import logging
from types import TracebackType
from typing import Final, cast

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from crypto.errors import MalformedTextError, SealedIntakeError
from triage.console.attachments import files, progress_of, type_of
from triage.console.context import (
    COOKIE_NAME,
    Console,
    admission,
    console,
    set_cookie,
    speaker,
    typed_form,
)
from triage.console.entrance import Entrance
from triage.console.gate import READING_METHODS, is_foreign, is_speculative, with_headers
from triage.console.languages import LANGUAGES, other_language
from triage.console.notes import notes
from triage.console.pages import pages
from triage.console.preferences import read_preferences
from triage.console.presentation import countdown, file_size
from triage.console.replies import replies
from triage.console.unlock_form import FORM_TYPE, Source, read_unlock_form
from triage.console.visible_text import visible_line, visible_segments
from triage.console.workplace import Workplace
from triage.errors import LockedError, NoSuchThingError, TriageError, WrongUseError
from triage.workstation.home import Home

MAX_REQUEST_BYTES: Final = 64 * 1024
# Everything below the console's own path.
_GUARDED: Final = frozenset({"pages", "replies", "notes", "files"})
# Pages that are shown while the console is locked.
_OPEN_WHILE_LOCKED: Final = frozenset(
    {
        "pages.unlock",
        "pages.try_unlock",
        "pages.status",
        "pages.choose_language",
        "pages.lock",
    }
)
# Requests that a page makes by itself are no sign that somebody sits there.
_NOT_THE_OFFICER: Final = frozenset({"pages.status", "pages.unlock", "files.status"})
# Refusals that have a text of their own in the catalogues.
_REFUSALS: Final = {403: "host", 404: "missing", 405: "request", 500: "fault"}

_log = logging.getLogger(__name__)


class ConsoleApp(Flask):
    """Flask that never logs what it was asked for."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log the kind of a fault and its place: a message or path could quote a report."""
        kind, _, trace = exc_info
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        _log.error("%s at %s", kind.__name__ if kind else "?", place)


def create_app(workplace: Workplace, entrance: Entrance, *, authority: str) -> Flask:
    """Make the application.

    Args:
        workplace: the officer's workstation.
        entrance: who is let in.
        authority: `127.0.0.1:port`, the only Host that is answered.

    Raises:
        NoSuchThingError: nobody enrolled in the workstation's folder.
    """
    home = workplace.workstation.home
    app = ConsoleApp(__name__, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.extensions["console"] = Console(
        workplace, entrance, authority, read_preferences(home), Home(home).enrolment().label
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        segments=visible_segments,
        one_line=visible_line,
        size=file_size,
        countdown=countdown,
        file_type=type_of,
        progress=progress_of,
    )
    app.before_request(_guard)
    app.after_request(with_headers)
    app.teardown_request(_forget_form)
    app.context_processor(_shared)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(TriageError, _failed)
    app.register_error_handler(SealedIntakeError, _failed)
    for blueprint in (pages, replies, notes, files):
        app.register_blueprint(blueprint, url_prefix=f"/{entrance.path}")
    app.add_url_rule("/", "front", _front)
    app.add_url_rule("/favicon.ico", "favicon", _favicon)
    app.add_url_rule("/enter/<token>", "enter", _enter)
    return app


def _guard() -> ResponseReturnValue | None:
    """Refuse what comes from elsewhere, from no admitted browser, or without a form token."""
    here = console()
    if is_foreign(request, authority=here.authority):
        return _refusal("host", 403)
    if request.blueprint not in _GUARDED:
        return None
    held = here.entrance.recognise(request.cookies.get(COOKIE_NAME, ""))
    if held is None:
        return _refusal("entry", 403)
    g.admission = held
    if request.method not in READING_METHODS and not held.accepts_form(_form_token()):
        return _refusal("token", 403)
    unlocked = here.workplace.is_unlocked
    if not unlocked and request.endpoint not in _OPEN_WHILE_LOCKED:
        return redirect(url_for("pages.unlock"), 303)
    if unlocked and request.endpoint not in _NOT_THE_OFFICER:
        here.workplace.touch()
    return None


def _form_token() -> str:
    """The token in what was sent; the unlock form is kept from Flask's own parser."""
    if request.endpoint != "pages.try_unlock":
        return request.form.get("token", "")
    if request.mimetype != FORM_TYPE:
        return ""
    try:
        g.unlock_form = read_unlock_form(_body(), request.content_length)
    except MalformedTextError:
        return ""
    return typed_form().token


def _body() -> Source:
    """The request's body, as the server reads it."""
    return cast("Source", request.stream)


def _forget_form(_: BaseException | None) -> None:
    """However a request ended, what was typed is overwritten."""
    if "unlock_form" in g:
        typed_form().forget()


def _shared() -> dict[str, object]:
    """What every template may use."""
    here = console()
    words = speaker()
    return {
        "t": words.phrase,
        "other": words.other_phrase,
        "speaker": words,
        "language": words.language,
        "other_language": other_language(words.language),
        "languages": LANGUAGES,
        "here": here,
        "workplace": here.workplace,
        "admitted": "admission" in g,
        "form_token": admission().form_token if "admission" in g else "",
    }


def _front() -> ResponseReturnValue:
    return _refusal("entry", 403)


def _favicon() -> ResponseReturnValue:
    return redirect(url_for("static", filename="icon.svg"), 303)


def _enter(token: str) -> ResponseReturnValue:
    """Let the first browser in that follows the link."""
    if request.method == "HEAD" or is_speculative(request):
        abort(403)
    here = console()
    held = here.entrance.admit(token)
    if held is None:
        return _refusal("link", 403)
    # A link that was made for one person must not open what another one had unlocked.
    here.workplace.lock()
    return set_cookie(redirect(url_for("pages.queue"), 303), held)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect, as HTTP numbers them
        return error.get_response()
    return _refusal(_REFUSALS.get(error.code, "request"), error.code)


def _failed(error: TriageError | SealedIntakeError) -> ResponseReturnValue:
    if isinstance(error, LockedError):
        # The process that held the keys may have ended by itself.
        console().workplace.lock()
        return redirect(url_for("pages.unlock"), 303)
    if isinstance(error, (NoSuchThingError, WrongUseError)):
        return _refusal("report", 404)
    _log.error("%s", type(error).__name__)
    return _refusal("fault", 500)


def _refusal(what: str, status: int) -> Response:
    return Response(render_template("refused.html", what=what), status)
