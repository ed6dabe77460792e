"""Any bytes give a value or the declared error, for every parser (SPEC 1.6; STYLE 7)."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    MalformedAcknowledgementError,
    MalformedConsentError,
    MalformedEnvelopeError,
    MalformedError,
    MalformedEventError,
    MalformedGrantError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedReleaseError,
    MalformedSubmissionError,
    MalformedTextError,
    SealedIntakeError,
)
from crypto.wire import case_event, consent, documents, release, reply
from crypto.wire.acknowledgement import (
    parse_acknowledgement,
    parse_acknowledgement_text,
)
from crypto.wire.case_event import AuditRecord, CaseEvent, ChainHead, ChainKind, StoredEvent
from crypto.wire.certificates import parse_acknowledgement_certificate, parse_directory_certificate
from crypto.wire.envelope import (
    Purpose,
    envelope_bytes,
    parse_envelope,
    parse_header,
)
from crypto.wire.feed import parse_feed_page
from crypto.wire.grant import (
    DeskSeed,
    encode_desk_seed,
    parse_desk_seed,
    parse_grant,
)
from crypto.wire.keys import parse_recipient_key, parse_verification_key
from crypto.wire.officers import parse_officers
from crypto.wire.offline_page import parse_offline_page_note
from crypto.wire.release import Release
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role, parse_role
from crypto.wire.submission import (
    SUBMISSION_BYTES,
    parse_submission,
)
from tests.authority import make_authority, seed_of
from tests.vectors.makers.documents import sample_document

_PAIR: Final = KeyPair.from_seed(seed_of("wire objects"))


def _mutations(sound: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that are nearly right: one byte changed, cut, extended."""
    return st.one_of(
        st.builds(
            lambda at, byte: sound[:at] + bytes([byte]) + sound[at + 1 :],
            st.integers(0, len(sound) - 1),
            st.integers(0, 255),
        ),
        st.integers(0, len(sound)).map(lambda end: sound[:end]),
        st.binary(min_size=1, max_size=3).map(lambda more: sound + more),
        st.binary(max_size=60),
    )


_Parser = Callable[[Any], object]


_REPLY: Final = reply.pad_reply(
    reply.encode_signed_part(
        Reply(ReplyKind.REPLY, Role.TRIAGE, 1, 0, bytes(32), {"sent_on": "2026-03-03"})
    ),
    bytes(64),
)


_RELEASE: Final = release.pad_release(
    release.encode_signed_part(Release(bytes(32), bytes(32), 1, bytes(1184), bytes(32))), bytes(64)
)


_EVENT: Final = case_event.pad_event(
    case_event.encode_signed_part(
        CaseEvent(
            ChainKind.TRIAGE,
            bytes(32),
            0,
            bytes(32),
            (ChainHead(ChainKind.REWARD, 1, bytes(32)),),
            bytes(32),
            0,
            {"type": "x"},
        )
    ),
    bytes(64),
)


_STORED: Final = case_event.encode_stored_event(
    StoredEvent(
        bytes(32),
        0,
        bytes(32),
        1,
        bytes(envelope_bytes(Purpose.EVENT, 1)),
        bytes(envelope_bytes(Purpose.AUDIT)),
    )
)


_DOCUMENT: Final = documents.pad_document(
    documents.encode_signed_part(sample_document(Purpose.REWARD)),
    bytes(64),
    Purpose.REWARD,
)


_BINARY: Final[dict[str, tuple[_Parser, bytes, type[MalformedError]]]] = {
    "reply": (reply.parse_reply, _REPLY, MalformedError),
    "desk seed": (
        parse_desk_seed,
        encode_desk_seed(DeskSeed(Role.TRIAGE, 1, bytes(32))),
        MalformedGrantError,
    ),
    "grant": (parse_grant, bytes(1432), MalformedGrantError),
    "release": (release.parse_release, _RELEASE, MalformedReleaseError),
    "event": (case_event.parse_event, _EVENT, MalformedError),
    "audit": (
        case_event.parse_audit_record,
        case_event.pad_audit(
            case_event.encode_audit_part(
                AuditRecord(ChainKind.TRIAGE, bytes(32), 0, bytes(32), 0, bytes(32))
            ),
            bytes(64),
        ),
        MalformedEventError,
    ),
    "stored event": (case_event.parse_stored_event, _STORED, MalformedEventError),
    "document": (
        lambda raw: documents.parse_document(raw, Purpose.REWARD),
        _DOCUMENT,
        MalformedError,
    ),
    "acknowledgement": (
        parse_acknowledgement,
        b"\0\1\7" + bytes(204),
        MalformedAcknowledgementError,
    ),
    "envelope": (
        lambda raw: parse_envelope(raw, Purpose.GRANT),
        b"\0\1\0\0\0\1\x08\1" + bytes(1328),
        MalformedEnvelopeError,
    ),
    "header": (
        lambda raw: parse_header(raw, Purpose.FILE),
        b"\0\1\0\0\0\1\x0c\0" + bytes(64),
        MalformedEnvelopeError,
    ),
    "recipient key": (parse_recipient_key, _PAIR.recipient_key, MalformedKeyError),
    "verification key": (parse_verification_key, _PAIR.verification_key, MalformedKeyError),
    "feed page": (
        parse_feed_page,
        (18948).to_bytes(4) + bytes(18948),
        MalformedSubmissionError,
    ),
    "offline page note": (
        parse_offline_page_note,
        make_authority("north").offline_page_note(b"<!doctype html>"),
        MalformedError,
    ),
    "submission": (parse_submission, bytes(SUBMISSION_BYTES), MalformedError),
}


@pytest.mark.parametrize("name", _BINARY)
@given(data=st.data())
def test_any_bytes_are_a_value_or_the_declared_error(name: str, data: st.DataObject) -> None:
    """SPEC 1.6: nothing else is ever raised, whatever comes in."""
    parse, sound, error = _BINARY[name]
    raw = data.draw(_mutations(sound))

    try:
        parse(raw)
    except error:
        return


@pytest.mark.parametrize("name", [n for n in _BINARY if n != "submission"])
def test_the_bytes_that_are_mutated_were_sound(name: str) -> None:
    """Else the property above would test nothing."""
    parse, sound, _ = _BINARY[name]

    assert parse(sound) is not None


_TEXTS: Final[dict[str, tuple[_Parser, tuple[type[SealedIntakeError], ...]]]] = {
    "consent": (consent.parse_consent, (MalformedConsentError,)),
    "acknowledgement text": (
        parse_acknowledgement_text,
        (MalformedAcknowledgementError, MalformedTextError),
    ),
    "directory certificate": (parse_directory_certificate, (MalformedError,)),
    "acknowledgement certificate": (parse_acknowledgement_certificate, (MalformedError,)),
    "officers": (parse_officers, (MalformedError,)),
    "role": (parse_role, (MalformedKeySetError,)),
}


@pytest.mark.parametrize("name", _TEXTS)
@given(text=st.text(max_size=80) | st.text("AQCg-_", max_size=200))
def test_any_text_is_refused_with_the_declared_error(name: str, text: str) -> None:
    """SPEC 1.6: random text is none of these."""
    parse, errors = _TEXTS[name]

    with pytest.raises(errors):
        parse(text)
