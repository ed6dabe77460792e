"""What was acknowledged is there, whatever happened after."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from crypto.custody.opening import open_envelope
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.feed import FeedItem, head_zero, parse_feed_page, verify_feed
from crypto.wire.roles import Role
from crypto.wire.submission import parse_submission
from intake.client.report import random_receipt_code
from tests.intake.conftest import MakeUrl
from tests.intake.processes import BINARY, Installation, Report, Running, seal_report, serving
from tests.intake.sealed_files import SealedFile, sealed_file

CANARY = "CaNaRy-9d1f-东风"


def whole_feed(server: Running) -> list[FeedItem]:
    """All items, verified from the start."""
    officer = server.installation.authority.officer_pair(Role.TRIAGE)
    items: list[FeedItem] = []
    while True:
        query = f"after={len(items)}&limit=500"
        page = parse_feed_page(server.signed(officer, "GET", "/desk/v1/feed", query=query).data)
        if not page:
            break
        items += page
    instance = server.installation.key_set.instance_id
    verify_feed(items, last_sequence=0, last_head=head_zero(instance))
    return items


def submit_all(server: Running, reports: list[Report], kept: dict[int, bytes]) -> None:
    """Send reports until the server stops answering; note what it acknowledged."""
    for number, report in enumerate(reports):
        try:
            answer = server.submit(report)
        except urllib3.exceptions.HTTPError:
            continue
        if answer.status == 201:
            kept[id(report)] = answer.data
        assert answer.status in {201, 503}, number


def upload_all(server: Running, files: list[SealedFile], kept: set[tuple[int, int]]) -> None:
    """Send every part until the server stops answering; note what it acknowledged."""
    for number, file in enumerate(files):
        for index in range(file.upload.part_count):
            try:
                answer = file.send(server, index)
            except urllib3.exceptions.HTTPError:
                continue
            if answer.status == 204:
                kept.add((id(file), index))
            assert answer.status in {204, 503}, number


@dataclass
class Traffic:
    """Reports and files on their way, and what was acknowledged of them."""

    reports: list[Report]
    files: list[SealedFile]
    kept: dict[int, bytes] = field(default_factory=dict)
    kept_parts: set[tuple[int, int]] = field(default_factory=set)

    @property
    def acknowledged(self) -> int:
        """How many items."""
        return len(self.kept) + len(self.kept_parts)

    def flow(self, server: Running, struck_after: tuple[int, ...]) -> None:
        """Send from eight threads at once; end the workers after so many items, then all."""
        threads = [
            threading.Thread(target=submit_all, args=(server, self.reports[start::4], self.kept))
            for start in range(4)
        ]
        threads += [
            threading.Thread(
                target=upload_all, args=(server, self.files[start::4], self.kept_parts)
            )
            for start in range(4)
        ]
        for thread in threads:
            thread.start()
        for count in struck_after:
            wanted = self.acknowledged + count
            while self.acknowledged < wanted and any(thread.is_alive() for thread in threads):
                threads[0].join(timeout=0.01)
            server.kill_workers()
        server.kill()
        for thread in threads:
            thread.join()


def check_whole(server: Running, traffic: Traffic) -> None:
    """Everything that was acknowledged is there, bit for bit, and a retry gets the same answer."""
    key_set, authority = server.installation.key_set, server.installation.authority
    items = {item.sequence: item for item in whole_feed(server)}
    for report in [report for report in traffic.reports if id(report) in traffic.kept]:
        opened = report.open(traffic.kept[id(report)], key_set)
        assert items[opened.sequence].report == parse_submission(report.submission.raw).report
        assert server.submit(report).data == traffic.kept[id(report)]
    officer, path = authority.officer_pair(Role.TRIAGE), "/desk/v1/parts/read"
    for file in traffic.files:
        indices = range(file.upload.part_count)
        acknowledged = [i for i in indices if (id(file), i) in traffic.kept_parts]
        found = {
            index: server.signed(officer, "POST", path, body=file.upload.part_id(index))
            for index in indices
        }
        assert {i for i in indices if found[i].status == 200}.issuperset(acknowledged)
        assert all(found[i].data == file.parts[i] for i in indices if found[i].status == 200)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_everything_acknowledged_survives_a_kill_at_any_moment(
    installation: Installation, tmp_path: Path, redis_url: str, workers: int
) -> None:
    """ISSUE 3: kill -9 again and again in the middle of 1,000 submissions and uploads."""
    settings = {
        "INTAKE_WORKERS": str(workers),
        "INTAKE_LIMITER_URL": redis_url,
        "INTAKE_LIMIT_SHARED": "1000000 per minute",
    }
    traffic = Traffic(
        [seal_report(installation.key_set) for _ in range(320)],
        [sealed_file(size) for size in (100, 300_000, 3 * 2**20, 5 * 2**20) * 26],
    )
    log = tmp_path / "server.log"
    for struck_after in ((15, 30), (40, 40, 20), (70, 50)):
        with serving(installation, log, **settings) as server:
            traffic.flow(server, struck_after)
    before = traffic.acknowledged

    with serving(installation, log, **settings) as server:
        check_whole(server, traffic)
        retried = {server.submit(report).status for report in traffic.reports}
        statuses = {status for file in traffic.files for status in file.send_all(server)}
        claimed = {file.claim(server).status for file in traffic.files}
        final = whole_feed(server)

    assert before >= 45 + 100 + 120
    assert (retried, statuses, claimed) == ({201}, {204}, {204})
    assert len(final) == len(traffic.reports)


def test_nothing_that_is_written_holds_a_word_of_a_report_or_an_address(
    installation: Installation, tmp_path: Path
) -> None:
    """DESIGN 1: who steals the server learns neither what nor who."""
    key_set = installation.key_set
    keys = ReporterKeys.derive(random_receipt_code(), key_set.instance_id)
    contents = Contents(
        report={"narrative": CANARY},
        identity={"anonymity": "named", "legal_name": CANARY},
        protection={"note": CANARY},
        reward={"interest": True, "note": CANARY},
    )
    sealed = seal_submission(keys, contents, key_set)
    headers = BINARY | {"User-Agent": CANARY.encode().hex(), "Referer": "http://canary.example/"}
    with serving(installation, tmp_path / "data" / "server.log") as server:
        assert server.request("POST", "/api/v1/submissions", sealed.raw, headers).status == 201
        server.request("GET", "/CaNaRy-path?q=CaNaRy-query", headers=headers)
        server.request("POST", "/api/v1/submissions", sealed.raw[:-1] + b"CaNaRy-body", BINARY)

    written = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    forbidden = [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        CANARY.encode().hex().encode(),
        b"CaNaRy",
        b"canary.example",
        keys.code.symbols.encode(),
        keys.code.secret,
        keys.case_ref,
        keys.claim.verification_key,
        keys.acknowledgement(0).preimage,
        keys.acknowledgement(0).pair.recipient_key[:32],
    ]
    assert sealed.raw[1350:20190] in written or len(written) > 60_000
    assert [word for word in forbidden if word in written] == []


def test_a_report_opens_for_its_desk_after_the_journey(server: Running) -> None:
    """The server hands out exactly what was sealed."""
    report = seal_report(server.installation.key_set, CANARY)
    assert server.submit(report).status == 201

    (item,) = whole_feed(server)
    desk = server.installation.authority.desk_pair(Role.TRIAGE)
    assert isinstance(item.report, bytes)
    envelope = parse_envelope(item.report, Purpose.REPORT)
    opened = open_envelope(
        envelope, (desk.opening,), instance=server.installation.key_set.instance_id
    )

    assert CANARY.encode() in opened.plaintext


@pytest.mark.service
def test_the_whole_server_runs_on_postgresql(
    installation: Installation, tmp_path: Path, postgres_url: MakeUrl, redis_url: str
) -> None:
    """ISSUE 2: PostgreSQL by URL, several workers."""
    settings = {
        "INTAKE_DATABASE_URL": postgres_url("main"),
        "INTAKE_VAULT_DATABASE_URL": postgres_url("vault"),
        "INTAKE_WORKERS": "2",
        "INTAKE_LIMITER_URL": redis_url,
    }
    reports = [seal_report(installation.key_set) for _ in range(40)]
    kept: dict[int, bytes] = {}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        threads = [
            threading.Thread(target=submit_all, args=(server, reports[start::8], kept))
            for start in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(kept) == len(reports)
        assert len(whole_feed(server)) == len(reports)
        assert server.request("GET", "/api/v1/health").json()["checks"]["vault"] == "ok"
