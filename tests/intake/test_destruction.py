"""Reports leave a tombstone, for who could open them and nobody else. Source: SPEC 12.5."""

import pytest

from crypto.custody.destruction import verify_destruction
from crypto.custody.key_pair import KeyPair
from crypto.errors import WrongPlaceError
from crypto.sealing.derivation import destruction_key
from crypto.wire.feed import Tombstone, head_zero, parse_feed_page, verify_feed
from crypto.wire.key_set import KeySet
from crypto.wire.roles import Role
from crypto.wire.submission import parse_submission, value_digest
from intake.server.registration import Registrar
from intake.server.store.database import Database
from intake.server.store.feed import destroy_report, page_of_destroyed
from tests.intake.authority import seed
from tests.intake.processes import Report, Running, seal_report
from tests.intake.test_durability import whole_feed
from tests.intake.test_store import feed_of, key_set, register, registrar, signing_key

__all__ = ["key_set", "registrar", "signing_key"]  # fixtures

DESTROY = "/desk/v1/feed/destroy"
DESTROYED = "/desk/v1/feed/destroyed"


def key_of(report: Report, n: int = 0) -> bytes:
    """What triage derives once it has opened the report."""
    return destruction_key(report.keys.slot_key(Role.TRIAGE), n)


def triage(server: Running) -> KeyPair:
    """An officer of the triage desk."""
    return server.installation.authority.officer_pair(Role.TRIAGE)


def destroy(server: Running, sequence: int, key: bytes) -> int:
    """Ask as triage; the status."""
    body = sequence.to_bytes(8) + key
    return server.signed(triage(server), "POST", DESTROY, body=body).status


def test_a_destroyed_report_leaves_a_feed_that_still_verifies(
    registrar: Registrar, main: Database, key_set: KeySet
) -> None:
    """SPEC 12.5, on SQLite and on PostgreSQL: nobody can drop an item from the chain."""
    reports = [seal_report(key_set) for _ in range(3)]
    for report in reports:
        register(registrar, report)

    with main.write() as connection:
        assert destroy_report(connection, 2, key_of(reports[1]))

    items = parse_feed_page(feed_of(main))
    verify_feed(items, last_sequence=0, last_head=head_zero(key_set.instance_id))
    envelope = parse_submission(reports[1].submission.raw).report
    assert items[1].report == Tombstone(value_digest(envelope), key_of(reports[1]))
    assert envelope not in feed_of(main)
    with main.read() as connection:
        assert page_of_destroyed(connection, 0, 9) == (2).to_bytes(8) + key_of(reports[1])
        assert page_of_destroyed(connection, 2, 9) == b""


def test_only_the_key_of_this_report_destroys_it(
    registrar: Registrar, main: Database, key_set: KeySet
) -> None:
    """An officer of another desk, the server, another case: none of them has it."""
    report, other = seal_report(key_set), seal_report(key_set)
    register(registrar, report)
    named = parse_submission(report.submission.raw).destruction_id
    before = feed_of(main)

    wrong = [
        *(key_of(other), key_of(report, n=1), named, bytes(32)),
        destruction_key(report.keys.slot_key(Role.OVERSIGHT), 0),
        destruction_key(report.keys.slot_key(Role.PROTECTION), 0),
    ]
    with main.write() as connection:
        assert not any(destroy_report(connection, 1, key) for key in wrong)
        assert not destroy_report(connection, 2, key_of(report))

    assert feed_of(main) == before


def test_destruction_may_be_repeated_and_is_refused_to_strangers(server: Running) -> None:
    """A retry after a lost answer; 404 says no more than that it can't be."""
    report = seal_report(server.installation.key_set)
    assert server.submit(report).status == 201

    statuses = [
        *(destroy(server, 1, bytes(32)), destroy(server, 2, key_of(report))),
        destroy(server, 2**64 - 1, key_of(report)),
        *(destroy(server, 1, key_of(report)), destroy(server, 1, key_of(report))),
    ]

    assert statuses == [404, 404, 404, 204, 204]
    (item,) = whole_feed(server)
    assert isinstance(item.report, Tombstone)
    listed = server.signed(triage(server), "GET", DESTROYED).data
    assert listed == (1).to_bytes(8) + key_of(report)


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.PROTECTION, Role.REWARD, Role.AUDITOR])
def test_no_other_role_destroys_or_learns_what_was_destroyed(
    shared_server: Running, role: Role
) -> None:
    """intake/API.md 3: triage and oversight."""
    officer = shared_server.installation.authority.officer_pair(role)

    assert shared_server.signed(officer, "POST", DESTROY, body=bytes(40)).status == 403
    assert shared_server.signed(officer, "GET", DESTROYED).status == 403


def test_a_reader_recognises_the_key_of_the_own_report() -> None:
    """SPEC 12.5: a server that deletes by itself cannot show it."""
    slot_key = seed("slot key")

    verify_destruction(destruction_key(slot_key, 3), slot_key, 3)
    with pytest.raises(WrongPlaceError):
        verify_destruction(destruction_key(slot_key, 3), slot_key, 4)
