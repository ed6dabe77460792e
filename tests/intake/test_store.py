"""The store keeps what it was given, once, on SQLite and on PostgreSQL alike."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from crypto.custody.reporter import ReporterKeys, open_acknowledgement
from crypto.signing.sign import SigningKey
from crypto.wire.feed import encode_feed_page, head_zero, parse_feed_page, verify_feed
from crypto.wire.key_set import KeySet
from crypto.wire.submission import encode_submission, parse_submission
from intake.server.errors import (
    NonceUsedError,
    RowTakenError,
    SlotTakenError,
    StartError,
)
from intake.server.registration import Registrar, arrive
from intake.server.store.database import Database
from intake.server.store.feed import page_of_feed, prepare_feed
from intake.server.store.grants import (
    grants_of,
    keep_grant,
    withdraw_grants,
    withdraw_grants_of_unlisted,
)
from intake.server.store.migrate import MAIN_SCHEMA, VAULT_SCHEMA, migrate
from intake.server.store.nonces import use_nonce
from intake.server.store.slots import (
    Nearest,
    Slot,
    fill_slot_once,
    fill_slots,
    find_slots,
    read_window,
)
from intake.server.store.vault_rows import (
    BEFORE_ALL,
    VaultRow,
    keep_rows,
    page_of_digests,
    page_of_rows,
    rows_of,
)
from tests.intake.authority import Authority, seed
from tests.intake.processes import Report, seal_report

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    """The server's acknowledgement key."""
    return SigningKey(seed("acknowledgement"))


@pytest.fixture(scope="session")
def key_set(authority: Authority, signing_key: SigningKey) -> KeySet:
    """A key set that certifies it."""
    return authority.verified(authority.publish(signing_key.verification_key))


@pytest.fixture
def registrar(
    main: Database, vault: Database, key_set: KeySet, signing_key: SigningKey
) -> Registrar:
    """A worker's registrar on fresh databases, at a fixed time."""
    prepare_feed(main, key_set.instance_id)
    return Registrar(main, vault, key_set.instance_id, signing_key, lambda: NOW)


def register(registrar: Registrar, report: Report) -> bytes:
    """Register a report as the public face does."""
    return registrar.register(arrive(parse_submission(report.submission.raw)))


def feed_of(main: Database, after: int = 0, count: int = 500) -> bytes:
    """A page of the feed, as it travels."""
    with main.read() as connection:
        return encode_feed_page(page_of_feed(connection, after, count))


def vault_digests(vault: Database) -> bytes:
    """All row ids and digests."""
    with vault.read() as connection:
        return page_of_digests(connection, BEFORE_ALL, 5000)


def test_an_acknowledgement_opens_for_its_reporter_and_names_the_place_in_the_feed(
    registrar: Registrar, key_set: KeySet
) -> None:
    """SPEC 12.1."""
    first, second = seal_report(key_set), seal_report(key_set)

    register(registrar, first)
    sealed = register(registrar, second)

    acknowledgement = open_acknowledgement(sealed, second.keys, key_set)
    assert acknowledgement.sequence == 2
    assert acknowledgement.submission_digest == second.submission.digest
    assert acknowledgement.minute == int(NOW.timestamp()) // 60


def test_a_retry_gets_the_same_bytes_and_one_row(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 12.3."""
    report = seal_report(key_set)

    first = register(registrar, report)
    again = register(registrar, report)

    assert again == first
    assert len(parse_feed_page(feed_of(main))) == 1
    assert len(vault_digests(vault)) == 3 * 64


def test_another_submission_for_the_same_slot_is_refused_and_leaves_nothing(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 12.3: the same slot with another tag."""
    report, other = seal_report(key_set), seal_report(key_set)
    register(registrar, report)
    taken = parse_submission(report.submission.raw)
    thief = parse_submission(other.submission.raw)
    raw = encode_submission(
        type(thief)(
            key_set_version=thief.key_set_version,
            acknowledgement_slot=taken.acknowledgement_slot,
            acknowledgement_key=thief.acknowledgement_key,
            destruction_id=thief.destruction_id,
            row_ids=thief.row_ids,
            report=thief.report,
            identity=thief.identity,
            protection=thief.protection,
            reward=thief.reward,
        )
    )

    with pytest.raises(SlotTakenError):
        registrar.register(arrive(parse_submission(raw)))

    assert len(parse_feed_page(feed_of(main))) == 1
    assert len(vault_digests(vault)) == 3 * 64


def test_a_row_is_never_overwritten(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 10.3: the first write wins."""
    report = seal_report(key_set)
    submission = parse_submission(report.submission.raw)
    squatter = VaultRow(submission.row_ids[1], 4, bytes(32), b"something else")
    with vault.write() as connection:
        keep_rows(connection, [squatter])

    with pytest.raises(RowTakenError):
        register(registrar, report)

    assert feed_of(main) == b""
    with vault.read() as connection:
        assert page_of_rows(connection, 4, BEFORE_ALL, 9) == squatter.row_id + squatter.value


def test_a_retry_completes_what_a_crash_cut(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """DESIGN 4: vault rows first, then feed and acknowledgement."""
    report = seal_report(key_set)
    submission = parse_submission(report.submission.raw)
    with vault.write() as connection:
        keep_rows(connection, rows_of(submission, submission.row_digests))

    sealed = register(registrar, report)

    assert open_acknowledgement(sealed, report.keys, key_set).sequence == 1
    assert len(vault_digests(vault)) == 3 * 64
    assert len(parse_feed_page(feed_of(main))) == 1


def test_the_feed_is_a_gapless_chain_whoever_writes_at_once(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 12.2; two registrars stand for two workers."""
    other = Registrar(main, vault, registrar.instance, registrar.signing_key, lambda: NOW)
    reports = [seal_report(key_set) for _ in range(24)]

    with ThreadPoolExecutor(12) as threads:
        sealed = list(threads.map(register, [registrar, other] * (len(reports) // 2), reports))

    items = parse_feed_page(feed_of(main))
    verify_feed(items, last_sequence=0, last_head=head_zero(key_set.instance_id))
    assert len(items) == len(reports)
    sequences = {
        open_acknowledgement(answer, report.keys, key_set).sequence
        for answer, report in zip(sealed, reports, strict=True)
    }
    assert sequences == set(range(1, len(reports) + 1))


def test_the_same_bytes_sent_many_times_at_once_are_kept_once(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 12.3."""
    other = Registrar(main, vault, registrar.instance, registrar.signing_key, lambda: NOW)
    report = seal_report(key_set)

    with ThreadPoolExecutor(12) as threads:
        sealed = set(threads.map(register, [registrar, other] * 6, [report] * 12))

    assert len(sealed) == 1
    assert len(parse_feed_page(feed_of(main))) == 1


def test_a_leader_that_fails_leaves_nobody_waiting(
    registrar: Registrar, main: Database, key_set: KeySet
) -> None:
    """An unforeseen error in one batch must not hang the threads that came with it."""
    report = seal_report(key_set)
    submission = parse_submission(report.submission.raw)
    broken = arrive(submission)
    object.__setattr__(broken, "rest", None)
    outcomes: list[str] = []

    def attempt(arrival: object) -> None:
        try:
            registrar.register(arrival)  # type: ignore[arg-type] # the fault is meant
            outcomes.append("kept")
        except Exception as error:  # noqa: BLE001 - which one is not the point
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=attempt, args=(broken,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert len(outcomes) == 4
    assert "kept" not in outcomes
    assert register(registrar, seal_report(key_set))
    assert len(parse_feed_page(feed_of(main))) == 1


def test_feed_pages_continue_where_they_stopped(
    registrar: Registrar, main: Database, key_set: KeySet
) -> None:
    """SPEC 12.2."""
    for _ in range(5):
        register(registrar, seal_report(key_set))

    pages = [parse_feed_page(feed_of(main, after, 2)) for after in (0, 2, 4, 5)]

    assert [[item.sequence for item in page] for page in pages] == [[1, 2], [3, 4], [5], []]
    assert {item.hour for page in pages for item in page} == {int(NOW.timestamp()) // 3600}


def test_rows_come_in_key_order_and_by_purpose(
    registrar: Registrar, vault: Database, key_set: KeySet
) -> None:
    """DESIGN 4: row keys and every unseen row, never a chosen one."""
    for _ in range(4):
        register(registrar, seal_report(key_set))

    digests = vault_digests(vault)
    ids = [digests[start : start + 32] for start in range(0, len(digests), 64)]
    with vault.read() as connection:
        rewards = page_of_rows(connection, 5, BEFORE_ALL, 100)
        behind = page_of_digests(connection, ids[3], 100)

    assert ids == sorted(ids)
    assert len(ids) == 12
    assert len(rewards) == 4 * (32 + 5368)
    assert behind == digests[4 * 64 :]


def test_a_reply_slot_is_written_once(main: Database) -> None:
    """SPEC 11.3."""
    slot = Slot(b"s" * 32, None, b"value")

    with main.write() as connection:
        fill_slot_once(connection, slot)
    with main.write() as connection:
        fill_slot_once(connection, slot)
    with pytest.raises(SlotTakenError), main.write() as connection:
        fill_slot_once(connection, Slot(slot.slot_id, None, b"other"))

    with main.read() as connection:
        assert find_slots(connection, [slot.slot_id, b"t" * 32]) == {slot.slot_id: slot}


def test_a_window_reads_a_whole_row_for_each_slot_whatever_lies_there(main: Database) -> None:
    """SPEC 11.4: what was asked for is told from its neighbour, and both are read."""
    first, last = Slot(b"b" * 32, None, b"one"), Slot(b"y" * 32, b"r" * 32, b"two")
    with main.write() as connection:
        fill_slots(connection, [last, first])
    asked = [first.slot_id, b"a" * 32, last.slot_id, b"c" * 32, b"z" * 32, *[b"\x00" * 32] * 3]

    with main.read() as connection:
        found = read_window(connection, asked)
        backwards = read_window(connection, asked[::-1])

    assert found == (
        Nearest(b"one", is_asked=True),
        Nearest(b"one", is_asked=False),
        Nearest(b"two", is_asked=True),
        Nearest(b"two", is_asked=False),
        Nearest(b"", is_asked=False),
        *[Nearest(b"one", is_asked=False)] * 3,
    )
    assert backwards == found[::-1]


def test_an_acknowledgement_slot_takes_no_reply(
    registrar: Registrar, main: Database, key_set: KeySet
) -> None:
    """SPEC 12.3: its bytes are the reporter's proof."""
    report = seal_report(key_set)
    sealed = register(registrar, report)
    slot_id = report.keys.acknowledgement(0).slot

    with pytest.raises(SlotTakenError), main.write() as connection:
        fill_slot_once(connection, Slot(slot_id, None, sealed))


def test_a_nonce_counts_once_and_is_forgotten_when_it_has_expired(main: Database) -> None:
    """SPEC 18."""
    with main.write() as connection:
        use_nonce(connection, b"n" * 16, expires_minute=100, minute=95)

    with pytest.raises(NonceUsedError), main.write() as connection:
        use_nonce(connection, b"n" * 16, expires_minute=100, minute=96)

    with main.write() as connection:
        use_nonce(connection, b"m" * 16, expires_minute=120, minute=101)
    with main.write() as connection:
        use_nonce(connection, b"n" * 16, expires_minute=100, minute=101)


def test_grants_are_kept_for_their_officer_once(main: Database) -> None:
    """SPEC 15.1."""
    with main.write() as connection:
        keep_grant(connection, b"a" * 32, b"one")
        keep_grant(connection, b"a" * 32, b"one")
        keep_grant(connection, b"a" * 32, b"two")
        keep_grant(connection, b"b" * 32, b"one")

    with main.read() as connection:
        assert sorted(grants_of(connection, b"a" * 32)) == [b"one", b"two"]
        assert grants_of(connection, b"c" * 32) == ()


def test_grants_of_those_who_are_not_listed_are_withdrawn_together(main: Database) -> None:
    """Issue 4: an officer was dismissed; what waited for them goes, twice is as once."""
    with main.write() as connection:
        for name in (b"a", b"b", b"c"):
            keep_grant(connection, name * 32, name)
    for _ in range(2):
        with main.write() as connection:
            withdraw_grants_of_unlisted(connection, frozenset({b"b" * 32}))

    with main.read() as connection:
        assert grants_of(connection, b"b" * 32) == (b"b",)
        assert grants_of(connection, b"a" * 32) == grants_of(connection, b"c" * 32) == ()


def test_only_the_granters_own_grants_are_withdrawn_for_them(main: Database) -> None:
    """Issue 4: nobody takes away what another member gave."""
    receiver, giver, other = (name * 32 for name in (b"r", b"g", b"o"))
    own, theirs = (bytes(1336) + granter + bytes(64) for granter in (giver, other))
    with main.write() as connection:
        for grant in (own, theirs):
            keep_grant(connection, receiver, grant)
        withdraw_grants(connection, receiver, hashlib.sha256(theirs).digest(), giver)
        withdraw_grants(connection, giver, None, None)
        kept = grants_of(connection, receiver)
        withdraw_grants(connection, receiver, None, giver)
        left = grants_of(connection, receiver)
        withdraw_grants(connection, receiver, None, None)

    assert sorted(kept) == sorted((own, theirs))
    assert left == (theirs,)
    with main.read() as connection:
        assert grants_of(connection, receiver) == ()


def test_a_feed_of_another_instance_is_not_continued(main: Database) -> None:
    """SPEC 3.2: two services never share a feed."""
    prepare_feed(main, b"i" * 32)
    prepare_feed(main, b"i" * 32)

    with pytest.raises(StartError):
        prepare_feed(main, b"j" * 32)


def test_many_processes_may_migrate_at_once(main: Database, vault: Database) -> None:
    """DESIGN 4: any number of workers start together."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(migrate, [main, vault] * 4, [MAIN_SCHEMA, VAULT_SCHEMA] * 4))
        list(threads.map(prepare_feed, [main] * 8, [b"i" * 32] * 8))

    assert feed_of(main) == b""


def test_a_reporter_key_is_stored_nowhere(
    registrar: Registrar, main: Database, vault: Database, key_set: KeySet
) -> None:
    """SPEC 10.8: what the feed keeps cannot be matched with vault rows."""
    report = seal_report(key_set)
    register(registrar, report)
    keys: ReporterKeys = report.keys

    kept = feed_of(main)
    with main.read() as connection:
        slots = find_slots(connection, [keys.acknowledgement(0).slot])

    everything = kept + b"".join(slot.value for slot in slots.values()) + vault_digests(vault)
    assert keys.acknowledgement(0).pair.recipient_key[:32] not in everything
    assert parse_submission(report.submission.raw).row_ids[0] not in kept
