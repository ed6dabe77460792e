"""Above its limit a bucket pays with work: never a closed door, and no proof counts twice."""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
import urllib3
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select

from crypto.wire.instants import minute_of
from intake.server.errors import ProofRefusedError
from intake.server.limits import bucket_of
from intake.server.proofs import CHALLENGE_LIFE, COSTS, Proofs, Weight, cost_of
from intake.server.secret_files import nonce_secret
from intake.server.store.database import Database, open_database
from intake.server.store.tables import used_nonces
from tests.intake.authority import Authority
from tests.intake.processes import BINARY, Installation, Running, install, seal_report, serving
from tests.intake.puzzles import proof_for, solved

SLOTS = "/api/v1/slots"
WINDOW = bytes(256)
NOW = datetime.now(UTC)
PLACE = b"POST /api/v1/slots\0shared"
SERVER = {"INTAKE_LIMIT_SHARED": "1 per hour"}
NETWORKS = {
    "INTAKE_CLIENT_HEADER": "X-Intake-Client",
    "INTAKE_LIMIT_SLOTS": "1 per hour",
    "INTAKE_LIMIT_SUBMISSIONS": "1 per hour",
}


Client = dict[str, str]
_NETWORKS = count(1)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Running]:
    """A server where the second request of an hour is one too many, for each network."""
    folder = tmp_path_factory.mktemp("busy")
    installation = install(folder / "data", authority)
    with serving(installation, folder / "server.log", **NETWORKS, **SERVER) as running:
        yield running


def network() -> Client:
    """A client behind the proxy, of a network that asked nothing yet."""
    return {"X-Intake-Client": f"10.9.{next(_NETWORKS)}.1"}


@pytest.fixture
def home() -> Client:
    """The network of the test."""
    return network()


def ask(server: Running, headers: Client) -> urllib3.BaseHTTPResponse:
    """Ask for slots."""
    return server.request("POST", SLOTS, WINDOW, BINARY | headers)


def refusal(server: Running, headers: Client) -> urllib3.BaseHTTPResponse:
    """The answer to one request too many."""
    ask(server, headers)
    answer = ask(server, headers)
    assert answer.status == 429
    return answer


# --- never a closed door ------------------------------------------------------------------------


def test_in_calm_times_nothing_is_solved(installation: Installation, tmp_path: Path) -> None:
    """ISSUE 3: nothing to solve in calm times; not even a wrong proof is looked at."""
    reports = [seal_report(installation.key_set) for _ in range(20)]
    with serving(installation, tmp_path / "server.log") as server:
        submitted = {server.submit(report).status for report in reports}
        asked = {ask(server, {}).status for _ in range(40)}
        adorned = ask(server, {"Proof": "no proof"})

    assert submitted == {201}
    assert asked == {200}
    assert adorned.status == 200


def test_a_proof_lets_in_above_the_limit(busy: Running, home: Client) -> None:
    """ISSUE 3: never a closed door."""
    reports = [seal_report(busy.installation.key_set) for _ in range(3)]
    path = "/api/v1/submissions"
    first = busy.request("POST", path, reports[0].submission.raw, BINARY | home)
    refused = busy.request("POST", path, reports[1].submission.raw, BINARY | home)

    admitted = busy.request(
        "POST", path, reports[1].submission.raw, BINARY | home | proof_for(refused)
    )

    assert first.status == 201
    assert refused.status == 429
    assert refused.json()["type"] == "/problems/proof-required"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3601
    assert admitted.status == 201
    acknowledged = reports[1].open(admitted.data, busy.installation.key_set)
    assert acknowledged.submission_digest == reports[1].submission.digest


def test_a_proof_lets_in_who_shares_a_bucket_with_everybody(busy: Running) -> None:
    """ISSUE 3: onion service, Unix socket, loopback: a flood of one never shuts out the others."""
    refused = refusal(busy, {})

    assert ask(busy, proof_for(refused)).status == 200


def test_a_proof_is_for_one_request(busy: Running, home: Client) -> None:
    """B17: single use; the answer to a used proof is the next challenge."""
    proof = proof_for(refusal(busy, home))

    first, second = ask(busy, home | proof), ask(busy, home | proof)

    assert first.status == 200
    assert second.status == 429
    assert second.json()["refused"] == "used"
    assert ask(busy, home | proof_for(second)).status == 200


def test_a_proof_is_judged_before_the_body(busy: Running, home: Client) -> None:
    """ISSUE 3: what is wrong with the body is said to who was let in; the proof is used up."""
    proof = proof_for(refusal(busy, home))

    short = busy.request("POST", SLOTS, b"short", BINARY | home | proof)
    again = busy.request("POST", SLOTS, b"short", BINARY | home | proof)

    assert short.status == 400
    assert again.status == 429


def test_officers_are_asked_to_wait(installation: Installation, tmp_path: Path) -> None:
    """API 5: desk and vault faces answer `too-many`."""
    with serving(installation, tmp_path / "server.log", **SERVER) as server:
        answers = [server.request("POST", f"/{face}/v1/nonce") for face in ("desk", "vault") * 2]

    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert {answer.json()["type"] for answer in answers[2:]} == {"/problems/too-many"}


# --- what it costs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "allowed", "step"),
    [
        *[(1, 1, 0), (2, 1, 0), (3, 1, 1), (4, 1, 1), (5, 1, 2), (8, 1, 2), (9, 1, 3)],
        *[(120, 120, 0), (240, 120, 0), (241, 120, 1), (480, 120, 1), (481, 120, 2)],
        *[(960, 120, 2), (961, 120, 3), (10**9, 1, 3)],
    ],
)
def test_the_cost_doubles_with_the_load_up_to_a_cap(asked: int, allowed: int, step: int) -> None:
    """ISSUE 3: rising with load, in steps."""
    assert cost_of(asked, allowed) == COSTS[step]


def test_the_puzzle_rises_with_what_the_bucket_asks_and_no_other_pays(
    busy: Running, home: Client
) -> None:
    """ISSUE 3: difficulty per bucket, as the limit."""
    ask(busy, home)
    costs = [ask(busy, home).json()["challenge"]["parameters"]["cost"] for _ in range(9)]
    other = refusal(busy, network())

    assert costs == [160, 320, 320, 640, 640, 640, 640, 1280, 1280]
    assert other.json()["challenge"]["parameters"]["cost"] == 160


def test_what_is_kept_costs_more_than_what_is_asked(busy: Running, home: Client) -> None:
    """API 2.5: a submission takes 16 times the tries of a request for slots."""
    raw = seal_report(busy.installation.key_set).submission.raw
    path = "/api/v1/submissions"
    busy.request("POST", path, raw, BINARY | home)

    heavy = busy.request("POST", path, raw, BINARY | home).json()["challenge"]["parameters"]
    light = refusal(busy, home).json()["challenge"]["parameters"]

    assert (heavy["keyPrefix"], light["keyPrefix"]) == ("00", "0")


def test_a_challenge_says_nothing_about_who_gets_it(busy: Running, home: Client) -> None:
    """ISSUE 3: it carries nothing that identifies a client: random, expiry and price alone."""
    one = refusal(busy, home).json()["challenge"]
    other = refusal(busy, network()).json()["challenge"]

    random = {"nonce", "salt", "expiresAt"}
    assert set(one) == {"parameters", "signature"}
    assert set(one["parameters"]) == random | {"algorithm", "cost", "keyLength", "keyPrefix"}
    assert without(one["parameters"], random) == without(other["parameters"], random)
    left = one["parameters"]["expiresAt"] - datetime.now(UTC).timestamp()
    assert 0 < left <= CHALLENGE_LIFE.total_seconds()


def without(members: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The members with other names."""
    return {name: value for name, value in members.items() if name not in names}


# --- what does not count (ATTACKS B17) ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cost", 1),
        ("keyPrefix", ""),
        ("keyLength", 1),
        ("expiresAt", 4_000_000_000),
        ("algorithm", "SHA-256"),
        ("nonce", "00" * 16),
        ("salt", "00" * 16),
    ],
)
def test_an_altered_challenge_is_refused(
    busy: Running, home: Client, name: str, value: object
) -> None:
    """B17: expiry spliced, cost lowered: 0 accepted."""
    challenge = refusal(busy, home).json()["challenge"]
    challenge["parameters"][name] = value

    answer = ask(busy, home | {"Proof": solved(challenge).to_base64()})

    assert (answer.status, answer.json()["refused"]) == (429, "forged")


@pytest.mark.parametrize("signature", [None, "", "00" * 32])
def test_an_unsigned_challenge_is_refused(
    busy: Running, home: Client, signature: str | None
) -> None:
    """B17."""
    challenge = refusal(busy, home).json()["challenge"] | {"signature": signature}

    answer = ask(busy, home | {"Proof": solved(challenge).to_base64()})

    assert (answer.status, answer.json()["refused"]) == (429, "forged")


def test_an_expired_challenge_is_refused(busy: Running, home: Client, main: Database) -> None:
    """B17: signed by the server's own key, and too old."""
    secret = nonce_secret(busy.installation.data_dir)
    past = datetime.now(UTC) - CHALLENGE_LIFE - timedelta(seconds=1)
    place = b"POST /api/v1/slots\0" + bucket_of(home["X-Intake-Client"])
    old, fresh = (
        Proofs(secret, main, at(now)).challenge(place, Weight.LIGHT, COSTS[0])
        for now in (past, datetime.now(UTC))
    )
    ask(busy, home)

    answer = ask(busy, home | {"Proof": solved(old).to_base64()})

    assert (answer.status, answer.json()["refused"]) == (429, "expired")
    assert ask(busy, home | {"Proof": solved(fresh).to_base64()}).status == 200


def test_a_challenge_of_another_route_or_bucket_is_refused(busy: Running, home: Client) -> None:
    """ISSUE 3: a cheap puzzle opens no dear door, and one network solves for itself alone."""
    raw = seal_report(busy.installation.key_set).submission.raw
    path = "/api/v1/submissions"
    other = network()
    busy.request("POST", path, raw, BINARY | home)
    ask(busy, other)
    proof = proof_for(refusal(busy, home))

    elsewhere = busy.request("POST", path, raw, BINARY | home | proof)
    stolen = ask(busy, other | proof)

    assert (elsewhere.status, elsewhere.json()["refused"]) == (429, "forged")
    assert (stolen.status, stolen.json()["refused"]) == (429, "forged")
    assert ask(busy, home | proof).status == 200


def test_a_wrong_solution_is_refused(busy: Running, home: Client) -> None:
    """B17."""
    payload = solved(refusal(busy, home).json()["challenge"])
    payload.solution.counter += 1

    answer = ask(busy, home | {"Proof": payload.to_base64()})

    assert (answer.status, answer.json()["refused"]) == (429, "wrong")


@pytest.mark.parametrize("proof", ["", "AAAA", "e30=", "W10=", "bnVsbA==", "A" * 2049, "\xff"])
def test_what_is_no_proof_is_refused(busy: Running, home: Client, proof: str) -> None:
    """ATTACKS A16: a typed refusal, with a challenge."""
    ask(busy, home)

    answer = ask(busy, home | {"Proof": proof})

    assert (answer.status, answer.json()["refused"]) == (429, "malformed")
    assert "challenge" in answer.json()


MEMBERS = [
    "challenge",
    "solution",
    "challenge.parameters",
    "challenge.signature",
    "challenge.parameters.cost",
    "challenge.parameters.expiresAt",
    "challenge.parameters.nonce",
    "challenge.parameters.keyPrefix",
    "solution.counter",
    "solution.derivedKey",
]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(MEMBERS), ANY_JSON)
def test_whatever_stands_in_a_payload_is_refused_with_the_declared_error(
    member: str, value: object
) -> None:
    """STYLE 7: any bytes yield a value or the declared error; here before anything is stored."""
    nowhere = open_database("sqlite:////nowhere/main.sqlite", connections=1)
    proofs = Proofs(b"s" * 32, nowhere, lambda: NOW)
    payload = solved(proofs.challenge(PLACE, Weight.LIGHT, 1)).to_dict()
    *path, last = member.split(".")
    parent = reduce(lambda members, name: members[name], path, payload)
    assume(parent[last] != value)
    parent[last] = value

    with pytest.raises(ProofRefusedError):
        proofs.accept(base64.b64encode(json.dumps(payload).encode()).decode(), PLACE)


# --- over workers and nodes -----------------------------------------------------------------------


@pytest.fixture
def two_workers(installation: Installation, tmp_path: Path, redis_url: str) -> Iterator[Running]:
    """Two workers that count in one Redis."""
    shared = {"INTAKE_WORKERS": "2", "INTAKE_LIMITER_URL": redis_url}
    with serving(installation, tmp_path / "server.log", **shared, **NETWORKS) as running:
        yield running


@pytest.mark.service
def test_a_proof_counts_once_over_all_workers(two_workers: Running, home: Client) -> None:
    """B17: a puzzle replayed on another worker: 0 accepted."""
    proof = proof_for(refusal(two_workers, home))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ask(two_workers, home | proof), range(24)))

    assert sorted(answer.status for answer in answers) == [200] + [429] * 23
    refused = [answer.json()["refused"] for answer in answers if answer.status == 429]
    assert set(refused) == {"used"}


@pytest.mark.service
def test_a_proof_counts_once_over_nodes_and_after_a_restart(
    installation: Installation, tmp_path: Path
) -> None:
    """ISSUE 3: all agree on the key, and on what was used, whoever made the challenge."""
    with (
        serving(installation, tmp_path / "one.log", **SERVER) as one,
        serving(installation, tmp_path / "two.log", **SERVER) as two,
    ):
        refused = refusal(one, {})
        spent, kept = proof_for(refused), proof_for(refusal(one, {}))
        ask(two, {})
        first, replayed = ask(two, spent), ask(one, spent)
    with serving(installation, tmp_path / "three.log", **SERVER) as three:
        ask(three, {})
        late, later = ask(three, spent), ask(three, kept)

    assert first.status == 200
    assert (replayed.status, replayed.json()["refused"]) == (429, "used")
    assert (late.status, late.json()["refused"]) == (429, "used")
    assert later.status == 200


@pytest.mark.service
def test_without_the_shared_store_intake_stays_open_and_puzzles_are_harder(
    two_workers: Running, home: Client, redis_url: str
) -> None:
    """ATTACKS D6: intake open, puzzle harder, 0 5xx."""
    store = redis.Redis.from_url(redis_url)
    store.shutdown(nosave=True)
    store.close()
    answers = [ask(two_workers, home) for _ in range(5)]

    assert {answer.status for answer in answers} == {200, 429}
    costs = [a.json()["challenge"]["parameters"]["cost"] for a in answers if a.status == 429]
    assert min(costs) >= COSTS[1]
    assert ask(two_workers, home | proof_for(answers[-1])).status == 200


# --- what is kept of it -------------------------------------------------------------------------


def at(now: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: now


def test_a_used_proof_is_kept_to_the_full_hour_and_forgotten(main: Database) -> None:
    """DATA_INVENTORY: nothing dates a reporter's visit finer than an hour."""
    proof = solved(Proofs(b"s" * 32, main, at(NOW)).challenge(PLACE, Weight.LIGHT, 1)).to_base64()

    Proofs(b"s" * 32, main, at(NOW)).accept(proof, PLACE)
    with main.read() as connection:
        kept = connection.execute(select(used_nonces.c.expires_minute)).scalars().all()
    later = NOW + timedelta(hours=2)
    other = solved(Proofs(b"s" * 32, main, at(later)).challenge(PLACE, Weight.LIGHT, 1)).to_base64()
    Proofs(b"s" * 32, main, at(later)).accept(other, PLACE)
    with main.read() as connection:
        left = connection.execute(select(used_nonces.c.expires_minute)).scalars().all()

    assert len(kept) == len(left) == 1
    assert kept != left
    assert kept[0] % 60 == 0
    assert 0 < kept[0] - minute_of(NOW + CHALLENGE_LIFE) <= 60


@pytest.mark.service
def test_the_log_says_nothing_of_proofs(busy: Running, home: Client) -> None:
    """DATA_INVENTORY 4."""
    proof = proof_for(refusal(busy, home))
    ask(busy, home | proof)
    ask(busy, home | {"Proof": "CaNaRy"})

    log = busy.log.read_text()
    assert "CaNaRy" not in log
    assert proof["Proof"] not in log
    assert "limiter" not in log.lower()
