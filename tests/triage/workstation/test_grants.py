"""Grants: to one officer, from a member, for one desk. Source: SPEC §15.1."""

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    MalformedGrantError,
    SealedIntakeError,
    SignatureError,
    WrongPlaceError,
)
from crypto.wire.codec import labelled_hash
from crypto.wire.grant import GRANT_BYTES, GRANT_LABEL, DeskSeed, Grant, encode_grant, parse_grant
from crypto.wire.roles import Role
from tests.triage.office import Office
from triage.errors import NoKeyError, NoSuchThingError, RefusedInputError, WrongUseError
from triage.workstation.grants import grants_for, open_grant, seal_grant, split_grants
from triage.workstation.keyring import Keyring, found_desk
from triage.workstation.trust import Trust, load_trust

EVERYBODY = ("triage-1", "triage-2", "oversight-1", "custodian-1", "protection-1", "reward-1")


@pytest.fixture
def trusting(office: Office) -> tuple[Office, Trust]:
    """An office in which triage-1 knows everybody."""
    office.trust("triage-2")
    return office, load_trust(office.home("triage-1"))


def grant(office: Office, trust: Trust) -> bytes:
    """The triage desk's seed for triage-2."""
    granter = office.keyring("triage-1")
    (raw,) = grants_for(Role.TRIAGE, "triage-2", epoch=None, granter=granter, trust=trust)
    return raw


def test_a_grant_gives_its_receiver_the_desk_and_nobody_else(
    trusting: tuple[Office, Trust],
) -> None:
    """Every wrong key."""
    office, trust = trusting
    raw = grant(office, trust)

    desk = open_grant(raw, receiver=office.keyring("triage-2"), trust=trust)

    assert len(raw) == GRANT_BYTES
    assert desk == office.keyring("triage-1").desk_seed(Role.TRIAGE, 1)
    for name in EVERYBODY:
        if name != "triage-2":
            with pytest.raises(WrongPlaceError):
                open_grant(raw, receiver=office.keyring(name), trust=trust)


def test_every_altered_byte_is_refused(trusting: tuple[Office, Trust]) -> None:
    """The granter's signature covers the whole."""
    office, trust = trusting
    raw, receiver = grant(office, trust), office.keyring("triage-2")

    for place in range(0, len(raw), 37):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(SignatureError):
            open_grant(altered, receiver=receiver, trust=trust)
    for cut in (b"", raw[:-1], raw + b"\0"):
        with pytest.raises(SealedIntakeError):
            open_grant(cut, receiver=receiver, trust=trust)


def test_a_grant_from_somebody_of_another_desk_is_refused(
    trusting: tuple[Office, Trust],
) -> None:
    """SPEC 15.1: the granter is listed with that role."""
    office, trust = trusting
    envelope = parse_grant(grant(office, trust)).envelope
    receiver, thief = office.keyring("triage-2"), office.keyring("reward-1")
    stranger = Keyring(receiver.home, KeyPair.generate())

    for granter in (thief, stranger):
        unsigned = Grant(envelope, granter.officer_id, b"")
        signature = granter.signing.sign(GRANT_LABEL, trust.instance, unsigned.signed)
        raw = encode_grant(Grant(envelope, granter.officer_id, signature))
        with pytest.raises(SignatureError):
            open_grant(raw, receiver=receiver, trust=trust)


def test_a_seed_that_is_not_the_listed_desks_is_neither_given_nor_taken(
    trusting: tuple[Office, Trust],
) -> None:
    """SPEC 15.1: the seed gives the public keys of its epoch in the key set."""
    office, trust = trusting
    granter = office.keyring("triage-1")
    officers = {officer.label: officer for officer in trust.require_officers().officers}
    wrong = DeskSeed(Role.TRIAGE, 1, labelled_hash("test", b"another desk"))

    with pytest.raises(MalformedGrantError):
        seal_grant(wrong, officers["triage-2"], granter=granter, trust=trust)


def test_only_a_listed_officer_of_the_role_may_be_given_a_desk(
    trusting: tuple[Office, Trust],
) -> None:
    """DESIGN §3, desks and grants."""
    office, trust = trusting
    granter = office.keyring("triage-1")

    with pytest.raises(RefusedInputError):
        grants_for(Role.TRIAGE, "reward-1", epoch=None, granter=granter, trust=trust)
    with pytest.raises(NoSuchThingError):
        grants_for(Role.TRIAGE, "nobody", epoch=None, granter=granter, trust=trust)
    with pytest.raises(NoKeyError):
        grants_for(Role.REWARD, "reward-1", epoch=None, granter=granter, trust=trust)


def test_a_cut_list_of_grants_is_refused() -> None:
    """All or nothing."""
    with pytest.raises(RefusedInputError):
        split_grants(bytes(GRANT_BYTES + 1))
    assert split_grants(b"") == ()


def test_desk_seeds_are_locked_to_their_officer_role_and_epoch(closed_office: Office) -> None:
    """A seed file copied to another name or officer opens nowhere."""
    own, other = closed_office.keyring("triage-1"), closed_office.keyring("oversight-1")
    locked = own.home.desk_seed_file(Role.TRIAGE, 1).read_bytes()
    for keyring, role, epoch in ((own, Role.TRIAGE, 2), (other, Role.TRIAGE, 1)):
        path = keyring.home.desk_seed_file(role, epoch)
        path.write_bytes(locked)
        path.chmod(0o600)
        with pytest.raises(Exception, match="does not open"):
            keyring.desk_seed(role, epoch)


def test_founding_a_desk_again_gives_the_same_keys(closed_office: Office) -> None:
    """Repeatable after a crash; a seed is never overwritten."""
    keyring = closed_office.keyring("triage-1")

    first, second = found_desk(keyring, Role.TRIAGE, 2), found_desk(keyring, Role.TRIAGE, 2)

    assert first == second
    with pytest.raises(WrongUseError):
        keyring.keep_desk(DeskSeed(Role.TRIAGE, 2, bytes(32)))
    assert [desk.epoch for desk in keyring.desk_seeds()] == [2, 1]
