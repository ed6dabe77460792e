"""A reporter's mailbox: what lies in the slots of one receipt code. Source: SPEC §11, §12.1.

There are nine *lanes* of slots: the acknowledgements, and the replies of each desk that may
answer. A lane is filled from number 0 without a hole, so a hole in front of a filled slot is a
fault. Faults never hide what is sound, and what is sound never hides a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.custody.opening import open_envelope
from crypto.custody.reporter import ReporterKeys, open_acknowledgement
from crypto.errors import (
    FeedRewrittenError,
    SealedIntakeError,
    SignatureError,
    SlotGapError,
    WrongPlaceError,
)
from crypto.signing.verify import verify_labelled
from crypto.wire.acknowledgement import Acknowledgement
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.key_set import Desk, KeySet
from crypto.wire.reply import REPLY_LABEL, Reply, parse_reply
from crypto.wire.roles import Role
from crypto.wire.slots import SLOT_WINDOW, slot_id, slot_preimage, trim_value

REPLYING_ROLES = tuple(role for role in Role if role not in {Role.AUDITOR, Role.APPROVER})
# Nobody sends so many submissions; a desk's slip must not move a reporter's next number far away.
MAX_ABOUT_N = 65_535
REPORT_DESKS = (Role.TRIAGE, Role.OVERSIGHT)
# A role's replies, or None for the acknowledgements.
Lane = Role | None
LANES: tuple[Lane, ...] = (None, *REPLYING_ROLES)
Slots = Mapping[Lane, Sequence[bytes | None]]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Submission n is registered."""

    n: int
    acknowledgement: Acknowledgement


@dataclass(frozen=True, slots=True)
class Fault:
    """A slot that does not hold what it should.

    Attributes:
        number: n of an acknowledgement, i of a reply.
        error: SlotGapError where something is missing; otherwise why it was refused.
    """

    lane: Lane
    number: int
    error: SealedIntakeError


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a visit found.

    Attributes:
        acknowledgements: the sound ones, by n.
        replies: the sound ones, by role and i.
        faults: everything else that lies in a slot, and what is missing.
        next_n: the number of the reporter's next submission, 0 where nothing is known.
    """

    acknowledgements: tuple[Acknowledged, ...]
    replies: tuple[Reply, ...]
    faults: tuple[Fault, ...]
    next_n: int

    def confirms(self, n: int) -> bool:
        """Whether a desk has signed that it opened submission n, or a later one."""
        return any(n <= newest_opened(reply) for reply in self.replies)

    @property
    def reading_desk(self) -> Role | None:
        """The desk that reads the reports of this case, once it has answered."""
        return next((r.role for r in self.replies if r.role in REPORT_DESKS), None)

    @property
    def state(self) -> str | None:
        """The case's state as its desk said last; None where nothing is registered."""
        said = [
            reply
            for reply in self.replies
            if reply.role in REPORT_DESKS and "state" in reply.content
        ]
        if said:
            latest = max(said, key=lambda reply: (str(reply.content["sent_on"]), reply.i))
            return str(latest.content["state"])
        return "registered" if self.acknowledgements or self.replies else None


def newest_opened(reply: Reply) -> int:
    """The newest submission that the desk had opened when it wrote this; 0 at least."""
    about_n = reply.content.get("about_n", 0)
    return about_n if isinstance(about_n, int) and about_n <= MAX_ABOUT_N else 0


def window_preimages(keys: ReporterKeys, lane: Lane, start: int) -> bytes:
    """The eight preimages of one request: numbers `start` to `start` + 7 of a lane."""
    numbers = range(start, start + SLOT_WINDOW)
    if lane is None:
        return b"".join(keys.acknowledgement(n).preimage for n in numbers)
    slot_key = keys.slot_key(lane)
    return b"".join(slot_preimage(slot_key, lane, i) for i in numbers)


def is_full(slots: Slots) -> bool:
    """Whether more may lie behind what was asked for."""
    return any(values[-1] is not None for values in slots.values())


def _desk(key_sets: Sequence[KeySet], reply: Reply) -> Desk:
    for key_set in key_sets:
        desk = key_set.desk(reply.role, reply.epoch)
        if desk is not None:
            return desk
    raise SignatureError("SPEC 11.5: no desk of these key sets")


def open_reply(
    sealed: bytes, keys: ReporterKeys, key_sets: Sequence[KeySet], role: Role, i: int
) -> Reply:
    """Open what lies in slot i of a desk, and check everything of SPEC §11.5.

    Args:
        sealed: 5368 bytes.
        keys: the reporter's.
        key_sets: verified, newest first; the desk's epoch must stand in one of them.
        role: of the desk.
        i: number of the reply.

    Raises:
        MalformedEnvelopeError, NotForReaderError, OpeningError: not sealed to this reporter.
        MalformedDocumentError, MalformedJsonError, MalformedTextError: not a reply.
        WrongPlaceError: written for another slot, desk or case.
        SignatureError: not signed by the desk.
    """
    envelope = parse_envelope(sealed, Purpose.REPLY)
    opened = open_envelope(envelope, (keys.reply.opening,), instance=keys.instance)
    parsed = parse_reply(opened.plaintext)
    reply = parsed.reply
    slot = slot_id(slot_preimage(keys.slot_key(role), role, i))
    if (envelope.place, reply.role, reply.i) != (slot, role, i) or reply.case_ref != keys.case_ref:
        raise WrongPlaceError("SPEC 11.5: in another slot or case")
    key = _desk(key_sets, reply).verification_key
    verify_labelled(key, REPLY_LABEL, keys.instance, parsed.signed, parsed.signature)
    return reply


def _gaps(lane: Lane, values: Sequence[bytes | None]) -> list[Fault]:
    filled = [number for number, value in enumerate(values) if value is not None]
    holes = sorted(set(range(max(filled, default=0))) - set(filled))
    return [Fault(lane, hole, SlotGapError("SPEC 11.5: an empty slot")) for hole in holes]


def _check_order(earlier: Sequence[Acknowledged], acknowledgement: Acknowledgement) -> None:
    if earlier and acknowledgement.sequence <= earlier[-1].acknowledgement.sequence:
        raise FeedRewrittenError("SPEC 12.2: registered before an earlier one")


def _open_acknowledgements(
    keys: ReporterKeys, key_set: KeySet, values: Sequence[bytes | None]
) -> tuple[list[Acknowledged], list[Fault]]:
    found: list[Acknowledged] = []
    faults: list[Fault] = []
    for n, value in enumerate(values):
        if value is None:
            continue
        try:
            sealed = trim_value(value, Purpose.ACKNOWLEDGEMENT)
            acknowledgement = open_acknowledgement(sealed, keys, key_set, n=n)
            _check_order(found, acknowledgement)
        except SealedIntakeError as error:
            faults.append(Fault(None, n, error))
        else:
            found.append(Acknowledged(n, acknowledgement))
    return found, faults


def _open_replies(
    keys: ReporterKeys, key_sets: Sequence[KeySet], role: Role, values: Sequence[bytes | None]
) -> tuple[list[Reply], list[Fault]]:
    found: list[Reply] = []
    faults: list[Fault] = []
    for i, value in enumerate(values):
        if value is None:
            continue
        try:
            found.append(open_reply(value, keys, key_sets, role, i))
        except SealedIntakeError as error:
            faults.append(Fault(role, i, error))
    return found, faults


def open_mailbox(keys: ReporterKeys, key_sets: Sequence[KeySet], slots: Slots) -> Mailbox:
    """Open everything that a visit brought.

    Args:
        keys: the reporter's.
        key_sets: verified, newest first, at least one.
        slots: of every lane, values from number 0 on; None where nothing lies.
    """
    values = slots[None]
    acknowledgements, faults = _open_acknowledgements(keys, key_sets[0], values)
    faults += _gaps(None, values)
    replies: list[Reply] = []
    for role in REPLYING_ROLES:
        sound, refused = _open_replies(keys, key_sets, role, slots[role])
        replies += sound
        faults += refused + _gaps(role, slots[role])
    last = max((n for n, value in enumerate(values) if value is not None), default=-1)
    opened = max(map(newest_opened, replies), default=-1)
    if opened > last:
        faults.append(Fault(None, last + 1, SlotGapError("SPEC 11.5: opened, not acknowledged")))
    next_n = max(last, opened) + 1
    return Mailbox(tuple(acknowledgements), tuple(replies), tuple(faults), next_n)
