"""Every object that is written can be read again (SPEC 6, 8, 11, 12, 14 to 16)."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    DocumentTooLargeError,
    MalformedDocumentError,
    MalformedEventError,
)
from crypto.wire import case_event, consent, documents, release, reply
from crypto.wire.acknowledgement import (
    AcknowledgementText,
    encode_acknowledgement_text,
    parse_acknowledgement,
    parse_acknowledgement_text,
)
from crypto.wire.case_event import AuditRecord, CaseEvent, ChainHead, ChainKind, StoredEvent
from crypto.wire.consent import Consent, Revocation
from crypto.wire.contents import DISCLOSABLE_FIELDS, DocumentKind
from crypto.wire.documents import Document, IdentityLock
from crypto.wire.envelope import (
    PLAINTEXT_BYTES,
    Purpose,
    encode_header,
    envelope_bytes,
    parse_envelope,
)
from crypto.wire.grant import (
    DeskSeed,
    Grant,
    encode_desk_seed,
    encode_grant,
    parse_desk_seed,
    parse_grant,
)
from crypto.wire.release import Release
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role
from tests.authority import seed_of

_U32: Final = st.integers(0, 2**32 - 1)


_HASH: Final = st.binary(min_size=32, max_size=32)


_SIGNATURE: Final = st.binary(min_size=64, max_size=64)


_TEXT: Final = st.text(
    st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=40
)


_TIMES: Final = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))


_PAIR: Final = KeyPair.from_seed(seed_of("wire objects"))


@given(
    st.sampled_from(ReplyKind),
    st.sampled_from(Role),
    st.tuples(_U32, _U32, _HASH),
    st.fixed_dictionaries({}, optional={"text": _TEXT, "about_n": _U32}),
    _SIGNATURE,
)
def test_a_reply_reads_what_it_wrote(
    kind: ReplyKind,
    role: Role,
    numbers: tuple[int, int, bytes],
    content: dict[str, str | int],
    signature: bytes,
) -> None:
    """SPEC 11.5."""
    epoch, i, case = numbers
    value = Reply(kind, role, epoch, i, case, {**content, "sent_on": "2026-03-03"})
    signed = reply.encode_signed_part(value)

    parsed = reply.parse_reply(reply.pad_reply(signed, signature))

    assert (parsed.reply, parsed.signed, parsed.signature) == (value, signed, signature)


def test_a_reply_holds_so_much_and_no_more() -> None:
    """SPEC 6.3, 11.5: 4096 bytes in all, of which 145 are frame."""

    def written(size_bytes: int) -> bytes:
        content = {"sent_on": "2026-03-03", "text": "x" * size_bytes}
        return reply.encode_signed_part(
            Reply(ReplyKind.REPLY, Role.TRIAGE, 1, 0, bytes(32), content)
        )

    room = 4096 - (len(written(1)) - 1) - 64
    assert len(reply.pad_reply(written(room), bytes(64))) == 4096
    with pytest.raises(DocumentTooLargeError) as refused:
        written(room + 3)
    assert refused.value.excess_bytes == 3


def test_a_reply_without_its_day_is_not_written() -> None:
    """SPEC 11.5."""
    with pytest.raises(MalformedDocumentError):
        reply.encode_signed_part(
            Reply(ReplyKind.REPLY, Role.TRIAGE, 1, 0, bytes(32), {"text": "x"})
        )


@given(
    st.lists(st.sampled_from(sorted(DISCLOSABLE_FIELDS)), min_size=1, unique=True),
    st.tuples(_TEXT, _TEXT, _TEXT),
    _TIMES,
    st.booleans(),
)
def test_a_consent_reads_what_it_wrote(
    fields: list[str],
    texts: tuple[str, str, str],
    at: datetime,
    one_time: bool,  # noqa: FBT001
) -> None:
    """SPEC 14."""
    value = Consent(bytes(16), tuple(fields), *texts, at, at + timedelta(days=1), one_time)
    ending = Revocation(bytes(16), at)

    for written in (value, ending, Revocation(None, at)):
        signed = consent.encode_signed_part(written)
        parsed = consent.parse_consent(consent.encode_consent(signed, bytes(64)))
        assert (parsed.value, parsed.signed, parsed.signature) == (written, signed, bytes(64))


@given(st.sampled_from(Role), _U32, _HASH, _SIGNATURE)
def test_a_grant_reads_what_it_wrote(role: Role, epoch: int, seed: bytes, signature: bytes) -> None:
    """SPEC 15.1."""
    value = DeskSeed(role, epoch, seed)
    grant = Grant(bytes(envelope_bytes(Purpose.GRANT)), seed, signature)

    assert parse_desk_seed(encode_desk_seed(value)) == value
    assert len(encode_desk_seed(value)) == PLAINTEXT_BYTES[Purpose.GRANT]
    assert parse_grant(encode_grant(grant)) == grant
    assert len(encode_grant(grant)) == 1432


@given(_HASH, _U32, st.binary(min_size=1184, max_size=1184), _SIGNATURE)
def test_a_release_reads_what_it_wrote(
    row: bytes, not_after: int, inner: bytes, signature: bytes
) -> None:
    """SPEC 15.2."""
    value = Release(row, bytes(32), not_after, inner, seed_of("custodian"))
    signed = release.encode_signed_part(value)

    parsed = release.parse_release(release.pad_release(signed, signature))

    assert (parsed.release, parsed.signed, parsed.signature) == (value, signed, signature)


_EVENTS: Final = st.builds(
    CaseEvent,
    kind=st.sampled_from(ChainKind),
    case_ref=_HASH,
    sequence=_U32,
    previous=_HASH,
    heads=st.lists(
        st.builds(ChainHead, kind=st.sampled_from(ChainKind), sequence=_U32, hash=_HASH),
        max_size=3,
    ).map(tuple),
    author=_HASH,
    minute=_U32,
    content=st.fixed_dictionaries({"type": _TEXT}),
)


@given(_EVENTS, _SIGNATURE)
def test_an_event_reads_what_it_wrote(event: CaseEvent, signature: bytes) -> None:
    """SPEC 16.2."""
    signed = case_event.encode_signed_part(event)

    parsed = case_event.parse_event(case_event.pad_event(signed, signature))

    assert (parsed.event, parsed.signed, parsed.signature) == (event, signed, signature)


@pytest.mark.parametrize("heads", [0, 3])
def test_an_event_holds_so_much_and_no_more(heads: int) -> None:
    """SPEC 6.3, 16.2: 8192 bytes in all, heads included."""
    head = ChainHead(ChainKind.REWARD, 1, bytes(32))

    def written(size_bytes: int) -> bytes:
        return case_event.encode_signed_part(
            CaseEvent(
                ChainKind.TRIAGE,
                bytes(32),
                0,
                case_event.NO_PREDECESSOR,
                (head,) * heads,
                bytes(32),
                0,
                {"type": "x" * size_bytes},
            )
        )

    room = 8192 - (len(written(1)) - 1) - 64
    assert len(case_event.pad_event(written(room), bytes(64))) == 8192
    with pytest.raises(DocumentTooLargeError) as refused:
        written(room + 1)
    assert refused.value.excess_bytes == 1


def test_an_event_that_does_not_say_what_it_is_is_not_written() -> None:
    """SPEC 16.2."""
    with pytest.raises(MalformedEventError):
        case_event.encode_signed_part(
            CaseEvent(ChainKind.TRIAGE, bytes(32), 0, bytes(32), (), bytes(32), 0, {"text": "x"})
        )


@given(st.sampled_from(ChainKind), _HASH, _U32, _U32, _SIGNATURE)
def test_an_audit_record_reads_what_it_wrote(
    kind: ChainKind, author: bytes, minute: int, sequence: int, signature: bytes
) -> None:
    """SPEC 16.3."""
    value = AuditRecord(kind, author, minute, seed_of("chain"), sequence, seed_of("digest"))
    signed = case_event.encode_audit_part(value)

    parsed = case_event.parse_audit_record(case_event.pad_audit(signed, signature))

    assert (parsed.record, parsed.signed, parsed.signature) == (value, signed, signature)


@given(_HASH, _U32, st.integers(1, 8))
def test_a_stored_event_reads_what_it_wrote(chain: bytes, sequence: int, readers: int) -> None:
    """SPEC 16.4."""
    event = bytes(envelope_bytes(Purpose.EVENT, readers))
    audit = bytes(envelope_bytes(Purpose.AUDIT))
    value = StoredEvent(chain, sequence, seed_of("previous"), readers, event, audit)

    assert case_event.parse_stored_event(case_event.encode_stored_event(value)) == value


@given(st.sampled_from([Purpose.IDENTITY, Purpose.REWARD, Purpose.REPORT]), _U32, _TEXT)
def test_a_document_reads_what_it_wrote(purpose: Purpose, n: int, text: str) -> None:
    """SPEC 8.1."""
    contents: dict[Purpose, dict[str, Any]] = {
        Purpose.IDENTITY: {"anonymity": "named", "note": text},
        Purpose.REWARD: {"interest": True, "note": text},
        Purpose.REPORT: {"narrative": text},
    }
    value = _document(purpose, n, contents[purpose])
    signed = documents.encode_signed_part(value)

    parsed = documents.parse_document(documents.pad_document(signed, bytes(64), purpose), purpose)

    assert (parsed.document, parsed.signed) == (value, signed)


def _document(purpose: Purpose, n: int, content: dict[str, Any] | None) -> Document:
    return Document(
        purpose=purpose,
        kind=DocumentKind.EMPTY if content is None else DocumentKind.FIRST,
        n=n,
        claim_key=_PAIR.verification_key,
        slot_key=seed_of("slot key"),
        reply_key=_PAIR.recipient_key,
        siblings=(bytes(32), bytes(32), bytes(32)) if purpose is Purpose.REPORT else None,
        lock=(
            IdentityLock(bytes(1184), bytes(32), bytes(32))
            if purpose is Purpose.IDENTITY_LOCK
            else None
        ),
        content=content,
    )


@given(
    st.sampled_from([*list(Purpose)[:9], *list(Purpose)[10:11]]),
    st.integers(1, 2**32 - 1),
    _HASH,
)
def test_an_envelope_reads_what_it_wrote(purpose: Purpose, version: int, place: bytes) -> None:
    """SPEC 6.1."""
    slots = 2 if purpose is Purpose.REPORT else 0 if purpose is Purpose.IDENTITY else 1
    wrapped = tuple(bytes([slot]) * 1184 for slot in range(slots))
    header = encode_header(
        purpose, key_set_version=version, place=place, wrapped_keys=wrapped, commitment=place
    )

    parsed = parse_envelope(header + bytes(PLAINTEXT_BYTES[purpose] + 16), purpose)

    assert (parsed.key_set_version, parsed.purpose, parsed.place) == (version, purpose, place)
    assert (parsed.wrapped_keys, parsed.commitment, parsed.header) == (wrapped, place, header)


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_acknowledgement_text_reads_what_it_wrote(directory: str, key: str) -> None:
    """SPEC 12.4: certificates are passed on as they are."""
    acknowledgement = parse_acknowledgement(b"\0\1\7" + bytes(204))
    text = AcknowledgementText(acknowledgement, directory, key)

    assert parse_acknowledgement_text(encode_acknowledgement_text(text)) == text
