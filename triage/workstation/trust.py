"""Whom this workstation trusts: the pinned root, one server, and the last key set seen.

Legal steps: pin once; then only forward, (v, h) to (v + 1, previous = h). A version further ahead
is reached through those between, each fetched and checked with its officers. Anything else is
refused and noted, and what was trusted before stays trusted. Source: SPEC §13.6, §13.7.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crypto.errors import MalformedJsonError
from crypto.signing.trust import (
    KeySetMemory,
    accept_key_set,
    accept_officers,
    verify_key_set,
    verify_officers,
)
from crypto.wire.codec import encode_base64url
from crypto.wire.key_set import MAX_KEY_SET_BYTES, KeySet, parse_key_set
from crypto.wire.keys import VERIFICATION_KEY_BYTES, parse_verification_key
from crypto.wire.members import Members
from crypto.wire.officers import MAX_OFFICERS_BYTES, OfficersNote, parse_officers
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from crypto.wire.strict_json import encode_json, parse_json_object
from triage.courier.https import Courier, Signer, parse_server_url
from triage.errors import NoSuchThingError, NotAdmittedError, RefusedInputError, WrongUseError
from triage.private_files import only_one, read_secret_file, replace_file
from triage.workstation.home import Home

KEY_SET_PATH = "/api/v1/key-set"
KEY_SETS_PATH = "/api/v1/key-sets"
OFFICERS_PATH = "/desk/v1/officers"
MAX_VERSIONS_BETWEEN = 1000
NEAR_EXPIRY = timedelta(days=3)
DIRECTORY_NEAR_EXPIRY = timedelta(days=30)
_MAX_TRUST_BYTES = 2 * (MAX_KEY_SET_BYTES + MAX_OFFICERS_BYTES)
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Trust:
    """What this workstation has verified and remembers.

    Attributes:
        key_set: the last one accepted; expiry is judged when it is used.
        published: its bytes as fetched.
        officers: of that version; None until an officer of it fetched the note.
    """

    server_url: str
    root_key: bytes
    memory: KeySetMemory
    key_set: KeySet
    published: bytes = field(repr=False)
    officers: OfficersNote | None = field(default=None, repr=False)

    @property
    def instance(self) -> bytes:
        """The service whose objects are accepted, 32 bytes."""
        return self.key_set.instance_id

    def is_near_expiry(self, now: datetime) -> bool:
        """Whether the authority should have published the next version by now."""
        return self.key_set.body.valid_until - now < NEAR_EXPIRY

    def directory_is_near_expiry(self, now: datetime) -> bool:
        """Whether the root must certify the directory key soon; that takes a ceremony."""
        return self.key_set.certificate.valid_until - now < DIRECTORY_NEAR_EXPIRY

    def require_officers(self) -> OfficersNote:
        """The officers of the trusted version.

        Raises:
            NoSuchThingError: not fetched yet.
        """
        if self.officers is None:
            raise NoSuchThingError("the list of officers was not fetched yet: run triage sync")
        return self.officers


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whom an officer asks, and for which service they sign."""

    courier: Courier
    signer: Signer
    instance: bytes


def parse_root(text: str) -> bytes:
    """A root key as people pin it.

    Raises:
        MalformedNoteError, MalformedKeyError: not one.
    """
    return parse_verifier_key(text.strip(), ROOT_NAME)


def _keys_json(keys: Iterable[bytes]) -> list[str]:
    return [encode_base64url(key) for key in sorted(keys)]


def save_trust(home: Home, trust: Trust) -> None:
    """Replace the trust file, all of it or nothing."""
    replace_file(
        home.trust_file,
        encode_json(
            {
                "server_url": trust.server_url,
                "root_key": encode_base64url(trust.root_key),
                "version": trust.memory.version,
                "hash": encode_base64url(trust.memory.hash),
                "custodians": _keys_json(trust.memory.custodians),
                "handlers": _keys_json(trust.memory.handlers),
                "key_set": trust.published.decode(),
                "officers": "" if trust.officers is None else trust.officers.note_text,
            }
        ),
    )


def _keys(members: Members, name: str) -> frozenset[bytes]:
    keys = (
        Members({"key": text}, MalformedJsonError, "13.7").raw("key", VERIFICATION_KEY_BYTES)
        for text in members.texts(name)
    )
    return frozenset(keys)


def load_trust(home: Home) -> Trust:
    """Read what was trusted last, and verify it again; its time may be over.

    Raises:
        NoSuchThingError: no root was pinned here yet.
        SealedIntakeError: the file was damaged.
    """
    try:
        raw = read_secret_file(home.trust_file, max_bytes=_MAX_TRUST_BYTES)
    except NoSuchThingError:
        raise NoSuchThingError("no root is pinned here: run triage trust first") from None
    members = Members(
        parse_json_object(raw, max_bytes=_MAX_TRUST_BYTES), MalformedJsonError, "13.7"
    )
    members.exactly(
        *("server_url", "root_key", "version", "hash", "custodians", "handlers"),
        *("key_set", "officers"),
    )
    root_key = parse_verification_key(members.raw("root_key", VERIFICATION_KEY_BYTES))
    memory = KeySetMemory(
        members.number("version"),
        members.raw("hash", _HASH_BYTES),
        _keys(members, "custodians"),
        _keys(members, "handlers"),
    )
    published = members.text("key_set").encode()
    key_set = verify_key_set(parse_key_set(published), root_key, now=None)
    accept_key_set(memory, key_set)
    note = members.text("officers")
    officers = verify_officers(parse_officers(note), key_set) if note else None
    return Trust(members.text("server_url"), root_key, memory, key_set, published, officers)


def _fetch_key_set(
    courier: Courier, path: str, root_key: bytes, now: datetime | None
) -> tuple[bytes, KeySet]:
    published = courier.get(path, max_bytes=MAX_KEY_SET_BYTES)
    return published, verify_key_set(parse_key_set(published), root_key, now=now)


def pin(home: Home, root_key: bytes, courier: Courier, now: datetime) -> Trust:
    """Pin a root and a server, and accept the server's key set if the root vouches for it.

    Pinning the same root again changes only the server's address; the remembered version stays,
    and the next `refresh` follows those after it.

    Raises:
        WrongUseError: another root is pinned here.
        SealedIntakeError: the key set fails verification or succession.
        ServerUnavailableError: the server can't be reached.
    """
    home.make()
    with only_one(home.keyring_lock):
        known = load_trust(home) if home.trust_file.exists() else None
        if known is not None and known.root_key != root_key:
            raise WrongUseError("another root is pinned here; a new root needs a new folder")
        published, key_set = _fetch_key_set(courier, KEY_SET_PATH, root_key, now)
        if known is None:
            memory = accept_key_set(None, key_set)
            trust = Trust(courier.server_url, root_key, memory, key_set, published)
        else:
            if key_set.version <= known.memory.version:
                accept_key_set(known.memory, key_set)
            trust = replace(known, server_url=courier.server_url)
        save_trust(home, trust)
    return trust


def _follow(known: Trust, courier: Courier, signer: Signer, now: datetime) -> Trust:
    """The server's present key set, reached step by step from the known one.

    A step is taken only when the officers of the version before it are known, so that nobody is
    custodian in one version and handler in another that was missed.
    """
    published, latest = _fetch_key_set(courier, KEY_SET_PATH, known.root_key, now)
    if latest.version - known.memory.version > MAX_VERSIONS_BETWEEN:
        raise RefusedInputError("SPEC 13.7: too many versions were missed: trust the server anew")
    if latest.version <= known.memory.version:
        accept_key_set(known.memory, latest)
        return known
    # The server knows itself by its present origin, whatever an earlier version says.
    asking = _Asking(courier, signer, latest.instance_id)
    trust = known
    for version in range(known.memory.version + 1, latest.version):
        path = f"{KEY_SETS_PATH}/{version}"
        between = _fetch_key_set(courier, path, known.root_key, None)
        trust = _step(_with_officers(trust, asking), *between)
    return _step(_with_officers(trust, asking), published, latest)


def _step(trust: Trust, published: bytes, key_set: KeySet) -> Trust:
    memory = accept_key_set(trust.memory, key_set)
    return replace(trust, memory=memory, key_set=key_set, published=published, officers=None)


def refresh(home: Home, courier: Courier, signer: Signer, now: datetime) -> Trust:
    """Follow the server's key sets and fetch the officers note of each.

    Raises:
        SealedIntakeError: a key set or officers note fails verification or succession; what was
            trusted before stays.
        NotAdmittedError: the present key set does not list this officer.
        ServerRefusedError: a key set or officers note on the way is missing.
        ServerUnavailableError: the server can't be reached.
    """
    with only_one(home.keyring_lock):
        known = load_trust(home)
        trust = _follow(known, courier, signer, now)
        try:
            trust = _with_officers(trust, _Asking(courier, signer, trust.instance))
        except NotAdmittedError:
            # Whoever is not listed, or not yet, follows the key sets all the same.
            save_trust(home, trust)
            raise
        if trust != known:
            save_trust(home, trust)
    return trust


def _with_officers(trust: Trust, asking: _Asking) -> Trust:
    """The same with the officers of its version, fetched unless they are known."""
    if trust.officers is not None:
        return trust
    raw = asking.courier.signed(
        "GET",
        OFFICERS_PATH,
        query=f"version={trust.memory.version}",
        signer=asking.signer,
        instance=asking.instance,
        max_bytes=MAX_OFFICERS_BYTES,
    )
    try:
        note = raw.decode()
    except UnicodeDecodeError:
        raise RefusedInputError("SPEC 13.1: not a signed note") from None
    officers = verify_officers(parse_officers(note), trust.key_set)
    return replace(trust, memory=accept_officers(trust.memory, officers), officers=officers)


def courier_of(trust: Trust) -> Courier:
    """A connection to the trusted server."""
    return Courier(parse_server_url(trust.server_url))
