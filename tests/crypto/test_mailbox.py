"""Replies from desk to reporter, and a server that drops, replays, reorders and swaps (SPEC 11)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from crypto.custody.desk_replies import Addressee, SealedReply, seal_reply
from crypto.custody.mailbox import (
    LANES,
    MAX_ABOUT_N,
    Lane,
    Mailbox,
    is_full,
    open_mailbox,
    open_reply,
    window_preimages,
)
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.errors import (
    DocumentTooLargeError,
    MalformedDocumentError,
    MalformedEnvelopeError,
    NotForReaderError,
    OpeningError,
    SealedIntakeError,
    SignatureError,
    WrongPlaceError,
)
from crypto.sealing.acknowledge import Registration, register
from crypto.wire.envelope import Purpose
from crypto.wire.feed import head_zero
from crypto.wire.instants import minute_of
from crypto.wire.key_set import KeySet
from crypto.wire.receipt import ReceiptCode
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role
from crypto.wire.slots import (
    SLOT_VALUE_BYTES,
    SLOTS_ANSWER_BYTES,
    parse_slots,
    slot_id,
    trim_value,
)
from crypto.wire.strict_json import JsonObject
from crypto.wire.submission import parse_submission
from tests.authority import NOW, Authority, seed_of

Slots = dict[Lane, list[bytes | None]]


@pytest.fixture(scope="session")
def stranger(key_set: KeySet) -> ReporterKeys:
    """Another reporter."""
    code = ReceiptCode(int.from_bytes(seed_of("receipt code of a stranger")[:16]))
    return ReporterKeys.derive(code, key_set.instance_id)


@dataclass(frozen=True)
class How:
    """How a reply is made; what is None is as an honest desk does it."""

    kind: ReplyKind = ReplyKind.REPLY
    content: JsonObject | None = None
    epoch: int = 1
    case_ref: bytes | None = None
    slot_of: Role | None = None
    signer: Role | None = None


HONEST = How()


def _seal(
    desk: Authority,
    keys: ReporterKeys,
    i: int,
    role: Role = Role.TRIAGE,
    how: How = HONEST,
) -> SealedReply:
    content = how.content or {"text": f"reply {i}", "sent_on": "2026-03-03"}
    reply = Reply(how.kind, role, how.epoch, i, how.case_ref or keys.case_ref, content)
    return seal_reply(
        reply,
        Addressee(keys.slot_key(how.slot_of or role), keys.reply.recipient_key),
        desk.desks[how.signer or role].signing,
        key_set_version=1,
        instance=desk.instance_id,
    )


def _acknowledge(authority: Authority, keys: ReporterKeys, n: int, sequence: int) -> Registration:
    contents = Contents(reward={"interest": True})
    sealed = seal_submission(keys, contents, authority.key_set, n=n)
    return register(
        parse_submission(sealed.raw),
        digest=sealed.digest,
        instance=authority.instance_id,
        sequence=sequence,
        previous_head=head_zero(authority.instance_id),
        minute=minute_of(NOW),
        key=authority.acknowledgement,
    )


def _empty() -> Slots:
    return {lane: [None] * 8 for lane in LANES}


@pytest.fixture(scope="session")
def acknowledgements(north: Authority, keys: ReporterKeys) -> tuple[bytes, bytes, bytes]:
    """The values of three acknowledgement slots."""
    one, two, three = (
        _acknowledge(north, keys, n, sequence).sealed.ljust(SLOT_VALUE_BYTES, b"\0")
        for n, sequence in enumerate((4, 7, 9))
    )
    return one, two, three


@pytest.fixture
def slots(
    north: Authority, keys: ReporterKeys, acknowledgements: tuple[bytes, bytes, bytes]
) -> Slots:
    """Two submissions, three answers of triage, one of protection."""
    found = _empty()
    found[None][:2] = acknowledgements[:2]
    first: JsonObject = {"sent_on": "2026-03-03", "about_n": 0}
    state: JsonObject = {"sent_on": "2026-03-04", "state": "examining", "about_n": 1}
    found[Role.TRIAGE][:3] = [
        _seal(north, keys, 0, how=How(ReplyKind.OPENED, first)).envelope,
        _seal(north, keys, 1).envelope,
        _seal(north, keys, 2, how=How(ReplyKind.STATE, state)).envelope,
    ]
    found[Role.PROTECTION][0] = _seal(north, keys, 0, Role.PROTECTION).envelope
    return found


def _open(slots: Slots, keys: ReporterKeys, key_set: KeySet) -> Mailbox:
    return open_mailbox(keys, (key_set,), slots)


def _faults(mailbox: Mailbox) -> list[tuple[Lane, int, str]]:
    return [(each.lane, each.number, type(each.error).__name__) for each in mailbox.faults]


def test_a_reporter_finds_everything_by_code_alone(
    slots: Slots, keys: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 11.3, 11.5, 12.1."""
    mailbox = _open(slots, keys, key_set)

    assert [(a.n, a.acknowledgement.sequence) for a in mailbox.acknowledgements] == [(0, 4), (1, 7)]
    assert [(r.role, r.i, r.kind) for r in mailbox.replies] == [
        (Role.TRIAGE, 0, ReplyKind.OPENED),
        (Role.TRIAGE, 1, ReplyKind.REPLY),
        (Role.TRIAGE, 2, ReplyKind.STATE),
        (Role.PROTECTION, 0, ReplyKind.REPLY),
    ]
    assert (mailbox.state, mailbox.next_n, mailbox.reading_desk) == ("examining", 2, Role.TRIAGE)
    assert mailbox.faults == ()
    assert [mailbox.confirms(n) for n in range(3)] == [True, True, False]


def test_an_unknown_code_finds_nothing(slots: Slots, keys: ReporterKeys, key_set: KeySet) -> None:
    """Nothing is no fault."""
    mailbox = _open(_empty(), keys, key_set)

    assert mailbox == Mailbox((), (), (), 0)
    assert (mailbox.state, mailbox.reading_desk, mailbox.confirms(0)) == (None, None, False)
    assert not is_full(_empty())
    slots[Role.REWARD][7] = bytes(SLOT_VALUE_BYTES)
    assert is_full(slots)


def test_a_registered_report_that_no_desk_opened_is_not_confirmed(
    slots: Slots, keys: ReporterKeys, key_set: KeySet
) -> None:
    """DESIGN §3: not confirmed until the desk has signed."""
    slots[Role.TRIAGE] = slots[Role.PROTECTION] = [None] * 8

    mailbox = _open(slots, keys, key_set)

    assert (mailbox.state, mailbox.next_n, mailbox.confirms(0)) == ("registered", 2, False)


def test_a_window_asks_for_the_slots_that_desk_and_server_fill(
    north: Authority, keys: ReporterKeys
) -> None:
    """SPEC 11.3, 11.4."""
    replies = window_preimages(keys, Role.TRIAGE, 8)
    acknowledgements = window_preimages(keys, None, 0)

    assert len(replies) == len(acknowledgements) == 256
    assert slot_id(replies[32:64]) == _seal(north, keys, 9).slot
    assert slot_id(acknowledgements[64:96]) == keys.acknowledgement(2).slot


def _drop_reply(slots: Slots) -> None:
    slots[Role.TRIAGE][1] = None


def _drop_acknowledgement(slots: Slots) -> None:
    slots[None][0] = None


def _swap(slots: Slots) -> None:
    lane = slots[Role.TRIAGE]
    lane[1], lane[2] = lane[2], lane[1]


def _replay(slots: Slots) -> None:
    slots[Role.TRIAGE][3] = slots[Role.TRIAGE][1]


def _cross(slots: Slots) -> None:
    slots[Role.OVERSIGHT][0] = slots[Role.TRIAGE][0]


def _replay_acknowledgement(slots: Slots) -> None:
    slots[None][2] = slots[None][1]


def _trailing(slots: Slots) -> None:
    value = slots[None][1]
    assert value is not None
    slots[None][1] = value[:-1] + b"\1"


def _withhold_acknowledgement(slots: Slots) -> None:
    slots[None][1] = None


@pytest.mark.parametrize(
    ("lie", "faults"),
    [
        (_drop_reply, [(Role.TRIAGE, 1, "SlotGapError")]),
        (_drop_acknowledgement, [(None, 0, "SlotGapError")]),
        (_swap, [(Role.TRIAGE, 1, "WrongPlaceError"), (Role.TRIAGE, 2, "WrongPlaceError")]),
        (_replay, [(Role.TRIAGE, 3, "WrongPlaceError")]),
        (_cross, [(Role.OVERSIGHT, 0, "WrongPlaceError")]),
        (_replay_acknowledgement, [(None, 2, "NotForReaderError")]),
        (_trailing, [(None, 1, "MalformedEnvelopeError")]),
        (_withhold_acknowledgement, [(None, 1, "SlotGapError")]),
    ],
)
def test_a_lying_server_is_noticed(
    slots: Slots,
    keys: ReporterKeys,
    key_set: KeySet,
    lie: Callable[[Slots], None],
    faults: list[tuple[Lane, int, str]],
) -> None:
    """Issue 3: gaps, reordering and replay are noticed; what is sound is still there."""
    lie(slots)

    mailbox = _open(slots, keys, key_set)

    assert _faults(mailbox) == faults
    assert mailbox.replies


def test_acknowledgements_out_of_order_are_noticed(
    north: Authority, slots: Slots, keys: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 12.2: a later submission has a larger sequence number."""
    later = _acknowledge(north, keys, 2, sequence=6).sealed
    slots[None][2] = later.ljust(SLOT_VALUE_BYTES, b"\0")

    mailbox = _open(slots, keys, key_set)

    assert _faults(mailbox) == [(None, 2, "FeedRewrittenError")]
    assert (len(mailbox.acknowledgements), mailbox.next_n) == (2, 3)


@pytest.mark.parametrize(("about_n", "next_n"), [(3, 4), (MAX_ABOUT_N + 1, 2)])
def test_the_next_number_is_never_one_that_the_desk_has_seen(
    north: Authority, slots: Slots, keys: ReporterKeys, about_n: int, next_n: int
) -> None:
    """A server that withholds an acknowledgement must not make its number be used again."""
    content: JsonObject = {"sent_on": "2026-03-04", "about_n": about_n}
    slots[Role.TRIAGE][3] = _seal(north, keys, 3, how=How(content=content)).envelope

    assert _open(slots, keys, north.key_set).next_n == next_n


_FORGERIES: Mapping[str, tuple[type[SealedIntakeError], How]] = {
    "another desk signs": (SignatureError, How(signer=Role.OVERSIGHT)),
    "an epoch that no key set lists": (SignatureError, How(epoch=2)),
    "another case": (WrongPlaceError, How(case_ref=bytes(32))),
    "another desk's slot": (WrongPlaceError, How(slot_of=Role.OVERSIGHT)),
}


@pytest.mark.parametrize("name", _FORGERIES)
def test_a_forged_reply_is_refused(
    north: Authority, keys: ReporterKeys, key_set: KeySet, name: str
) -> None:
    """SPEC 11.5."""
    error, how = _FORGERIES[name]
    sealed = _seal(north, keys, 0, how=how).envelope

    with pytest.raises(error):
        open_reply(sealed, keys, (key_set,), Role.TRIAGE, 0)


def test_only_the_reporter_opens_a_reply(
    north: Authority, keys: ReporterKeys, stranger: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 11.5: sealed to the reply key."""
    sealed = _seal(north, keys, 0).envelope

    with pytest.raises(NotForReaderError):
        open_reply(sealed, stranger, (key_set,), Role.TRIAGE, 0)
    with pytest.raises(OpeningError):
        open_reply(sealed[:-1] + bytes([sealed[-1] ^ 1]), keys, (key_set,), Role.TRIAGE, 0)


def test_another_authoritys_desk_cannot_answer(
    north: Authority, south: Authority, keys: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 3.2: its signature and its envelope are bound to its own instance."""
    forger = replace(north, desks=south.desks)

    with pytest.raises(SignatureError):
        open_reply(_seal(forger, keys, 0).envelope, keys, (key_set,), Role.TRIAGE, 0)
    with pytest.raises(OpeningError):
        open_reply(_seal(south, keys, 0).envelope, keys, (key_set,), Role.TRIAGE, 0)


def test_an_epoch_may_stand_in_an_older_key_set(
    north: Authority, south: Authority, keys: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 11.5: in a key set of the chain."""
    sealed = _seal(north, keys, 0).envelope
    without = replace(key_set, body=replace(key_set.body, desks=key_set.body.desks[1:]))

    reply = open_reply(sealed, keys, (without, key_set), Role.TRIAGE, 0)

    assert reply.content["text"] == "reply 0"
    with pytest.raises(SignatureError):
        open_reply(sealed, keys, (without,), Role.TRIAGE, 0)
    with pytest.raises(SignatureError):
        open_reply(sealed, keys, (south.key_set,), Role.TRIAGE, 0)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": "x"}, MalformedDocumentError),
        ({"text": "x" * 4000, "sent_on": "2026-03-03"}, DocumentTooLargeError),
    ],
)
def test_a_desk_seals_no_malformed_reply(
    north: Authority, keys: ReporterKeys, content: dict[str, str], error: type[SealedIntakeError]
) -> None:
    """SPEC 11.5."""
    with pytest.raises(error):
        _seal(north, keys, 0, how=How(content=content))


def test_an_answer_of_slots_is_parsed_in_the_order_asked() -> None:
    """SPEC 11.4."""
    value = b"\7" * SLOT_VALUE_BYTES
    raw = bytes(1 + SLOT_VALUE_BYTES) + b"\1" + value + bytes(6 * (1 + SLOT_VALUE_BYTES))

    assert parse_slots(raw) == (None, value, *([None] * 6))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(SLOTS_ANSWER_BYTES - 1),
        bytes(SLOTS_ANSWER_BYTES + 1),
        b"\2" + bytes(SLOTS_ANSWER_BYTES - 1),
        b"\0\1" + bytes(SLOTS_ANSWER_BYTES - 2),
    ],
)
def test_a_malformed_answer_of_slots_is_refused(raw: bytes) -> None:
    """SPEC 11.4."""
    with pytest.raises(MalformedEnvelopeError):
        parse_slots(raw)


def test_a_shorter_value_has_zero_bytes_behind_it() -> None:
    """SPEC 11.4."""
    value = b"\1" * 1479 + bytes(SLOT_VALUE_BYTES - 1479)

    assert trim_value(value, Purpose.ACKNOWLEDGEMENT) == b"\1" * 1479
    assert trim_value(value, Purpose.REPLY) == value
    with pytest.raises(MalformedEnvelopeError):
        trim_value(value[:-1] + b"\1", Purpose.ACKNOWLEDGEMENT)
