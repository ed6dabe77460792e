"""A visit to the mailbox, and sending more to the same case. Source: SPEC §11; intake/API.md §2.

A visit is nine requests of one size with nine answers of one size, whether the code is known,
wrong, or has news. Only who has eight items of one kind takes nine more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from crypto.custody.mailbox import (
    LANES,
    Lane,
    Mailbox,
    is_full,
    open_mailbox,
    window_preimages,
)
from crypto.custody.reporter import (
    Contents,
    ReporterKeys,
    open_acknowledgement,
    seal_submission,
)
from crypto.wire.acknowledgement import Acknowledgement
from crypto.wire.contents import DocumentKind
from crypto.wire.key_set import KeySet
from crypto.wire.slots import SLOT_WINDOW, parse_slots
from crypto.wire.strict_json import encode_json
from crypto.wire.submission import parse_submission
from intake.client.api import Api
from intake.client.drafts import Draft, DraftFile, draft_tag
from intake.client.errors import ServerRefusedError
from intake.client.permissions import Permission

REQUESTS_A_STEP: Final = len(LANES)
# 256 items of one kind; a server that fills every slot must not keep a client asking for ever.
MAX_STEPS: Final = 32
_MAX_SEALINGS: Final = 8
_OUTDATED: Final = "key-set-outdated"
_NUMBER_TAKEN: Final = frozenset({"slot-taken", "row-taken"})


@dataclass(frozen=True, slots=True)
class Visit:
    """What lay in a mailbox.

    Attributes:
        requests: how many were made.
        is_complete: false where there was still more behind the last window.
    """

    mailbox: Mailbox
    requests: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent to an existing case: every part that is not None has this kind.

    Attributes:
        permission: a consent or its end, signed when it is sealed; into the protection document.
    """

    kind: DocumentKind
    contents: Contents = field(repr=False)
    permission: Permission | None = field(default=None, repr=False)

    @property
    def spelled(self) -> bytes:
        """Kind and contents in bytes that differ where they differ."""
        contents = self.contents
        return encode_json(
            {
                "kind": int(self.kind),
                "about_staff": contents.about_staff,
                "report": contents.report,
                "identity": contents.identity,
                "protection": contents.protection,
                "reward": contents.reward,
                "permission": None if self.permission is None else self.permission.spelled,
            }
        )

    def sealed_contents(self, keys: ReporterKeys, n: int, now: datetime) -> Contents:
        """What submission n says."""
        if self.permission is None:
            return self.contents
        return replace(self.contents, protection=self.permission.content(keys, n, now))


@dataclass(frozen=True, slots=True)
class Sent:
    """Submission n is registered.

    Attributes:
        was_there: it had been registered by an earlier try.
    """

    n: int
    acknowledgement: Acknowledgement
    key_set: KeySet
    was_there: bool = False


def visit(api: Api, keys: ReporterKeys, key_set: KeySet) -> Visit:
    """Ask for the slots of a code, step by step, and open what lies there.

    Raises:
        MalformedEnvelopeError: an answer that is none.
        ClientError: the server does not answer.
    """
    slots: dict[Lane, list[bytes | None]] = {lane: [] for lane in LANES}
    step = 0
    while step == 0 or (step < MAX_STEPS and is_full(slots)):
        for lane in LANES:
            preimages = window_preimages(keys, lane, step * SLOT_WINDOW)
            slots[lane] += parse_slots(api.slots(preimages))
        step += 1
    mailbox = open_mailbox(keys, (key_set,), slots)
    return Visit(mailbox, step * REQUESTS_A_STEP, not is_full(slots))


def send(
    api: Api,
    keys: ReporterKeys,
    outgoing: Outgoing,
    found: Mailbox,
    *,
    file: DraftFile,
    fetch_key_set: Callable[[], KeySet],
) -> Sent:
    """Seal and send; the same again after a failure is sent once.

    Args:
        api: the server.
        keys: of the case.
        outgoing: what to say.
        found: what a visit just found.
        file: where the draft lies between two tries.
        fetch_key_set: gives the newest one, verified.

    Raises:
        SealedIntakeError: the contents or the acknowledgement are refused.
        ClientError: the server does not take it; the draft stays, and the next try uses it.
    """
    tag, draft, key_set = draft_tag(keys, outgoing.spelled), file.read(), fetch_key_set()
    if draft is not None and draft.tag != tag:
        draft = None
    there = None if draft is None else _registered(found, draft)
    if draft is not None and there is not None:
        file.forget()
        return Sent(draft.n, there, key_set, was_there=True)
    n = found.next_n
    for _ in range(_MAX_SEALINGS):
        draft = draft or _sealed_draft(keys, outgoing, key_set, n, tag)
        file.keep(draft)
        try:
            acknowledgement = _send_once(api, keys, draft, key_set)
        except ServerRefusedError as error:
            if error.name not in {_OUTDATED, *_NUMBER_TAKEN}:
                raise
            n = max(n, draft.n + 1) if error.name in _NUMBER_TAKEN else draft.n
            draft, key_set = None, fetch_key_set()
        else:
            file.forget()
            return Sent(draft.n, acknowledgement, key_set)
    raise ServerRefusedError(HTTPStatus.CONFLICT, "slot-taken")


def _sealed_draft(
    keys: ReporterKeys, outgoing: Outgoing, key_set: KeySet, n: int, tag: bytes
) -> Draft:
    contents = outgoing.sealed_contents(keys, n, datetime.now(UTC))
    sealed = seal_submission(keys, contents, key_set, n=n, kind=outgoing.kind)
    return Draft(tag, n, sealed.raw)


def _registered(mailbox: Mailbox, draft: Draft) -> Acknowledgement | None:
    """The acknowledgement of a draft that had arrived after all."""
    digest = parse_submission(draft.raw).digest
    return next(
        (
            each.acknowledgement
            for each in mailbox.acknowledgements
            if (each.n, each.acknowledgement.submission_digest) == (draft.n, digest)
        ),
        None,
    )


def _send_once(api: Api, keys: ReporterKeys, draft: Draft, key_set: KeySet) -> Acknowledgement:
    sealed = api.submit(draft.raw)
    digest = parse_submission(draft.raw).digest
    return open_acknowledgement(sealed, keys, key_set, n=draft.n, digest=digest)
