"""Passing a desk's seed from member to member. Source: SPEC §15.1; DESIGN §3, desks and grants."""

import hashlib

from crypto.custody.key_pair import KeyPair
from crypto.custody.opening import open_envelope
from crypto.errors import (
    MalformedGrantError,
    SealedIntakeError,
    SignatureError,
    WrongPlaceError,
)
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.verify import verify_labelled
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.grant import (
    GRANT_BYTES,
    GRANT_LABEL,
    DeskSeed,
    Grant,
    encode_desk_seed,
    encode_grant,
    parse_desk_seed,
    parse_grant,
)
from crypto.wire.officers import Officer
from crypto.wire.roles import Role
from triage.authority.state import find_officer
from triage.courier.https import Courier
from triage.errors import NoKeyError, RefusedInputError
from triage.workstation.keyring import Keyring
from triage.workstation.trust import Trust

GRANTS_PATH = "/desk/v1/grants"
WITHDRAW_PATH = "/desk/v1/grants/withdraw"
MAX_GRANTS = 10_000
# In a withdrawal: every grant; everybody who is not listed.
EVERY = bytes(32)
NOBODY_LISTED = bytes(32)


def seal_grant(desk: DeskSeed, receiver: Officer, *, granter: Keyring, trust: Trust) -> bytes:
    """Seal a desk's seed to an officer of that role, 1432 bytes.

    Raises:
        RefusedInputError: the officer is not listed with this role, or the key set lists other
            keys for the epoch.
    """
    if desk.role not in receiver.roles:
        raise RefusedInputError("that officer is not listed with this role")
    _check_listed(desk, trust)
    envelope = seal_envelope(
        encode_desk_seed(desk),
        purpose=Purpose.GRANT,
        place=receiver.officer_id,
        key_set_version=trust.key_set.version,
        instance=trust.instance,
        readers=(SealingKey(receiver.recipient_key),),
    )
    unsigned = Grant(envelope, granter.officer_id, b"")
    signature = granter.signing.sign(GRANT_LABEL, trust.instance, unsigned.signed)
    return encode_grant(Grant(envelope, granter.officer_id, signature))


def _opened(raw: bytes, receiver: Keyring, instance: bytes) -> DeskSeed:
    """What a grant gives, whoever gave it."""
    envelope = parse_envelope(parse_grant(raw).envelope, Purpose.GRANT)
    if envelope.place != receiver.officer_id:
        raise WrongPlaceError("SPEC 15.1: for another officer")
    opened = open_envelope(envelope, (receiver.pair.opening,), instance=instance)
    return parse_desk_seed(opened.plaintext)


def open_grant(raw: bytes, *, receiver: Keyring, trust: Trust) -> DeskSeed:
    """Open a grant for this officer, and check who gave it and what it gives.

    Raises:
        MalformedGrantError: not a grant, or one whose seed is another desk's.
        SignatureError: its granter is not listed with this role, or did not sign it.
        WrongPlaceError: sealed for another officer's place.
        NotForReaderError, OpeningError: not sealed to this officer, or altered.
        NoKeyError: this officer is not listed with the role.
    """
    grant = parse_grant(raw)
    by_id = {officer.officer_id: officer for officer in trust.require_officers().officers}
    granter = by_id.get(grant.granter)
    if granter is None:
        raise SignatureError("SPEC 15.1: the granter is not listed")
    verify_labelled(
        granter.verification_key, GRANT_LABEL, trust.instance, grant.signed, grant.signature
    )
    desk = _opened(raw, receiver, trust.instance)
    if desk.role not in granter.roles:
        raise SignatureError("SPEC 15.1: the granter is not listed with this role")
    own = by_id.get(receiver.officer_id)
    if own is None or desk.role not in own.roles:
        raise NoKeyError("this officer is not listed with the granted role")
    _check_listed(desk, trust)
    return desk


def gives_ended_epoch(raw: bytes, *, receiver: Keyring, trust: Trust) -> bool:
    """Whether a grant is for an epoch that was destroyed: of no use any more, and no fault.

    It lies on the server until its receiver reports the seed gone.
    """
    try:
        desk = _opened(raw, receiver, trust.instance)
    except SealedIntakeError:
        return False
    current = trust.key_set.current_desk(desk.role)
    ended = trust.key_set.desk(desk.role, desk.epoch) is None
    return ended and current is not None and desk.epoch < current.epoch


def _check_listed(desk: DeskSeed, trust: Trust) -> None:
    """The seed must give the public keys of its epoch in the key set. Source: SPEC §15.1."""
    listed = trust.key_set.desk(desk.role, desk.epoch)
    pair = KeyPair.from_seed(desk.seed)
    if listed is None or (listed.recipient_key, listed.verification_key) != (
        pair.recipient_key,
        pair.verification_key,
    ):
        raise MalformedGrantError("SPEC 15.1: not the keys that the key set lists")


def grants_for(
    role: Role, label: str, *, epoch: int | None, granter: Keyring, trust: Trust
) -> tuple[bytes, ...]:
    """Grants of every listed epoch that this officer holds, or of one.

    Raises:
        NoSuchThingError: no such officer.
        NoKeyError: this officer holds no such key.
        RefusedInputError: the other officer is not listed with this role.
    """
    receiver = find_officer(trust.require_officers().officers, label)
    held = _held(role, epoch, granter, trust)
    return tuple(seal_grant(desk, receiver, granter=granter, trust=trust) for desk in held)


def _held(role: Role, epoch: int | None, granter: Keyring, trust: Trust) -> list[DeskSeed]:
    held = [
        desk
        for desk in granter.desk_seeds()
        if desk.role is role
        and epoch in {None, desk.epoch}
        and trust.key_set.desk(role, desk.epoch) is not None
    ]
    if not held:
        raise NoKeyError("this officer holds no listed key of that desk")
    return held


def grants_for_everyone(
    role: Role, *, epoch: int | None, granter: Keyring, trust: Trust
) -> tuple[bytes, ...]:
    """Grants for every other officer who is listed with the role.

    Raises:
        NoKeyError: this officer holds no such key.
    """
    held = _held(role, epoch, granter, trust)
    return tuple(
        seal_grant(desk, receiver, granter=granter, trust=trust)
        for receiver in trust.require_officers().officers
        if role in receiver.roles and receiver.officer_id != granter.officer_id
        for desk in held
    )


def post_grant(raw: bytes, *, courier: Courier, granter: Keyring, trust: Trust) -> None:
    """Leave a grant on the desk face, where its receiver finds it.

    Raises:
        NotAdmittedError, ServerRefusedError, ServerUnavailableError: as they say.
    """
    courier.signed("POST", GRANTS_PATH, signer=granter, instance=trust.instance, body=raw)


def fetch_grants(*, courier: Courier, receiver: Keyring, trust: Trust) -> tuple[bytes, ...]:
    """All grants that lie on the desk face for this officer.

    Raises:
        RefusedInputError: the answer is cut.
        NotAdmittedError, ServerRefusedError, ServerUnavailableError: as they say.
    """
    raw = courier.signed(
        "GET",
        GRANTS_PATH,
        signer=receiver,
        instance=trust.instance,
        max_bytes=MAX_GRANTS * GRANT_BYTES,
    )
    return split_grants(raw)


def split_grants(raw: bytes) -> tuple[bytes, ...]:
    """Grants that lie one behind the other.

    Raises:
        RefusedInputError: the last one is cut.
    """
    if len(raw) % GRANT_BYTES:
        raise RefusedInputError("SPEC 15.1: a list of grants is cut")
    return tuple(raw[start : start + GRANT_BYTES] for start in range(0, len(raw), GRANT_BYTES))


def _withdraw(
    whose: bytes, which: bytes, *, courier: Courier, signer: Keyring, trust: Trust
) -> None:
    """Ask the desk face to delete grants that this officer may withdraw."""
    body = whose + which
    courier.signed("POST", WITHDRAW_PATH, signer=signer, instance=trust.instance, body=body)


def withdraw_given(label: str, *, courier: Courier, granter: Keyring, trust: Trust) -> None:
    """Delete on the server what this officer granted to another.

    Raises:
        NoSuchThingError: no such officer.
        NotAdmittedError, ServerRefusedError, ServerUnavailableError: as they say.
    """
    receiver = find_officer(trust.require_officers().officers, label)
    _withdraw(receiver.officer_id, EVERY, courier=courier, signer=granter, trust=trust)


def withdraw_unlisted(*, courier: Courier, signer: Keyring, trust: Trust) -> None:
    """Delete on the server all grants for officers whom the newest key set does not list.

    Raises:
        NotAdmittedError, ServerRefusedError, ServerUnavailableError: as they say.
    """
    _withdraw(NOBODY_LISTED, EVERY, courier=courier, signer=signer, trust=trust)


def withdraw_received(
    role: Role, epoch: int, *, courier: Courier, receiver: Keyring, trust: Trust
) -> int:
    """Delete on the server the grants of one epoch for this officer; how many lay there.

    Raises:
        NotAdmittedError, ServerRefusedError, ServerUnavailableError: as they say.
    """
    found = 0
    for raw in fetch_grants(courier=courier, receiver=receiver, trust=trust):
        try:
            desk = _opened(raw, receiver, trust.instance)
        except SealedIntakeError:
            continue
        if (desk.role, desk.epoch) == (role, epoch):
            digest = hashlib.sha256(raw).digest()
            own = receiver.officer_id
            _withdraw(own, digest, courier=courier, signer=receiver, trust=trust)
            found += 1
    return found
