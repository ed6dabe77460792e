"""Key sets, judged at a stated time. Source: SPEC §13."""

from datetime import timedelta

from crypto.errors import (
    KeySetExpiredError,
    KeySetNotYetValidError,
    KeySetRollbackError,
    SignatureError,
)
from crypto.wire.certificates import (
    CERTIFICATE_LABEL,
    certificate_json,
    encode_note_text,
)
from crypto.wire.codec import encode_base64url
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import KEY_SET_LABEL, encode_key_set, key_set_json
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
)
from tests.authority import NOW, make_authority
from tests.vectors.makers.bad_key_sets import bad_key_sets
from tests.vectors.makers.directory import (
    LEAST,
    NORTH,
    SOUTH,
    Members,
    acknowledgement_certificate,
    changed,
    extra_desk,
    least_desks,
    with_certificate,
)
from tests.vectors.makers.vector_file import VectorFile


def _key_set_members(now: str = encode_instant(NOW), minimum_version: int = 1) -> Members:
    return {"root_key": NORTH.root_key.hex(), "now": now, "minimum_version": minimum_version}


def _key_set() -> VectorFile:
    sound = NORTH.published.decode()
    file = VectorFile("key_set", "SPEC 13", bases={"sound": sound})
    base, members = {"base": "sound"}, _key_set_members()
    file.accept("sound", published=base, **members)
    file.accept("all_desks", published=make_authority("north").published.decode(), **members)
    file.accept("last_second", published=base, **_key_set_members("2026-03-15T07:59:59Z"))
    file.accept("first_second", published=base, **_key_set_members("2026-03-02T07:00:00Z"))
    second = make_authority("north", roles=LEAST)
    previous = encode_base64url(NORTH.key_set.hash)
    file.accept("version_two", published=changed(second, version=2, previous=previous), **members)
    old = [*least_desks(), extra_desk("triage", 2, current=False, actor="triage/2")]
    file.accept("earlier_epoch", published=changed(NORTH, desks=old), **members)
    keys = [
        NORTH.acknowledgement_certificate,
        acknowledgement_certificate(**{"from": "2026-01-01T00:00:00Z"}),
    ]
    file.accept(
        "two_acknowledgement_keys", published=changed(NORTH, acknowledgement_keys=keys), **members
    )
    for name, error, now in (
        ("expired", KeySetExpiredError, "2026-03-15T08:00:00Z"),
        ("long_expired", KeySetExpiredError, "2026-06-01T00:00:00Z"),
        ("not_yet_valid", KeySetNotYetValidError, "2026-03-02T06:59:59Z"),
        ("clock_of_2000", KeySetNotYetValidError, "2000-01-01T00:00:00Z"),
    ):
        file.refuse(name, error, published=base, **_key_set_members(now))
    file.refuse(
        "below_minimum_version",
        KeySetRollbackError,
        published=base,
        **_key_set_members(minimum_version=2),
    )
    for name, fault, published in bad_key_sets():
        file.refuse(name, fault, published=published, **members)
    _refused_sources(file, base)
    return file


def _refused_sources(file: VectorFile, base: Members) -> None:
    members = _key_set_members()
    south = {**members, "root_key": SOUTH.root_key.hex()}
    file.refuse("wrong_root", SignatureError, published=base, **south)
    file.refuse(
        "key_set_of_another_directory",
        SignatureError,
        published=encode_key_set(
            NORTH.certificate,
            SOUTH.directory.sign_note(
                encode_note_text(KEY_SET_LABEL, NORTH.authority_id, key_set_json(NORTH.body)),
                DIRECTORY_NAME,
            ),
        ).decode(),
        **members,
    )
    file.refuse(
        "certificate_signed_by_the_directory",
        SignatureError,
        published=with_certificate(
            NORTH.directory_note(
                CERTIFICATE_LABEL,
                certificate_json(
                    NORTH.directory.verification_key, NOW, NOW + timedelta(days=10), None
                ),
            )
        ),
        **members,
    )


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_key_set()]
