"""Limits count over all workers, never see an address, and never shut the door."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import redis

from intake.server.limiter_key import DailyKey
from intake.server.limits import SHARED_BUCKET, bucket_of
from tests.intake.processes import BINARY, Installation, Running, serving

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
WINDOW = bytes(256)


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("192.0.2.77", b"\xc0\x00\x02"),
        ("192.0.2.1", b"\xc0\x00\x02"),
        ("::ffff:192.0.2.9", b"\xc0\x00\x02"),
        ("2001:db8:1:2::3", b"\x20\x01\x0d\xb8\x00\x01"),
        ("2001:db8:1::", b"\x20\x01\x0d\xb8\x00\x01"),
        ("fc00:dead:beef:4dad::7", b"\xfc\x00\xde\xad\xbe\xef\x4d\xad" + bytes(7) + b"\x07"),
        ("127.0.0.1", SHARED_BUCKET),
        ("::1", SHARED_BUCKET),
        ("", SHARED_BUCKET),
        ("unknown", SHARED_BUCKET),
        ("192.0.2.1, 198.51.100.1", SHARED_BUCKET),
    ],
)
def test_an_address_is_cut_to_its_network(text: str, bucket: bytes) -> None:
    """DESIGN 4: keys are a keyed hash of a truncated address."""
    assert bucket_of(text) == bucket


def test_tags_are_stable_for_a_day_and_gone_the_next() -> None:
    """ATTACKS 3: a key in memory, new daily."""
    key = DailyKey.fresh(NOON)

    today = key.tag(b"abc", NOON)
    later = key.tag(b"abc", NOON + timedelta(hours=11))
    tomorrow = key.tag(b"abc", NOON + timedelta(days=1))
    back = key.tag(b"abc", NOON)

    assert today == later
    assert len({today, tomorrow}) == 2
    assert back == tomorrow
    assert key.tag(b"", NOON)
    assert key.tag(b"abd", NOON) != tomorrow


def test_workers_that_inherit_a_key_ratchet_alike() -> None:
    """The key is made in the master; each worker moves it on by itself."""
    first, second = DailyKey(10, b"k" * 32), DailyKey(10, b"k" * 32)
    in_three_days = datetime.fromordinal(13).replace(tzinfo=UTC)

    first.tag(b"x", datetime.fromordinal(11).replace(tzinfo=UTC))

    assert first.tag(b"abc", in_three_days) == second.tag(b"abc", in_three_days)


def ask(server: Running, client: str, times: int) -> list[int]:
    """Ask for slots as a client behind the proxy; the statuses."""
    headers = BINARY | {"X-Intake-Client": client}
    return [server.request("POST", "/api/v1/slots", WINDOW, headers).status for _ in range(times)]


@pytest.fixture
def limited(installation: Installation, tmp_path: Path, redis_url: str) -> Iterator[Running]:
    """Two workers, five slots requests an hour for each network."""
    with serving(
        installation,
        tmp_path / "server.log",
        INTAKE_WORKERS="2",
        INTAKE_LIMITER_URL=redis_url,
        INTAKE_CLIENT_HEADER="X-Intake-Client",
        INTAKE_LIMIT_SLOTS="5 per hour",
        INTAKE_LIMIT_SHARED="7 per hour",
    ) as running:
        yield running


@pytest.mark.service
def test_a_limit_counts_over_all_workers_and_per_network(limited: Running) -> None:
    """ATTACKS 1.4: two workers must not give twice the limit."""
    one = ask(limited, "192.0.2.1", 8)
    neighbour = ask(limited, "192.0.2.200", 1)
    other = ask(limited, "198.51.100.1", 8)
    nobody = ask(limited, "", 9)

    assert one.count(200) == 5
    assert neighbour == [429]
    assert other.count(200) == 5
    assert nobody.count(200) == 7


@pytest.mark.service
def test_who_asks_too_often_is_told_when_to_come_back(limited: Running) -> None:
    """ISSUE 2: 429 with Retry-After; issue 3: and what to prove to be let in at once."""
    ask(limited, "192.0.2.1", 6)

    headers = BINARY | {"X-Intake-Client": "192.0.2.1"}
    answer = limited.request("POST", "/api/v1/slots", WINDOW, headers)

    assert answer.status == 429
    assert answer.json()["type"] == "/problems/proof-required"
    assert 1 <= int(answer.headers["Retry-After"]) <= 3601
    assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


@pytest.mark.service
def test_the_shared_store_and_the_log_hold_no_address(limited: Running) -> None:
    """ATTACKS C6."""
    ask(limited, "203.0.113.77", 7)

    store = redis.Redis.from_url(_limiter_url(limited))
    kept = b"".join(cast("list[bytes]", store.keys()))
    store.close()

    assert kept
    assert b"203.0.113" not in kept
    assert b"203.0.113" not in limited.log.read_bytes()
    assert b"LIMITER" not in limited.log.read_bytes()


@pytest.mark.service
def test_intake_stays_open_when_the_shared_store_is_down(limited: Running) -> None:
    """ATTACKS D6: 0 5xx."""
    assert ask(limited, "192.0.2.1", 1) == [200]
    store = redis.Redis.from_url(_limiter_url(limited))
    store.shutdown(nosave=True)
    store.close()

    statuses = ask(limited, "198.51.100.7", 4)

    assert set(statuses) == {200}


def _limiter_url(server: Running) -> str:
    """The setting, as the running process has it."""
    environment = Path(f"/proc/{server.process.pid}/environ").read_bytes().split(b"\0")
    (found,) = [e for e in environment if e.startswith(b"INTAKE_LIMITER_URL=")]
    return found.partition(b"=")[2].decode()


def test_without_a_proxy_header_a_claimed_address_means_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    """Only a configured proxy is believed."""
    with serving(installation, tmp_path / "server.log", INTAKE_LIMIT_SHARED="3 per hour") as server:
        statuses = [ask(server, f"192.0.{i}.1", 1)[0] for i in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
