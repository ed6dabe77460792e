"""Values stay as they were made, and what they hold is not shown (STYLE 3)."""

import dataclasses
import importlib
import pkgutil
from typing import Final

import pytest

import crypto
from crypto.wire import case_event, release, reply
from crypto.wire.case_event import CaseEvent, ChainKind
from crypto.wire.codec import Reader
from crypto.wire.release import Release
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role

_WORDS: Final = "words that nobody else may read"


def _values() -> list[type]:
    """Every dataclass of crypto/, the one cursor left out."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(crypto.__path__, "crypto.")
    ]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value) and value is not Reader
    }
    return sorted(found, key=lambda value: (value.__module__, value.__name__))


@pytest.mark.parametrize("value", _values(), ids=lambda value: value.__name__)
def test_every_value_is_frozen(value: type) -> None:
    """STYLE 3: frozen, with slots."""
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(value)


def test_what_is_opened_is_not_shown() -> None:
    """STYLE 3: neither the words nor the bytes that were signed reach a log line."""
    answered = Reply(
        ReplyKind.REPLY, Role.TRIAGE, 1, 0, bytes(32), {"sent_on": "2026-03-03", "text": _WORDS}
    )
    written = CaseEvent(
        *(ChainKind.TRIAGE, bytes(32), 0, bytes(32), (), bytes(32), 0),
        content={"type": "note", "text": _WORDS},
    )
    released = Release(bytes(32), bytes(32), 1, (_WORDS.encode() * 40)[:1184], bytes(32))

    opened = (
        reply.parse_reply(reply.pad_reply(reply.encode_signed_part(answered), bytes(64))),
        case_event.parse_event(
            case_event.pad_event(case_event.encode_signed_part(written), bytes(64))
        ),
        release.parse_release(release.pad_release(release.encode_signed_part(released), bytes(64))),
    )

    assert [repr(value) for value in opened if _WORDS in repr(value)] == []
