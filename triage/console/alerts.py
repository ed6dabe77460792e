"""What stands in the notices bar: sentences made from what the workstation found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from triage.cases.report import Notice, NoticeKind
from triage.console.presentation import Speaker
from triage.console.workplace import SyncKind, SyncState

MAX_REFS: Final = 6
_OF_A_REPORT: Final = frozenset(
    {
        NoticeKind.SIBLING_MISSING,
        NoticeKind.SIBLING_ALTERED,
        NoticeKind.DUPLICATE,
        NoticeKind.DESTRUCTION_OVERDUE,
    }
)
# These do not mean that anybody misbehaved.
_MILD: Final = frozenset(
    {
        NoticeKind.DUPLICATE,
        NoticeKind.KEY_SET_NEAR_EXPIRY,
        NoticeKind.DIRECTORY_NEAR_EXPIRY,
        NoticeKind.EPOCH_OVERDUE,
    }
)


class Seriousness(StrEnum):
    """How a warning looks."""

    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the notices bar.

    Attributes:
        refs: the reports it is about, at most `MAX_REFS`.
        link: the page that tells more; empty for none.
    """

    seriousness: Seriousness
    sentence: str
    refs: tuple[str, ...] = ()
    link: str = ""


def alerts_of(
    notices: Iterable[Notice], state: SyncState, *, quarantined: int, speaker: Speaker
) -> tuple[Alert, ...]:
    """Put together what an officer must know, the gravest first."""
    found = [*_of_server(state, speaker), *_of_notices(notices, speaker)]
    if quarantined:
        sentence = speaker.phrase("notice.quarantined", count=quarantined)
        found.append(Alert(Seriousness.WARN, sentence, link="pages.quarantine"))
    return tuple(sorted(found, key=lambda warning: warning.seriousness is Seriousness.WARN))


def _of_server(state: SyncState, speaker: Speaker) -> Iterable[Alert]:
    latest = state.latest
    if latest is None or latest.kind is SyncKind.DONE:
        return
    unreachable = latest.kind is SyncKind.UNREACHABLE
    key = f"notice.{latest.kind}" if state.succeeded_at else f"notice.{latest.kind}.never"
    time = speaker.clock(state.succeeded_at) if state.succeeded_at else ""
    sentence = speaker.phrase(
        key, time=time, reason=" ".join(speaker.fault(name) for name in latest.faults)
    )
    yield Alert(Seriousness.WARN if unreachable else Seriousness.BAD, sentence)


def _of_notices(notices: Iterable[Notice], speaker: Speaker) -> Iterable[Alert]:
    by_kind: dict[NoticeKind, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    for kind, same in by_kind.items():
        about_reports = kind in _OF_A_REPORT
        subjects = tuple(notice.subject for notice in same)[:MAX_REFS]
        sentence = speaker.phrase(f"notice.{kind}", count=len(same), reason=", ".join(subjects))
        yield Alert(
            Seriousness.WARN if kind in _MILD else Seriousness.BAD,
            sentence,
            subjects if about_reports else (),
        )
