"""Two authorities on one machine, whose officers and desks have the very same keys.

Nothing but authority id and origin tells them apart, and nothing of the one counts at the other.
Source: Order 2021 No. 1, Article 5; SPEC §3; issue 4.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.custody.desk_replies import Addressee, seal_reply
from crypto.custody.key_pair import KeyPair
from crypto.custody.mailbox import open_reply
from crypto.custody.opening import open_envelope
from crypto.custody.reporter import ReporterKeys, open_acknowledgement, seal_submission
from crypto.errors import (
    KeySetUntrustedError,
    NotForReaderError,
    OpeningError,
    SealedIntakeError,
    SignatureError,
    WrongPlaceError,
)
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.request import REQUEST_LABEL
from crypto.signing.trust import (
    ACKNOWLEDGEMENT_LABEL,
    verify_acknowledgement_text,
    verify_key_set,
)
from crypto.signing.verify import verify_labelled
from crypto.wire.case_event import AUDIT_LABEL, EVENT_LABEL
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL
from crypto.wire.documents import DOCUMENT_LABEL
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose, parse_envelope
from crypto.wire.grant import GRANT_LABEL
from crypto.wire.key_set import parse_key_set
from crypto.wire.receipt import ReceiptCode
from crypto.wire.release import RELEASE_LABEL
from crypto.wire.reply import REPLY_LABEL, Reply, ReplyKind
from crypto.wire.roles import Role
from tests.ports import free_port
from tests.triage.office import Office, saying
from triage.authority.seed_reports import SEED_GONE_LABEL
from triage.errors import NotAdmittedError, ServerRefusedError, WrongUseError
from triage.workstation.grants import grants_for, open_grant, post_grant
from triage.workstation.trust import load_trust, pin, refresh

LABELS = (
    *(REQUEST_LABEL, GRANT_LABEL, RELEASE_LABEL, EVENT_LABEL, AUDIT_LABEL, CONSENT_LABEL),
    *(REVOCATION_LABEL, DOCUMENT_LABEL, REPLY_LABEL, ACKNOWLEDGEMENT_LABEL, SEED_GONE_LABEL),
)
# The identity envelope has no slot of its own: its wrapped key lies in the identity lock.
PURPOSES = tuple(
    purpose for purpose in Purpose if purpose in PLAINTEXT_BYTES and purpose is not Purpose.IDENTITY
)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two offices with servers of their own, and the same people."""

    north: Office
    south: Office


def _office(folder: Path) -> Office:
    office = Office(folder, f"http://127.0.0.1:{free_port()}")
    folder.mkdir()
    return office


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """The south enrols the north's officers, whose workstations hold the same seeds."""
    folder = tmp_path_factory.mktemp("jurisdictions")
    north, south = _office(folder / "north"), _office(folder / "south")
    north.set_up()
    shutil.copytree(north.folder / "officers", south.folder / "officers")
    south.set_up()
    for office in (north, south):
        office.start()
        office.trust("triage-1", "triage-2")
    yield Neighbours(north, south)
    north.stop()
    south.stop()


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def test_the_two_have_the_same_officers_and_desks(neighbours: Neighbours) -> None:
    """What the other tests rest on: only authority and origin differ."""
    north, south = neighbours.north.key_set(), neighbours.south.key_set()

    assert north.body.desks == south.body.desks
    assert north.authority_id != south.authority_id
    assert north.instance_id != south.instance_id
    assert neighbours.north.keyring("triage-1").officer_id == (
        neighbours.south.keyring("triage-1").officer_id
    )


def test_a_key_set_of_the_other_is_refused_by_every_reader(neighbours: Neighbours) -> None:
    """Console, server and API client."""
    north, south = neighbours.north, neighbours.south
    keyring, courier = north.keyring("triage-1"), south.courier()

    with pytest.raises((SignatureError, KeySetUntrustedError)):
        refresh(keyring.home, courier, keyring, now())
    with pytest.raises((SignatureError, KeySetUntrustedError)):
        pin(north.home("reward-1"), north.root_key, courier, now())
    with pytest.raises(WrongUseError):
        pin(keyring.home, south.root_key, courier, now())
    courier.close()
    files = [str(north.folder / "published" / f"000001.{kind}") for kind in ("json", "officers")]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        south.intake("install-key-set", files[0], "--officers", files[1])
    assert refused.value.returncode == 3
    assert _submit(south, root=north).returncode == 3
    assert load_trust(keyring.home).key_set.authority_id == north.key_set().authority_id


def _submit(to: Office, *, root: Office) -> subprocess.CompletedProcess[str]:
    """`intake submit` to one server under the root of an office."""
    document = to.folder / "document.txt"
    document.write_text("x")
    pinned = str(root.authority / "root.pub")
    command = (
        "submit",
        "--server",
        to.origin,
        "--root",
        pinned,
        "--document",
        str(document),
        "--json",
    )
    return subprocess.run(
        [sys.executable, "-m", "intake.cli", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_acknowledgement_of_the_other_is_refused(neighbours: Neighbours) -> None:
    """SPEC 12.4: it verifies with one root."""
    submitted = _submit(neighbours.south, root=neighbours.south)
    text = json.loads(submitted.stdout)["acknowledgement"]

    own = verify_acknowledgement_text(text, neighbours.south.root_key)
    assert own.origin == neighbours.south.origin
    with pytest.raises((SignatureError, KeySetUntrustedError)):
        verify_acknowledgement_text(text, neighbours.north.root_key)


def test_a_signed_request_of_the_other_is_refused(neighbours: Neighbours) -> None:
    """SPEC 18: the same officer, the same server nonce, another instance."""
    north, south = neighbours.north, neighbours.south
    keyring, courier = south.keyring("triage-1"), south.courier()
    path = "/desk/v1/feed"

    courier.signed("GET", path, signer=keyring, instance=south.key_set().instance_id)
    with pytest.raises(NotAdmittedError):
        courier.signed("GET", path, signer=keyring, instance=north.key_set().instance_id)
    courier.close()


def test_a_grant_of_the_other_is_refused_by_server_and_receiver(neighbours: Neighbours) -> None:
    """SPEC 15.1."""
    north, south = neighbours.north, neighbours.south
    trusts = [load_trust(office.home("triage-1")) for office in (north, south)]
    granter = north.keyring("triage-1")
    (raw,) = grants_for(Role.TRIAGE, "triage-2", epoch=None, granter=granter, trust=trusts[0])
    courier = south.courier()

    open_grant(raw, receiver=north.keyring("triage-2"), trust=trusts[0])
    with pytest.raises(SignatureError):
        open_grant(raw, receiver=south.keyring("triage-2"), trust=trusts[1])
    with pytest.raises(ServerRefusedError):
        post_grant(raw, courier=courier, granter=south.keyring("triage-1"), trust=trusts[1])
    courier.close()


def test_a_submission_to_the_other_is_shown_as_no_report_and_acknowledged_to_nobody(
    neighbours: Neighbours,
) -> None:
    """A blind server takes what it cannot read; its desk and the reporter refuse it."""
    north, south = neighbours.north, neighbours.south
    keys = ReporterKeys.derive(ReceiptCode(71), north.key_set().instance_id)
    sealed = seal_submission(keys, saying("for the north"), north.key_set())

    south.send(sealed.raw)
    session = south.session("triage-1")
    session.sync(processes=1)
    shown, quarantined = session.list_reports(), session.quarantined()
    session.close()
    with south.database("intake") as connection:
        values = [value for (value,) in connection.execute("SELECT value FROM slots")]

    assert "for the north" not in {report.opening_words for report in shown}
    assert len(quarantined) == 1
    for value in values:
        with pytest.raises(SealedIntakeError):
            open_acknowledgement(value, keys, north.key_set())


@pytest.mark.parametrize("name", LABELS)
def test_no_signature_of_the_other_verifies(neighbours: Neighbours, name: str) -> None:
    """SPEC 1.2, 3.2: each signature covers the instance, whatever it is for."""
    pair, body = KeyPair.generate(), b"the same body"
    north, south = (each.key_set().instance_id for each in (neighbours.north, neighbours.south))
    signature = pair.signing.sign(name, north, body)

    verify_labelled(pair.verification_key, name, north, body, signature)
    with pytest.raises(SignatureError):
        verify_labelled(pair.verification_key, name, south, body, signature)


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.name.lower())
def test_no_envelope_of_the_other_opens(neighbours: Neighbours, purpose: Purpose) -> None:
    """SPEC 5.1: reports, identities, replies, grants, releases, events and audit records alike."""
    pair = KeyPair.generate()
    north, south = (each.key_set().instance_id for each in (neighbours.north, neighbours.south))
    plaintext, slots = bytes(PLAINTEXT_BYTES[purpose]), 2 if purpose is Purpose.REPORT else 1
    envelope = parse_envelope(
        seal_envelope(
            plaintext,
            purpose=purpose,
            place=bytes(32),
            key_set_version=1,
            instance=north,
            readers=[SealingKey(pair.recipient_key)] * slots,
        ),
        purpose,
    )

    assert open_envelope(envelope, (pair.opening,), instance=north).plaintext == plaintext
    with pytest.raises((OpeningError, NotForReaderError)):
        open_envelope(envelope, (pair.opening,), instance=south)


def test_a_reply_of_the_other_is_refused(neighbours: Neighbours) -> None:
    """SPEC 11.5: even by a reporter who typed the same code at both, and the same desk's key."""
    north, south = neighbours.north.key_set(), neighbours.south.key_set()
    keys, others = (
        ReporterKeys.derive(ReceiptCode(72), each.instance_id) for each in (north, south)
    )
    desk = neighbours.north.keyring("triage-1").desk_seed(Role.TRIAGE, 1)
    reply = Reply(
        role=Role.TRIAGE,
        epoch=1,
        kind=ReplyKind.REPLY,
        i=0,
        case_ref=keys.case_ref,
        content={"text": "x", "sent_on": "2026-05-04"},
    )
    addressee = Addressee(keys.slot_key(Role.TRIAGE), keys.reply.recipient_key)
    signing = KeyPair.from_seed(desk.seed).signing
    sealed = seal_reply(
        reply, addressee, signing, key_set_version=1, instance=north.instance_id
    ).envelope

    assert open_reply(sealed, keys, (north,), Role.TRIAGE, 0) == reply
    with pytest.raises((OpeningError, NotForReaderError, WrongPlaceError)):
        open_reply(sealed, others, (south,), Role.TRIAGE, 0)


def test_the_same_code_gives_other_keys_at_the_other(neighbours: Neighbours) -> None:
    """A reporter who reuses a code is not recognised across authorities."""
    north, south = (
        ReporterKeys.derive(ReceiptCode(73), each.key_set().instance_id)
        for each in (neighbours.north, neighbours.south)
    )

    assert north.claim.verification_key != south.claim.verification_key
    assert north.slot_key(Role.TRIAGE) != south.slot_key(Role.TRIAGE)


def test_a_root_vouches_for_its_own_key_set_only(neighbours: Neighbours) -> None:
    """SPEC 13.6: verified with the other's root."""
    raw = neighbours.north.published(1)

    with pytest.raises((SignatureError, KeySetUntrustedError)):
        verify_key_set(parse_key_set(raw), neighbours.south.root_key, now=now())
