"""Labels, notes and trust: no signature serves two ends (SPEC 1.2, 13; ATTACKS A3, A10)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import (
    KeySetForkError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedNoteError,
    SealedIntakeError,
    SignatureError,
)
from crypto.signing.request import REQUEST_LABEL, request_body
from crypto.signing.sign import SigningKey
from crypto.signing.trust import (
    ACKNOWLEDGEMENT_LABEL,
    KeySetMemory,
    accept_key_set,
    accept_officers,
    verify_key_set,
    verify_officers,
)
from crypto.signing.verify import verify_ed25519, verify_labelled, verify_note
from crypto.wire.case_event import AUDIT_LABEL, EVENT_LABEL
from crypto.wire.codec import encode_base64url, length_prefixed
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL
from crypto.wire.documents import DOCUMENT_LABEL
from crypto.wire.grant import GRANT_LABEL
from crypto.wire.key_set import key_set_hash, key_set_json, parse_key_set
from crypto.wire.officers import parse_officers
from crypto.wire.release import RELEASE_LABEL
from crypto.wire.reply import REPLY_LABEL
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
    ROOT_NAME,
    encode_note,
    encode_verifier_key,
    parse_note,
    parse_verifier_key,
)
from tests.authority import NOW, Authority, make_authority, seed_of
from tests.vectors.notation import FOLDER, read_file

LABELS: Final = (
    *(ACKNOWLEDGEMENT_LABEL, AUDIT_LABEL, CONSENT_LABEL, DOCUMENT_LABEL, EVENT_LABEL),
    *(GRANT_LABEL, RELEASE_LABEL, REPLY_LABEL, REQUEST_LABEL, REVOCATION_LABEL),
)
_KEY: Final = SigningKey(seed_of("signer"))


def _refused(call: Callable[[], object], error: type[SealedIntakeError]) -> bool:
    try:
        call()
    except error:
        return True
    return False


def test_every_label_is_one_of_its_own() -> None:
    """SPEC 1.2."""
    assert len(set(LABELS)) == 10


@pytest.mark.parametrize("signed_as", LABELS)
def test_a_signature_verifies_under_its_own_label_alone(signed_as: str) -> None:
    """ATTACKS A10: n × n labels, two instances, two keys."""
    instance, body = seed_of("instance"), seed_of("body")
    signature = _KEY.sign(signed_as, instance, body)

    verified = [
        name
        for name in LABELS
        if not _refused(
            lambda name=name: verify_labelled(  # type: ignore[misc]
                _KEY.verification_key, name, instance, body, signature
            ),
            SignatureError,
        )
    ]

    assert verified == [signed_as]


@pytest.mark.parametrize(
    "change",
    [
        {"key": SigningKey(seed_of("other")).verification_key},
        {"instance": seed_of("other instance")},
        {"body": seed_of("other body")},
        {"signature": bytes(64)},
        {"signature": bytes(63)},
        {"signature": b""},
        {"key": bytes(31)},
        {"key": b""},
    ],
)
def test_a_signature_binds_key_instance_and_body(change: dict[str, bytes]) -> None:
    """SPEC 3.2, 19.1: each of them, and the lengths."""
    sound = {
        "key": _KEY.verification_key,
        "instance": seed_of("instance"),
        "body": seed_of("body"),
    }
    signature = _KEY.sign(GRANT_LABEL, sound["instance"], sound["body"])
    given_ = {**sound, "signature": signature, **change}

    with pytest.raises(SignatureError):
        verify_labelled(
            given_["key"], GRANT_LABEL, given_["instance"], given_["body"], given_["signature"]
        )


@given(st.binary(max_size=70), st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_verify_or_are_refused(key: bytes, message: bytes, signature: bytes) -> None:
    """SPEC 1.6."""
    with pytest.raises(SignatureError):
        verify_ed25519(key, message, signature)


def test_a_note_signature_never_serves_as_a_labelled_one(north: Authority) -> None:
    """SPEC 13.1: notes begin with a purpose line, labels end in a zero byte."""
    note = parse_note(north.officers_note)

    for name in LABELS:
        with pytest.raises(SignatureError):
            verify_labelled(
                north.directory.verification_key, name, b"", note.text.encode(), note.signature
            )


# --- notes --------------------------------------------------------------------------------------


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60)
    | st.text("ab\n— ", max_size=20)
)
def test_a_note_reads_what_it_wrote(text: str) -> None:
    """SPEC 13.1: encode, then parse."""
    note = _KEY.sign_note(f"{text}\n", ROOT_NAME)

    parsed = parse_note(note)

    verify_note(parsed, ROOT_NAME, _KEY.verification_key)
    assert (parsed.text, encode_note(parsed)) == (f"{text}\n", note)


@given(st.text(max_size=60), st.integers(0, 200), st.integers(0, 200))
def test_any_text_is_a_note_or_refused(inserted: str, start: int, end: int) -> None:
    """SPEC 1.6, 13.1: and an altered one does not verify."""
    sound = _KEY.sign_note("sealed-intake/1 example\nsecond line\n", ROOT_NAME)
    altered = sound[:start] + inserted + sound[end:]

    try:
        note = parse_note(altered)
        verify_note(note, ROOT_NAME, _KEY.verification_key)
    except (MalformedNoteError, SignatureError):
        return
    assert altered == sound


@given(st.binary(min_size=32, max_size=32))
def test_a_verifier_key_reads_what_it_wrote(key: bytes) -> None:
    """SPEC 13.1: or the key itself is refused."""
    text = encode_verifier_key(ROOT_NAME, key)

    try:
        parsed = parse_verifier_key(text, ROOT_NAME)
    except MalformedKeyError:
        return
    assert parsed == key
    with pytest.raises(MalformedNoteError):
        parse_verifier_key(text, DIRECTORY_NAME)


@given(st.text(max_size=30) | st.text("sealed-intake-root+0=Ag", max_size=100))
def test_any_text_is_a_verifier_key_or_refused(text: str) -> None:
    """SPEC 1.6."""
    with pytest.raises(MalformedNoteError):
        parse_verifier_key(text, ROOT_NAME)


# --- key sets -----------------------------------------------------------------------------------


def test_every_bad_ml_kem_key_is_refused_in_a_well_signed_key_set(north: Authority) -> None:
    """ATTACKS A3: 780 of 780, before anything is sealed to them."""
    published = read_file("published/ml_kem_768_modulus")
    base, body = bytes.fromhex(published["base_ek"]), key_set_json(north.body)
    x25519 = north.body.desks[0].recipient_key[:32]

    accepted = [
        vector["name"]
        for vector in published["vectors"]
        if not _refused(
            lambda vector=vector: parse_key_set(  # type: ignore[misc]
                north.publish(_with_first_key(body, x25519 + _altered(base, vector)))
            ),
            MalformedKeyError,
        )
    ]

    assert accepted == [v["name"] for v in published["vectors"] if v["expect"] == "accept"]
    assert (len(published["vectors"]), len(accepted)) == (781, 1)
    assert FOLDER.name == "vectors"


def _altered(ek: bytes, vector: dict[str, Any]) -> bytes:
    index, value = int(vector["coefficient"]), int(vector["value"])
    number = int.from_bytes(ek[:1152], "little")
    number += (value - (number >> 12 * index & 0xFFF)) << 12 * index
    return number.to_bytes(1152, "little") + ek[1152:]


def _with_first_key(body: Any, key: bytes) -> dict[str, Any]:  # noqa: ANN401
    desks = [{**body["desks"][0], "recipient_key": encode_base64url(key)}, *body["desks"][1:]]
    return {**body, "desks": desks}


@given(st.binary(max_size=200) | st.integers(0, 2000).map(lambda n: b'{"a":"' + b"x" * n + b'"}'))
def test_any_bytes_are_a_key_set_or_refused(raw: bytes) -> None:
    """SPEC 1.6."""
    with pytest.raises(MalformedError):
        parse_key_set(raw)


@given(st.integers(0, 30_000), st.sampled_from(list(b'x"\\ 0{')))
def test_no_altered_key_set_is_trusted(north: Authority, offset: int, byte: int) -> None:
    """SPEC 13.6: every byte is under a signature or fixed by the format."""
    sound = north.published
    offset %= len(sound)
    altered = sound[:offset] + bytes([byte]) + sound[offset + 1 :]

    verdict = _refused(
        lambda: verify_key_set(parse_key_set(altered), north.root_key, now=NOW), SealedIntakeError
    )

    assert verdict == (altered != sound)


def test_a_key_set_has_a_largest_size(north: Authority) -> None:
    """SPEC 13.6: more than 262,144 bytes are refused unread."""
    padded = north.published.ljust(262_144)

    assert parse_key_set(padded).body == north.body
    with pytest.raises(MalformedKeySetError):
        parse_key_set(padded + b" ")


def _chain(authority: Authority, length: int) -> list[Authority]:
    chain = [authority]
    while len(chain) < length:
        last = chain[-1]
        chain.append(replace(last, version=last.version + 1, previous=last.key_set.hash))
    return chain


def test_a_chain_is_followed_step_by_step(north: Authority) -> None:
    """SPEC 13.7: the first is taken as it is, each next one names its predecessor."""
    memory = None
    for step in _chain(north, 4):
        memory = accept_key_set(memory, step.key_set)
        assert (memory.version, memory.hash) == (step.version, step.key_set.hash)
        assert accept_key_set(memory, step.key_set) is memory


@pytest.mark.parametrize("seen", [1, 2, 3, 4])
@pytest.mark.parametrize("offered", [1, 2, 3, 4])
def test_only_the_same_or_the_next_version_follows(
    north: Authority, seen: int, offered: int
) -> None:
    """SPEC 13.7: the whole matrix of four versions."""
    chain = [step.key_set for step in _chain(north, 4)]
    memory = KeySetMemory(seen, chain[seen - 1].hash)
    expected = {True: KeySetRollbackError, False: KeySetForkError}[offered < seen]

    refused = _refused(lambda: accept_key_set(memory, chain[offered - 1]), expected)

    assert refused == (offered not in {seen, seen + 1})


def test_what_is_remembered_of_officers_survives_the_next_key_set(north: Authority) -> None:
    """SPEC 13.7: ever means ever."""
    first, second = _chain(north, 2)
    memory = accept_officers(accept_key_set(None, first.key_set), first.officers)

    after = accept_key_set(memory, second.key_set)

    assert after.custodians == memory.custodians != frozenset()
    assert after.handlers == memory.handlers != frozenset()


def test_an_expired_version_between_two_is_still_checked(
    north: Authority, south: Authority
) -> None:
    """SPEC 13.7: without a time, signature and authority count all the same."""
    unverified = parse_key_set(north.published)

    assert verify_key_set(unverified, north.root_key, now=None).version == 1
    with pytest.raises(SignatureError):
        verify_key_set(unverified, south.root_key, now=None)


@pytest.mark.parametrize(("days", "hours"), [(-30, 719), (-1, 23), (14, 24), (200, 4488)])
def test_an_error_of_time_says_how_far_off(north: Authority, days: int, hours: int) -> None:
    """SPEC 13.6: so that a wrong clock can be named."""
    unverified = parse_key_set(north.published)

    with pytest.raises(SealedIntakeError, match=rf"SPEC 13\.6: \D+ {hours} hours"):
        verify_key_set(unverified, north.root_key, now=NOW + timedelta(days=days))


def test_officers_of_another_version_are_not_this_key_sets(north: Authority) -> None:
    """SPEC 13.5: version and hash."""
    first, second = _chain(north, 2)

    assert verify_officers(parse_officers(first.officers_note), first.key_set).version == 1
    with pytest.raises(KeySetUntrustedError):
        verify_officers(parse_officers(second.officers_note), first.key_set)


def test_every_actor_of_an_authority_has_keys_of_its_own(
    north: Authority, south: Authority
) -> None:
    """STYLE: a fixture that gives all actors one key would hide a wrong reader."""
    pairs = [
        pair
        for authority in (north, south)
        for pair in (*authority.desks.values(), *authority.members.values())
    ]
    signing = [
        key.verification_key
        for authority in (north, south)
        for key in (authority.root, authority.directory, authority.acknowledgement)
    ]

    assert len({p.recipient_key for p in pairs}) == len(pairs) == 2 * (9 + 10)
    assert len({p.verification_key for p in pairs} | set(signing)) == len(pairs) + len(signing)
    assert make_authority("north").published == north.published
    assert key_set_hash(parse_key_set(north.published).note_text) == north.key_set.hash


# --- requests -----------------------------------------------------------------------------------


def test_no_two_requests_are_signed_as_the_same_bytes() -> None:
    """SPEC 18: each field is prefixed or of fixed size."""
    sound: dict[str, Any] = {
        "method": "GET",
        "path": "/desk/feed",
        "query": "after=1",
        "body": b"",
        "officer_id": bytes(32),
        "nonce": bytes(56),
    }
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"method": "POST"},
        {"path": "/desk/fee", "query": "dafter=1"},
        {"query": ""},
        {"body": b"\0"},
        {"officer_id": b"\1" * 32},
        {"nonce": b"\1" * 56},
    )

    bodies = {request_body(**{**sound, **change}) for change in changes}

    assert len(bodies) == len(changes)
    assert request_body(**sound).startswith(length_prefixed(b"GET"))
