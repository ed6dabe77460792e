"""The last key set seen of each service, so that a server cannot roll it back. Source: SPEC 13.7.

Kept in one small file per service, named by a hash of root and origin; it tells nothing about what
was reported, only to somebody who knows the service that this machine asked it once.
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.errors import MalformedError, MalformedKeySetError
from crypto.signing.trust import KeySetMemory, accept_key_set, verify_key_set
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.strict_json import encode_json, parse_json_object
from intake.client.errors import WrongUseError

_MAX_FILE_BYTES: Final = 1024
_OWNER_ONLY: Final = 0o600


def default_state_dir(environment: Mapping[str, str]) -> Path:
    """Where state is kept: the XDG state folder."""
    base = environment.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "sealed-intake"


def trusted_key_set(
    fetch: Callable[[int | None], bytes], root_key: bytes, state_dir: Path, now: datetime
) -> KeySet:
    """Fetch, verify and remember the newest key set.

    Args:
        fetch: Gives the bytes of a version, or of the newest.
        root_key: The pinned root, 32 bytes.
        state_dir: The folder of the remembered versions.
        now: Aware UTC.

    Raises:
        SealedIntakeError: It is not of this root, its time is over, or it does not continue what
            was seen.
        WrongUseError: The state folder cannot be used.
    """
    key_set = verify_key_set(parse_key_set(fetch(None)), root_key, now=now)
    file = state_dir / f"{key_set.instance_id.hex()[:32]}.json"
    memory = _recall(file)
    if memory is not None:
        for version in range(memory.version + 1, key_set.version):
            between = verify_key_set(parse_key_set(fetch(version)), root_key, now=None)
            memory = accept_key_set(memory, between)
    _remember(file, accept_key_set(memory, key_set))
    return key_set


def _recall(file: Path) -> KeySetMemory | None:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise WrongUseError("the state folder cannot be read") from None
    try:
        members = parse_json_object(raw, max_bytes=_MAX_FILE_BYTES)
        version, digest = members.get("version"), members.get("hash")
        if type(version) is not int or not isinstance(digest, str):
            raise MalformedKeySetError("SPEC 13.7: no version and hash")
        return KeySetMemory(version, decode_base64url(digest))
    except MalformedError:
        raise WrongUseError("the remembered key set is damaged; look at the state folder") from None


def _remember(file: Path, memory: KeySetMemory) -> None:
    raw = encode_json({"version": memory.version, "hash": encode_base64url(memory.hash)})
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb"
        ) as handle:
            handle.write(raw)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(file)
    except OSError:
        raise WrongUseError("the state folder cannot be written") from None
