"""A root and a directory that sign whatever a vector needs, sound or not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from crypto.custody.key_pair import KeyPair
from crypto.signing.sign import SigningKey
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    CERTIFICATE_LABEL,
    certificate_json,
    encode_note_text,
)
from crypto.wire.codec import encode_base64url
from crypto.wire.key_set import key_set_json
from crypto.wire.roles import REQUIRED_DESKS
from tests.authority import NOW, Authority, make_authority, seed_of

# The least number of desks keeps the files small; the fullest key set stands among them once.
LEAST: Final = tuple(sorted(REQUIRED_DESKS))


NORTH: Final = make_authority("north", roles=LEAST)


SOUTH: Final = make_authority("south", roles=LEAST)


Members = dict[str, Any]


def changed(authority: Authority, **members: Any) -> str:  # noqa: ANN401
    """A published key set with members changed."""
    return authority.publish({**key_set_json(authority.body), **members}).decode()


def least_desks(*changes: Mapping[str, Any]) -> list[Members]:
    """The least desks as JSON, the first ones with members changed."""
    desks: list[Members] = [dict(desk) for desk in key_set_json(NORTH.body)["desks"]]  # type: ignore[union-attr, arg-type]
    for desk, change in zip(desks, changes, strict=False):
        desk.update(change)
    return desks


def extra_desk(role: str, epoch: int, *, current: bool, actor: str) -> Members:
    """One more desk as JSON, with keys of its own."""
    pair = KeyPair.from_seed(seed_of(f"north/desk/{actor}"))
    return {
        "role": role,
        "epoch": epoch,
        "recipient_key": encode_base64url(pair.recipient_key),
        "verification_key": encode_base64url(pair.verification_key),
        "current": current,
    }


def directory_certificate(**changes: Any) -> str:  # noqa: ANN401
    """A directory certificate with members changed; None leaves one out."""
    start, key = NOW - timedelta(days=30), NORTH.directory.verification_key
    body = {**certificate_json(key, start, start + timedelta(days=330), None), **changes}
    return NORTH.root_note(CERTIFICATE_LABEL, {k: v for k, v in body.items() if v is not None})


def with_certificate(certificate: str) -> str:
    """The sound key set under another certificate."""
    return NORTH.publish(key_set_json(NORTH.body), certificate).decode()


def acknowledgement_certificate(**changes: Any) -> str:  # noqa: ANN401
    """An acknowledgement key certificate with members changed; None leaves one out."""
    start, key = NOW - timedelta(days=20), NORTH.acknowledgement.verification_key
    body = {**certificate_json(key, start, start + timedelta(days=220), NORTH.origin), **changes}
    return NORTH.directory_note(
        ACKNOWLEDGEMENT_KEY_LABEL, {k: v for k, v in body.items() if v is not None}
    )


def other_authority(label: str, body: Mapping[str, Any], key: SigningKey, name: str) -> str:
    """A note of the north that names the south as its authority."""
    return key.sign_note(encode_note_text(label, SOUTH.authority_id, body), name)
