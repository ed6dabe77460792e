"""What the views share: the running console, the present request's language, its admission."""

from dataclasses import dataclass
from typing import Final, cast

from flask import current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from triage.console.entrance import Admission, Entrance
from triage.console.languages import CHINESE, LANGUAGES, Language, parse_language
from triage.console.preferences import Preferences
from triage.console.presentation import Speaker, local_now
from triage.console.unlock_form import UnlockForm
from triage.console.workplace import Workplace, utc_now

COOKIE_NAME: Final = "console"


@dataclass(frozen=True, slots=True)
class Message:
    """What a change came to.

    Attributes:
        good: whether it came to what was wanted.
    """

    text: str
    good: bool = True


@dataclass(slots=True)
class Console:
    """Everything that the views need; one for each running console.

    Attributes:
        authority: `127.0.0.1:port`, the only Host that is answered.
        officer: the officer's service name.
        message: what the last change came to, shown once on the next page.
    """

    workplace: Workplace
    entrance: Entrance
    authority: str
    preferences: Preferences
    officer: str
    message: Message | None = None

    def take_message(self) -> Message | None:
        """The message, which is then gone."""
        message, self.message = self.message, None
        return message


def console() -> Console:
    """The console that serves the present request."""
    return cast(Console, current_app.extensions["console"])


def speaker() -> Speaker:
    """The present request's language and time."""
    if "speaker" not in g:
        g.speaker = Speaker(_language(), local_now(utc_now))
    return cast(Speaker, g.speaker)


def admission() -> Admission:
    """What the browser of the present request holds; the guard saw to it that there is one."""
    return cast(Admission, g.admission)


def typed_form() -> UnlockForm:
    """What was typed to unlock; the guard read it."""
    return cast(UnlockForm, g.unlock_form)


def set_cookie(response: AnyResponse, held: Admission) -> AnyResponse:
    """Give the browser its cookie; it ends with the browser and stays below our path."""
    response.set_cookie(
        COOKIE_NAME,
        held.cookie,
        path=f"/{console().entrance.path}/",
        httponly=True,
        samesite="Strict",
    )
    return response


def _language() -> Language:
    chosen = console().preferences.language
    if chosen is not None:
        return chosen
    best = request.accept_languages.best_match(LANGUAGES, default=CHINESE)
    return parse_language(best)
