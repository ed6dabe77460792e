"""Notes about offline pages. Source: SPEC §13.8."""

import hashlib
from datetime import timedelta
from typing import Any, Final

from crypto.errors import (
    KeySetExpiredError,
    KeySetNotYetValidError,
    KeySetUntrustedError,
    MalformedKeySetError,
    MalformedNoteError,
    SignatureError,
)
from crypto.signing.sign import SigningKey
from crypto.wire.certificates import CERTIFICATE_LABEL, certificate_json, encode_note_text
from crypto.wire.codec import encode_base64url
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import KEY_SET_LABEL
from crypto.wire.offline_page import (
    OFFLINE_PAGE_LABEL,
    encode_offline_page_note,
    offline_page_json,
)
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME
from tests.authority import NOW
from tests.vectors.makers.directory import NORTH, SOUTH, Members, other_authority
from tests.vectors.makers.vector_file import VectorFile

_PAGE: Final = b"<!doctype html><title>sealed</title>\n"
_BODY: Final = offline_page_json(hashlib.sha256(_PAGE).digest(), NORTH.body)


def _published(note: str, certificate: str = NORTH.certificate) -> str:
    return encode_offline_page_note(certificate, note).decode()


def _changed(**members: Any) -> str:  # noqa: ANN401 - any JSON
    body = {k: v for k, v in {**_BODY, **members}.items() if v is not None}
    return _published(NORTH.directory_note(OFFLINE_PAGE_LABEL, body))


def _members(now: str = encode_instant(NOW), page: bytes = _PAGE) -> Members:
    return {"page": page.hex(), "root_key": NORTH.root_key.hex(), "now": now}


def _signed_by(key: SigningKey, name: str = DIRECTORY_NAME) -> str:
    text = encode_note_text(OFFLINE_PAGE_LABEL, NORTH.authority_id, _BODY)
    return _published(key.sign_note(text, name))


def _malformed(file: VectorFile, sound: str) -> None:
    note = NORTH.directory_note(OFFLINE_PAGE_LABEL, _BODY)
    tag = "x" * 4096
    for name, published in (
        ("empty", ""),
        ("no_object", "[]"),
        ("unknown_member", sound.replace("{", '{"more":1,', 1)),
        ("no_certificate", f'{{"offline_page":{sound.split(":", 2)[-1]}'),
        ("too_long", sound + " " * 16384),
        ("digest_short", _changed(sha256=encode_base64url(bytes(31)))),
        ("digest_in_hex", _changed(sha256=hashlib.sha256(_PAGE).hexdigest())),
        ("no_digest", _changed(sha256=None)),
        ("member_more", _changed(origin=NORTH.origin)),
        ("version_zero", _changed(key_set_version=0)),
        ("version_as_text", _changed(key_set_version="1")),
        ("fifteen_days", _changed(until=encode_instant(NOW + timedelta(days=14)))),
        ("ends_before_it_begins", _changed(until=_BODY["from"])),
        ("no_instant", _changed(until="2026-03-15")),
        ("line_too_long", _changed(sha256=tag)),
        ("another_label", _published(NORTH.directory_note(KEY_SET_LABEL, _BODY))),
    ):
        file.refuse(name, MalformedKeySetError, published=published, **_members())
    for name, published in (
        ("no_note", _published("no note")),
        ("two_signatures", _published(note + note.rsplit("\n", 2)[1] + "\n")),
    ):
        file.refuse(name, MalformedNoteError, published=published, **_members())


def _untrusted(file: VectorFile) -> None:
    base = {"base": "sound"}
    for name, published in (
        ("signed_by_the_root", _signed_by(NORTH.root, ROOT_NAME)),
        ("signed_by_another_directory", _signed_by(SOUTH.directory)),
        ("signed_under_another_name", _signed_by(NORTH.directory, ROOT_NAME)),
        ("certificate_of_another_root", _published(_note_of_north(), SOUTH.certificate)),
    ):
        file.refuse(name, SignatureError, published=published, **_members())
    south = {**_members(), "root_key": SOUTH.root_key.hex()}
    file.refuse("wrong_root", SignatureError, published=base, **south)
    names_the_south = other_authority(OFFLINE_PAGE_LABEL, _BODY, NORTH.directory, DIRECTORY_NAME)
    start, key = NOW - timedelta(days=30), NORTH.directory.verification_key
    certificate = certificate_json(key, start, start + timedelta(days=330), None)
    other = other_authority(CERTIFICATE_LABEL, certificate, NORTH.root, ROOT_NAME)
    for name, published in (
        ("names_another_authority", _published(names_the_south)),
        ("certificate_names_another_authority", _published(_note_of_north(), other)),
    ):
        file.refuse(name, KeySetUntrustedError, published=published, **_members())
    for name, page in (
        ("a_byte_more", _PAGE + b"\n"),
        ("a_byte_less", _PAGE[:-1]),
        ("a_bit_changed", _PAGE[:-1] + b"\x0b"),
        ("no_page", b""),
    ):
        file.refuse(name, KeySetUntrustedError, published=base, **_members(page=page))


def _note_of_north() -> str:
    return NORTH.directory_note(OFFLINE_PAGE_LABEL, _BODY)


def _out_of_time(file: VectorFile) -> None:
    start = NOW - timedelta(days=30)
    key = NORTH.directory.verification_key
    short = certificate_json(key, start, NOW + timedelta(days=1), None)
    certificate = NORTH.root_note(CERTIFICATE_LABEL, short)
    file.refuse(
        "certificate_expired",
        KeySetExpiredError,
        published=_published(_note_of_north(), certificate),
        **_members("2026-03-03T08:00:00Z"),
    )
    for name, error, now in (
        ("expired", KeySetExpiredError, "2026-03-15T08:00:00Z"),
        ("not_yet_valid", KeySetNotYetValidError, "2026-03-02T06:59:59Z"),
    ):
        file.refuse(name, error, published={"base": "sound"}, **_members(now))


def _offline_page() -> VectorFile:
    sound = NORTH.offline_page_note(_PAGE).decode()
    file = VectorFile("offline_page", "SPEC 13.8", bases={"sound": sound})
    base = {"base": "sound"}
    file.accept("sound", published=base, **_members())
    file.accept("first_second", published=base, **_members("2026-03-02T07:00:00Z"))
    file.accept("last_second", published=base, **_members("2026-03-15T07:59:59Z"))
    file.accept("later_version", published=_changed(key_set_version=7), **_members())
    _malformed(file, sound)
    _untrusted(file)
    _out_of_time(file)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_offline_page()]
