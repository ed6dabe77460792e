"""Parts of files are kept whole, once, and as long as they must, on both engines."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from crypto.wire.files import Upload
from intake.server.errors import PartsMissingError, PartTakenError, StoreFullError
from intake.server.store.database import LARGE_VALUES, Database, open_database
from intake.server.store.migrate import PARTS_SCHEMA, migrate
from intake.server.store.parts import (
    PENDING_HOURS,
    REMOVED_AT_ONCE,
    claim_parts,
    held_parts,
    keep_part,
    number_of,
    read_part,
    remove_expired_parts,
    remove_parts,
    remove_unclaimed_parts,
)
from intake.server.store.tables import parts as parts_table
from intake.server.store.tables import pending
from intake.server.upkeep import Upkeep
from intake.server.uploads import PartStore
from tests.intake.conftest import MakeUrl
from tests.intake.test_order import TAIL_BYTES, kendall

NOON = datetime(2030, 1, 2, 12, 30, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600
_NUMBERS = count(1)


def fresh_upload(part_count: int = 3) -> Upload:
    """An upload of full parts, the last one of which only lacks the header."""
    return Upload(next(_NUMBERS).to_bytes(16), part_count * 2**21)


def value_of(upload: Upload, index: int) -> bytearray:
    """Bytes of the right length that differ from part to part, the last ones above all."""
    part_id = upload.part_id(index)
    size = upload.part_bytes(index) - TAIL_BYTES
    return bytearray((part_id * (size // 32 + 1))[:size] + hashlib.sha512(part_id).digest())


def keep(parts: Database, upload: Upload, index: int, hour: int = HOUR) -> bool:
    """Keep a part in a transaction of its own."""
    with parts.write() as connection:
        value = value_of(upload, index)
        return keep_part(connection, upload.part_id(index), value, hour=hour)


def keep_all(parts: Database, upload: Upload, hour: int = HOUR) -> list[bytes]:
    """Keep a whole file; its ids."""
    for index in range(upload.part_count):
        keep(parts, upload, index, hour)
    return [upload.part_id(index) for index in range(upload.part_count)]


def held(parts: Database, ids: list[bytes]) -> set[bytes]:
    """Which of them are there."""
    with parts.read() as connection:
        return set(held_parts(connection, ids))


def expire(parts: Database, hour: int) -> int:
    """One step of the upkeep."""
    with parts.write() as connection:
        return remove_expired_parts(connection, hour)


def rows_of(parts: Database) -> tuple[int, int]:
    """How many parts there are, and how many of them nobody claimed."""
    with parts.read() as connection:
        kept = connection.execute(select(func.count()).select_from(parts_table)).scalar_one()
        waiting = connection.execute(select(func.count()).select_from(pending)).scalar_one()
    return kept, waiting


def test_a_part_is_read_as_it_was_kept(parts: Database) -> None:
    """SPEC 17.4."""
    upload = fresh_upload()
    keep_all(parts, upload)

    with parts.read() as connection:
        found = read_part(connection, upload.part_id(2))
        missing = read_part(connection, fresh_upload().part_id(0))

    assert found == bytes(value_of(upload, 2))
    assert missing is None


def test_the_same_bytes_again_change_nothing(parts: Database) -> None:
    """FILES: idempotent by part."""
    upload = fresh_upload()

    first, again = keep(parts, upload, 0), keep(parts, upload, 0)

    assert (first, again) == (True, False)
    assert rows_of(parts) == (1, 1)


def test_what_a_report_claimed_is_not_removed_with_the_unclaimed(parts: Database) -> None:
    """SPEC 22: a damaged delivery takes back its own parts, and those only until they are kept."""
    claimed, unclaimed = fresh_upload(), fresh_upload()
    kept, waiting = keep_all(parts, claimed), keep_all(parts, unclaimed)
    with parts.write() as connection:
        claim_parts(connection, kept)

    with parts.write() as connection:
        remove_unclaimed_parts(connection, [*kept, *waiting])

    assert held(parts, [*kept, *waiting]) == set(kept)
    assert rows_of(parts) == (len(kept), 0)


def test_other_bytes_under_the_same_id_are_refused(parts: Database) -> None:
    """FILES: the first write wins."""
    upload = fresh_upload()
    keep(parts, upload, 0)
    other = value_of(upload, 0)
    other[-1] ^= 1

    with pytest.raises(PartTakenError), parts.write() as connection:
        keep_part(connection, upload.part_id(0), other, hour=HOUR)

    with parts.read() as connection:
        assert read_part(connection, upload.part_id(0)) == bytes(value_of(upload, 0))


def test_an_id_that_only_begins_alike_is_another_part(parts: Database) -> None:
    """Rows lie under the first eight bytes of the id; all 32 are compared."""
    upload = fresh_upload()
    keep(parts, upload, 0)
    near = upload.part_id(0)[:31] + bytes([upload.part_id(0)[31] ^ 1])

    with pytest.raises(PartTakenError), parts.write() as connection:
        keep_part(connection, near, value_of(upload, 0), hour=HOUR)

    assert number_of(near) == number_of(upload.part_id(0))
    assert held(parts, [near]) == set()
    with parts.read() as connection:
        assert read_part(connection, near) is None


def test_a_claim_for_a_file_with_a_hole_marks_nothing(parts: Database) -> None:
    """FILES: 409 `parts-missing`."""
    upload = fresh_upload()
    keep(parts, upload, 0)
    keep(parts, upload, 2)
    ids = [upload.part_id(index) for index in range(3)]

    with pytest.raises(PartsMissingError), parts.write() as connection:
        claim_parts(connection, ids)

    assert rows_of(parts) == (2, 2)


def test_what_was_claimed_stays_and_says_no_hour(parts: Database) -> None:
    """DESIGN 4: presented once more after the 201; the hour is cleared."""
    ids = keep_all(parts, fresh_upload())
    for _ in range(2):
        with parts.write() as connection:
            claim_parts(connection, ids)

    expired = expire(parts, HOUR + 10_000)

    assert expired == 0
    assert rows_of(parts) == (3, 0)


def test_what_nobody_claims_goes_when_48_hours_are_over_and_not_before(parts: Database) -> None:
    """FILES: hour precision."""
    ids = keep_all(parts, fresh_upload())

    early = expire(parts, HOUR + PENDING_HOURS)
    due = expire(parts, HOUR + PENDING_HOURS + 1)

    assert (early, due) == (0, 3)
    assert held(parts, ids) == set()
    assert rows_of(parts) == (0, 0)


def test_a_part_that_is_sent_again_begins_anew(parts: Database) -> None:
    """Who was cut off for a day does not lose what they sent first."""
    upload = fresh_upload(1)
    keep(parts, upload, 0)
    keep(parts, upload, 0, hour=HOUR + 40)

    gone = expire(parts, HOUR + PENDING_HOURS + 1)

    assert gone == 0
    assert expire(parts, HOUR + 40 + PENDING_HOURS + 1) == 1


def test_a_claimed_part_that_is_sent_again_stays_claimed(parts: Database) -> None:
    """A late retry must not put a deadline on what a report holds."""
    upload = fresh_upload(1)
    ids = keep_all(parts, upload)
    with parts.write() as connection:
        claim_parts(connection, ids)

    keep(parts, upload, 0)

    assert rows_of(parts) == (1, 0)


def test_removing_takes_claimed_and_unclaimed_and_absent_alike(parts: Database) -> None:
    """FILES: destroy is idempotent."""
    upload, other = fresh_upload(), fresh_upload()
    ids = keep_all(parts, upload)
    with parts.write() as connection:
        claim_parts(connection, ids)
    keep(parts, other, 0)
    wanted = [ids[0], other.part_id(0), other.part_id(1)]

    for _ in range(2):
        with parts.write() as connection:
            remove_parts(connection, wanted)

    assert rows_of(parts) == (2, 0)


def test_upkeep_removes_all_that_is_due_step_by_step(parts: Database) -> None:
    """One transaction must not hold the others up."""
    assert REMOVED_AT_ONCE < 12
    due = fresh_upload(12)
    keep_all(parts, due)
    keep_all(parts, fresh_upload(2), hour=HOUR + 5)
    later = NOON + timedelta(hours=PENDING_HOURS + 1)

    Upkeep([parts] * parts.is_sqlite, parts, lambda: later).expire()

    assert rows_of(parts) == (2, 2)


def test_many_send_the_same_part_at_once_and_it_is_kept_once(parts: Database) -> None:
    """FILES: idempotent by part, over all workers."""
    upload = fresh_upload(1)

    with ThreadPoolExecutor(8) as threads:
        fresh = list(threads.map(lambda _: keep(parts, upload, 0), range(8)))

    assert sorted(fresh) == [False] * 7 + [True]
    assert rows_of(parts) == (1, 1)


def test_a_claim_and_the_expiry_at_once_never_leave_half_a_file(parts: Database) -> None:
    """Either all was claimed and stays, or the claim says that parts are missing."""
    uploads = [fresh_upload(4) for _ in range(6)]
    ids = [keep_all(parts, upload) for upload in uploads]

    def claim(wanted: list[bytes]) -> bool:
        try:
            with parts.write() as connection:
                claim_parts(connection, wanted)
        except PartsMissingError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        expiring = [threads.submit(expire, parts, HOUR + 100) for _ in range(3)]
        claims = list(threads.map(claim, ids))
        for done in expiring:
            done.result()

    for wanted, claimed in zip(ids, claims, strict=True):
        assert not claimed or held(parts, wanted) == set(wanted)


def test_a_claim_of_more_parts_than_one_question_holds(parts: Database) -> None:
    """A file of 4 GiB has 2048 parts; SQL takes their ids in several questions."""
    with parts.write() as connection:
        ids = [number.to_bytes(32) for number in range(1 << 192, (1 << 192) * 1203, 1 << 192)]
        for part_id in ids:
            keep_part(connection, part_id, b"x", hour=HOUR)

    with parts.write() as connection:
        claim_parts(connection, ids)

    assert rows_of(parts) == (1202, 0)


def test_parts_are_refused_while_there_is_still_room_for_reports(tmp_path: Path) -> None:
    """FILES: a flood of uploads never closes the intake."""
    parts = sqlite_parts(tmp_path)
    upload = fresh_upload(1)
    value = value_of(upload, 0)

    with pytest.raises(StoreFullError):
        PartStore(parts, 2**62, lambda: NOON).keep(upload, 0, value)
    kept = PartStore(parts, 1, lambda: NOON).keep(upload, 0, value)

    assert kept
    assert rows_of(parts) == (1, 1)
    parts.engine.dispose()


def sqlite_parts(folder: Path) -> Database:
    """A parts database in a file."""
    database = open_database(f"sqlite:///{folder}/parts.sqlite", connections=4, layout=LARGE_VALUES)
    migrate(database, PARTS_SCHEMA)
    return database


def test_the_room_of_what_expired_returns_to_the_disk(tmp_path: Path) -> None:
    """An operator need not stop the server to get it back."""
    parts = sqlite_parts(tmp_path)
    file = tmp_path / "parts.sqlite"
    keep_all(parts, fresh_upload(40))
    parts.truncate_log()
    full = file.stat().st_size
    later = NOON + timedelta(hours=PENDING_HOURS + 1)

    upkeep = Upkeep([parts], parts, lambda: later)
    upkeep.expire()
    upkeep.truncate_logs()

    assert full > 80 * 2**20
    assert file.stat().st_size < 2**20
    parts.engine.dispose()


def test_destroyed_parts_leave_no_bytes_in_the_file(tmp_path: Path) -> None:
    """DESIGN 3: deleted is overwritten, not only unlinked."""
    parts = sqlite_parts(tmp_path)
    upload, other = fresh_upload(2), fresh_upload(2)
    keep_all(parts, upload)
    keep_all(parts, other)
    parts.truncate_log()
    trace = bytes(value_of(upload, 0)[:64])
    before = (tmp_path / "parts.sqlite").read_bytes()

    with parts.write() as connection:
        remove_parts(connection, [upload.part_id(0), upload.part_id(1)])
    parts.truncate_log()

    assert trace in before
    assert trace not in (tmp_path / "parts.sqlite").read_bytes()
    assert (tmp_path / "parts.sqlite-wal").read_bytes() == b""
    parts.engine.dispose()


def test_a_small_file_forgets_in_which_order_parts_came(tmp_path: Path) -> None:
    """THREAT_MODEL 3: neighbours on the disk are not neighbours of one file."""
    parts = sqlite_parts(tmp_path)
    uploads = [fresh_upload(6) for _ in range(8)]
    for upload in uploads:
        keep_all(parts, upload)
    parts.truncate_log()
    tails = [bytes(value_of(upload, i)[-TAIL_BYTES:]) for upload in uploads for i in range(6)]
    file = tmp_path / "parts.sqlite"
    before = kendall(file.read_bytes(), tails)

    Upkeep([parts], parts, lambda: NOON).reorder()

    assert before > 0.9  # What is measured here is there to be found.
    assert abs(kendall(file.read_bytes(), tails)) < 0.3
    parts.engine.dispose()


def test_a_large_file_of_parts_is_not_rewritten_and_nothing_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It grows large by its nature; an hourly warning would only hide others."""
    parts = sqlite_parts(tmp_path)
    keep_all(parts, fresh_upload(2))

    assert parts.is_small()
    assert not parts.is_small(largest_bytes=2**20)
    Upkeep([parts], parts, lambda: NOON).reorder()
    assert caplog.records == []
    parts.engine.dispose()


def test_sealed_bytes_are_not_compressed_in_postgresql(postgres_url: MakeUrl) -> None:
    """It would cost time and gain nothing."""
    database = open_database(postgres_url("parts"), connections=2)
    migrate(database, PARTS_SCHEMA)

    with database.read() as connection:
        storage = connection.execute(
            text("SELECT attstorage FROM pg_attribute WHERE attname = 'value' AND attnum > 0")
        ).scalar_one()

    assert str(storage) == "e"
    database.engine.dispose()
