"""Signing the next numbered key set. Source: SPEC §13.3–13.7.

The folder `published` is the record: writing `NNNNNN.json` there is the moment at which a version
exists, and no version is ever signed twice. What is handed out are copies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set, verify_officers
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    certificate_json,
    encode_note_text,
    parse_directory_certificate,
)
from crypto.wire.instance import authority_id
from crypto.wire.key_set import (
    KEY_SET_LABEL,
    MAX_KEY_SET_BYTES,
    MAX_KEY_SET_LIFE,
    KeySet,
    KeySetBody,
    encode_key_set,
    key_set_json,
    parse_key_set,
)
from crypto.wire.officers import (
    MAX_OFFICERS_BYTES,
    OFFICERS_LABEL,
    OfficersNote,
    officers_hash,
    officers_json,
    parse_officers,
)
from crypto.wire.roles import REQUIRED_DESKS
from crypto.wire.signed_note import DIRECTORY_NAME
from triage.authority.ceremony import CLOCK_SKEW, DIRECTORY_FILE, lock_of
from triage.authority.state import AuthorityState, load_state
from triage.errors import RefusedInputError, WrongUseError
from triage.locked_files import open_locked
from triage.private_files import PUBLIC, make_private_folder, only_one, read_file, replace_file

PUBLISHED_FOLDER = "published"
DEFAULT_DAYS = 14
DELIVER_AGAIN_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Published:
    """A published version and where its two files were written."""

    version: int
    hash: bytes
    valid_until: datetime
    key_set_file: Path
    officers_file: Path


def version_name(version: int) -> str:
    """The file stem of a version: six digits or more."""
    return f"{version:06}"


def latest_version(home: Path) -> int:
    """The number of the last version signed, 0 for none."""
    stems = [path.stem for path in (home / PUBLISHED_FOLDER).glob("*.json")]
    return max((int(stem) for stem in stems if stem.isdecimal()), default=0)


def _latest(home: Path, state: AuthorityState) -> tuple[KeySet, OfficersNote] | None:
    version = latest_version(home)
    if version == 0:
        return None
    stem = home / PUBLISHED_FOLDER / version_name(version)
    raw = read_file(stem.with_suffix(".json"), max_bytes=MAX_KEY_SET_BYTES)
    officers = read_file(stem.with_suffix(".officers"), max_bytes=MAX_OFFICERS_BYTES)
    key_set = verify_key_set(parse_key_set(raw), state.root_key, now=None)
    return key_set, verify_officers(parse_officers(officers.decode()), key_set)


def is_current(home: Path, *, now: datetime, remaining: timedelta) -> bool:
    """Whether the last version says all that is listed now, for at least `remaining` longer."""
    state = load_state(home)
    latest = _latest(home, state)
    return (
        latest is not None
        and _says_the_same(state, latest)
        and latest[0].body.valid_until - now >= remaining
    )


def _missing(state: AuthorityState) -> list[str]:
    current = {desk.role for desk in state.desks if desk.current}
    missing = [f"a {role.wire_name} desk" for role in sorted(REQUIRED_DESKS - current)]
    if not state.acknowledgement_keys:
        missing.append("an acknowledgement key")
    return missing


def _says_the_same(state: AuthorityState, latest: tuple[KeySet, OfficersNote]) -> bool:
    key_set, officers = latest
    body = key_set.body
    return (
        body.desks == state.desks
        and officers.officers == state.officers
        and body.origin == state.origin
        and dict(body.body_name) == {"zh-CN": state.name_zh, "en": state.name_en}
        and key_set.certificate.note_text == state.certificate
        and tuple(each.verification_key for each in key_set.acknowledgement_keys)
        == tuple(each.verification_key for each in state.acknowledgement_keys)
    )


def _acknowledgement_certificates(state: AuthorityState, directory: SigningKey) -> tuple[str, ...]:
    authority = authority_id(state.root_key)
    return tuple(
        directory.sign_note(
            encode_note_text(
                ACKNOWLEDGEMENT_KEY_LABEL,
                authority,
                certificate_json(
                    key.verification_key, key.valid_from, key.valid_until, state.origin
                ),
            ),
            DIRECTORY_NAME,
        )
        for key in state.acknowledgement_keys
    )


def _sign(
    state: AuthorityState,
    directory: SigningKey,
    previous: KeySet | None,
    now: datetime,
    life: timedelta,
) -> tuple[bytes, str]:
    """The published key set and the officers note of the next version."""
    version = 1 if previous is None else previous.version + 1
    authority = authority_id(state.root_key)
    officers = directory.sign_note(
        encode_note_text(OFFICERS_LABEL, authority, officers_json(version, state.officers)),
        DIRECTORY_NAME,
    )
    start = now.replace(microsecond=0) - CLOCK_SKEW
    body = KeySetBody(
        version=version,
        previous=None if previous is None else previous.hash,
        origin=state.origin,
        body_name={"zh-CN": state.name_zh, "en": state.name_en},
        valid_from=start,
        valid_until=start + life,
        desks=state.desks,
        acknowledgement_keys=_acknowledgement_certificates(state, directory),
        directory_hash=officers_hash(officers),
    )
    note = directory.sign_note(
        encode_note_text(KEY_SET_LABEL, authority, key_set_json(body)), DIRECTORY_NAME
    )
    return encode_key_set(state.certificate, note), officers


def _check(state: AuthorityState, now: datetime, life: timedelta) -> None:
    missing = _missing(state)
    if missing:
        raise WrongUseError(f"not yet listed: {', '.join(missing)}")
    if not timedelta(0) < life <= MAX_KEY_SET_LIFE:
        raise WrongUseError("SPEC 13.3: a key set is valid for at most 14 days")
    certificate = parse_directory_certificate(state.certificate)
    if now + life > certificate.valid_until:
        raise WrongUseError("the directory certificate ends before: run triage authority renew")


def publish(
    home: Path, out: Path, *, passphrase: bytes, now: datetime, days: int = DEFAULT_DAYS
) -> Published:
    """Sign the next version, or hand out again the last one where only its copy is missing.

    Args:
        home: the authority's folder.
        out: where copies of every version so far are written.
        passphrase: unlocks the directory key.
        now: an aware instant.
        days: how long it is valid, 1 to 14.

    Raises:
        WrongUseError: a required desk or an acknowledgement key is missing, or `days` is too long.
        LockedError: another passphrase.
    """
    life = timedelta(days=days)
    with only_one(lock_of(home)):
        state = load_state(home)
        _check(state, now, life)
        directory = SigningKey(open_locked(home / DIRECTORY_FILE, passphrase))
        if directory.verification_key != state.directory_key:
            raise RefusedInputError("the directory key file is another key's")
        latest = _latest(home, state)
        undelivered = latest is not None and not _copies(out, latest[0].version)[0].exists()
        fresh = latest is not None and now - latest[0].body.valid_from < DELIVER_AGAIN_WITHIN
        if latest is None or not (undelivered and fresh and _says_the_same(state, latest)):
            previous = None if latest is None else latest[0]
            raw, officers = _sign(state, directory, previous, now, life)
            key_set = verify_key_set(parse_key_set(raw), state.root_key, now=now)
            verify_officers(parse_officers(officers), key_set)
            _record(home / PUBLISHED_FOLDER, key_set.version, raw, officers)
        else:
            key_set = latest[0]
        _hand_out(home / PUBLISHED_FOLDER, out, key_set.version)
    key_set_file, officers_file = _copies(out, key_set.version)
    return Published(
        key_set.version, key_set.hash, key_set.body.valid_until, key_set_file, officers_file
    )


def _copies(folder: Path, version: int) -> tuple[Path, Path]:
    stem = folder / version_name(version)
    return stem.with_suffix(".json"), stem.with_suffix(".officers")


def _record(folder: Path, version: int, raw: bytes, officers: str) -> None:
    """The officers note first: the key set's appearance makes the version exist."""
    make_private_folder(folder)
    key_set_file, officers_file = _copies(folder, version)
    replace_file(officers_file, officers.encode())
    replace_file(key_set_file, raw)


def _hand_out(published: Path, out: Path, version: int) -> None:
    """Copy every version that `out` lacks, so that those who were away can follow the chain."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(1, version + 1):
        recorded, copies = _copies(published, number), _copies(out, number)
        for source, copy in zip(reversed(recorded), reversed(copies), strict=True):
            if not copy.exists():
                replace_file(copy, read_file(source, max_bytes=MAX_OFFICERS_BYTES), PUBLIC)
