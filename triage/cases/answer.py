"""What an officer tells a reporter, put together out of fixed phrases and free text."""

from dataclasses import dataclass, field

from crypto.wire.reply import ReplyKind
from triage.cases.phrases import check_state, phrase
from triage.errors import WrongUseError


@dataclass(frozen=True, slots=True)
class Answer:
    """What an officer wants to tell a reporter.

    Attributes:
        state: the state of the case from now on, None to leave it.
    """

    kind: ReplyKind
    text: str = field(repr=False)
    state: str | None = None


def compose(
    *, written: str, phrase_code: str | None, state: str | None, language: str | None
) -> Answer:
    """An answer out of its parts: the phrase first, then what was written.

    Where neither is given, the state's own phrase is the text.

    Raises:
        WrongUseError: nothing to say, no such phrase or state, or two different states.
    """
    if state is not None:
        check_state(state)
    code = phrase_code or (state if not written else None)
    parts = [written] if written else []
    if code is not None:
        chosen = phrase(code)
        parts.insert(0, chosen.text(language))
        if None not in {state, chosen.state} and state != chosen.state:
            raise WrongUseError("the phrase says another state")
        state = state or chosen.state
    if not parts:
        raise WrongUseError("nothing to say: want a text, a phrase or a state")
    kind = ReplyKind.STATE if state is not None and not written else ReplyKind.REPLY
    return Answer(kind, "\n".join(parts), state)
