"""Acknowledgements, bare and self-contained. Source: SPEC §12.1, §12.4."""

from datetime import timedelta

from crypto.errors import (
    KeySetUntrustedError,
    MalformedAcknowledgementError,
    SignatureError,
)
from crypto.signing.trust import ACKNOWLEDGEMENT_LABEL
from crypto.wire.acknowledgement import (
    AcknowledgementText,
    acknowledgement_body,
    encode_acknowledgement_text,
    parse_acknowledgement,
)
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instants import minute_of
from tests.authority import NOW, Authority, seed_of
from tests.vectors.makers.directory import NORTH, SOUTH, Members, acknowledgement_certificate
from tests.vectors.makers.vector_file import VectorFile


def _acknowledgement_raw(authority: Authority, minute: int, instance: bytes) -> bytes:
    body = acknowledgement_body(
        submission_digest=seed_of("submission digest"),
        sequence=42,
        previous_head=seed_of("previous head"),
        minute=minute,
        nonce=seed_of("acknowledgement nonce"),
        verification_key=authority.acknowledgement.verification_key,
    )
    return body + authority.acknowledgement.sign(ACKNOWLEDGEMENT_LABEL, instance, body)


def _acknowledgement() -> VectorFile:
    north = NORTH.instance_id
    raw = _acknowledgement_raw(NORTH, minute_of(NOW), north)
    file = VectorFile("acknowledgement", "SPEC 12.1", bases={"sound": raw.hex()})
    key = NORTH.acknowledgement.verification_key.hex()
    members = {"instance": north.hex(), "key": key}
    file.accept("sound", raw={"base": "sound"}, **members)

    def altered(*ops: Members) -> Members:
        return {"base": "sound", "mutate": list(ops)}

    for name, op in (
        ("suite", {"offset": 1, "xor": 2}),
        ("purpose", {"offset": 2, "xor": 1}),
        ("short", {"truncate": 206}),
        ("long", {"append": "00"}),
        ("empty", {"truncate": 0}),
    ):
        file.refuse(name, MalformedAcknowledgementError, raw=altered(op), **members)
    fields = (("digest", 3), ("sequence", 42), ("previous_head", 43), ("minute", 78))
    for name, offset in (*fields, ("nonce", 79), ("key", 111), ("r", 143), ("s", 175)):
        raw_changed = altered({"offset": offset, "xor": 1})
        file.refuse(f"{name}_changed", SignatureError, raw=raw_changed, **members)
    south = {**members, "instance": SOUTH.instance_id.hex()}
    file.refuse("other_instance", SignatureError, raw={"base": "sound"}, **south)
    other = {**members, "key": SOUTH.acknowledgement.verification_key.hex()}
    file.refuse("other_key", SignatureError, raw={"base": "sound"}, **other)
    return file


def _text(raw: bytes, directory: str, key: str) -> str:
    return encode_acknowledgement_text(
        AcknowledgementText(parse_acknowledgement(raw), directory, key)
    )


def _acknowledgement_text() -> VectorFile:
    north, minute = NORTH.instance_id, minute_of(NOW)
    raw = _acknowledgement_raw(NORTH, minute, north)
    directory, key = NORTH.certificate, NORTH.acknowledgement_certificate
    text = _text(raw, directory, key)
    file = VectorFile("acknowledgement_text", "SPEC 12.4")
    root = NORTH.root_key.hex()
    file.accept("sound", text=text, root_key=root)
    start = minute_of(NOW - timedelta(days=20))
    for name, at in (("first_minute", start), ("last_minute", minute + 200 * 1440 - 1)):
        made = _text(_acknowledgement_raw(NORTH, at, north), directory, key)
        file.accept(name, text=made, root_key=root)
    for name, at in (
        ("before_the_key", start - 1),
        ("behind_the_key", minute + 200 * 1440),
        ("minute_zero", 0),
        ("last_minute_of_all", 2**32 - 1),
    ):
        made = _text(_acknowledgement_raw(NORTH, at, north), directory, key)
        file.refuse(name, KeySetUntrustedError, text=made, root_key=root)
    early = acknowledgement_certificate(**{"from": "2026-01-01T00:00:00Z"})
    at = minute_of(NOW - timedelta(days=31))
    made = _text(_acknowledgement_raw(NORTH, at, north), directory, early)
    file.refuse("before_the_directory_key", KeySetUntrustedError, text=made, root_key=root)
    raw_text = decode_base64url(text)
    for name, altered in (
        ("empty", ""),
        ("padded", text + "="),
        ("suite", encode_base64url(b"\0\2" + raw_text[2:])),
        ("inner_suite", encode_base64url(raw_text[:2] + b"\0\2" + raw_text[4:])),
        ("cut", encode_base64url(raw_text[:-1])),
        ("more_behind", encode_base64url(raw_text + b"\0")),
        ("certificate_not_utf_8", encode_base64url(raw_text[:211] + b"\xff" + raw_text[212:])),
        ("too_long", "A" * 16388),
        ("certificates_swapped", _text(raw, key, directory)),
        ("certificate_no_note", _text(raw, "x", key)),
    ):
        file.refuse(name, MalformedAcknowledgementError, text=altered, root_key=root)
    foreign = SOUTH.acknowledgement_certificate
    moved = acknowledgement_certificate(origin="https://other.example")
    for name, error, altered in (
        (
            "signature_changed",
            SignatureError,
            _text(raw[:-1] + bytes([raw[-1] ^ 1]), directory, key),
        ),
        ("sequence_changed", SignatureError, _text(raw[:42] + b"\7" + raw[43:], directory, key)),
        ("of_another_instance", SignatureError, _text(raw, directory, moved)),
        ("key_of_another_directory", SignatureError, _text(raw, directory, foreign)),
        ("directory_of_another_root", SignatureError, _text(raw, SOUTH.certificate, key)),
        (
            "signed_by_another_key",
            SignatureError,
            _text(_acknowledgement_raw(SOUTH, minute, north), directory, key),
        ),
    ):
        file.refuse(name, error, text=altered, root_key=root)
    file.refuse("another_root", SignatureError, text=text, root_key=SOUTH.root_key.hex())
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_acknowledgement(), _acknowledgement_text()]
