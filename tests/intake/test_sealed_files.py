"""`intake submit --seal-to` and `--sealed`: a report in a file (SPEC 22, issue 3)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from crypto.wire.codec import labelled_hash
from crypto.wire.sealed_report import MAGIC, parse_head
from crypto.wire.submission import SUBMISSION_BYTES
from tests.intake.authority import Authority
from tests.intake.processes import Running
from tests.intake.reporters import Desk, Teller, told
from tests.intake.test_client import Ended, intake
from tests.intake.wire import CUT, PARTS, SUBMISSIONS, Wire, between

MIB = 1 << 20


@pytest.fixture
def wire(shared_server: Running) -> Iterator[Wire]:
    """A wire to the server."""
    with between(shared_server) as wire:
        yield wire


@pytest.fixture
def teller(shared_server: Running, wire: Wire, tmp_path: Path) -> Teller:
    """Somebody whose line the test holds."""
    return Teller(shared_server, wire.url, tmp_path)


@pytest.fixture
def desk(shared_server: Running) -> Desk:
    """Who reads."""
    return Desk(shared_server)


def seal(teller: Teller, out: Path, *files: Path, more: tuple[str, ...] = ()) -> Ended:
    """`intake submit --seal-to` on a machine without a network."""
    key_set = teller.folder / "key-set.json"
    key_set.write_bytes(teller.server.installation.publication.raw)
    root = teller.server.installation.authority.root_text
    named = ["--file", *map(str, files)] if files else []
    return intake(
        *("submit", "--seal-to", str(out), "--key-set", str(key_set), "--root", root, "--json"),
        *("--document", str(teller.words()), *named, *more),
        state=teller.state,
    )


def deliver(teller: Teller, sealed: Path, *more: str) -> Ended:
    """`intake submit --sealed`."""
    return intake("submit", *teller.options(), "--sealed", str(sealed), *more, state=teller.state)


@dataclass(frozen=True)
class Carried:
    """A sealed report on its way, and what its reporter knows."""

    path: Path
    files: tuple[Path, ...]
    known: Any

    @property
    def raw(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()


@pytest.fixture
def carried(teller: Teller) -> Carried:
    """A report with two files, sealed."""
    files = (teller.file("a", 5 * MIB), teller.file("b", 10))
    path = teller.folder / "report.sealed"
    return Carried(path, files, told(seal(teller, path, *files)))


def test_what_was_sealed_on_one_machine_is_delivered_by_another(
    teller: Teller, desk: Desk, carried: Carried
) -> None:
    """Who delivers learns nothing; the desk finds everything, and how it came."""
    delivered = told(deliver(teller, carried.path))

    assert (delivered["delivered"], delivered["files"], delivered["files_kept"]) == (True, 2, True)
    assert delivered["receipt_code"] is delivered["acknowledgement"] is None
    code = carried.known["receipt_code"]
    (document,) = desk.documents(code)
    assert document.content is not None
    assert document.content["channel"] == "offline"
    opened = [desk.open(entry) for entry in desk.entries(code)]
    assert opened == [file.read_bytes() for file in carried.files]


def test_the_reporter_who_delivers_has_the_acknowledgement_at_once(
    teller: Teller, carried: Carried
) -> None:
    """EXAM: the keys of submit."""
    code = teller.folder / "code"
    code.write_text(carried.known["receipt_code"])

    delivered = told(deliver(teller, carried.path, "--code-file", str(code)))

    assert {name: delivered[name] for name in ("receipt_code", "case_ref", "ref")} == {
        name: carried.known[name] for name in ("receipt_code", "case_ref", "ref")
    }
    root = teller.server.installation.authority.root_text
    assert told(intake("verify", delivered["acknowledgement"], "--root", root, "--json"))["valid"]


def test_what_this_command_sealed_a_plain_form_delivers(
    teller: Teller, desk: Desk, carried: Carried
) -> None:
    """API 2.4: for a browser without a script."""
    server = teller.server
    body, kind = urllib3.encode_multipart_formdata({"sealed": ("x.sealed", carried.raw)})

    answered = server.request("POST", "/deliver", body, {"Content-Type": kind})

    assert answered.status == 200
    opened = [desk.open(entry) for entry in desk.entries(carried.known["receipt_code"])]
    assert opened == [file.read_bytes() for file in carried.files]


def test_a_report_delivered_twice_is_registered_once(
    teller: Teller, wire: Wire, desk: Desk, carried: Carried
) -> None:
    """The same bytes; what is there is not sent again."""
    told(deliver(teller, carried.path))
    parts = len(wire.asked(PARTS))

    told(deliver(teller, carried.path))

    assert len(desk.documents(carried.known["receipt_code"])) == 1
    assert len(wire.asked(PARTS)) == parts


def test_a_line_that_is_cut_does_not_stop_a_delivery(
    teller: Teller, wire: Wire, desk: Desk, carried: Carried
) -> None:
    """Every other answer is lost."""
    wire.after = lambda asked: CUT if asked.target == PARTS and asked.number % 2 else None

    told(deliver(teller, carried.path))

    assert set(Counter(asked.part for asked in wire.asked(PARTS)).values()) == {1}
    opened = [desk.open(entry) for entry in desk.entries(carried.known["receipt_code"])]
    assert opened == [file.read_bytes() for file in carried.files]


def test_a_sealed_report_is_its_owners_and_nothing_else_is_left(
    teller: Teller, carried: Carried
) -> None:
    """Neither a draft nor a state folder: that machine never saw the service."""
    names = {path.name for path in teller.folder.iterdir()}

    assert carried.path.stat().st_mode & 0o077 == 0
    assert names == {"a", "b", "report.txt", "key-set.json", "report.sealed"}
    assert parse_head(carried.raw[: -sum_of_files(carried)]).size_bytes == len(carried.raw)


def sum_of_files(carried: Carried) -> int:
    """The length of what stands behind the head."""
    return len(carried.raw) - (len(MAGIC) + 1 + 2 * 56 + SUBMISSION_BYTES + 32)


def test_no_file_is_ever_overwritten(teller: Teller, carried: Carried) -> None:
    """Nor a link to one."""
    before, link = carried.raw, teller.folder / "link.sealed"
    link.symlink_to(teller.folder / "nowhere")

    again, through = seal(teller, carried.path), seal(teller, link)

    assert (again.code, through.code) == (2, 2)
    assert "already" in again.err
    assert carried.raw == before
    assert not (teller.folder / "nowhere").exists()


def test_a_report_without_files_goes_into_a_file_too(teller: Teller, desk: Desk) -> None:
    """SPEC 22.1: f may be 0."""
    path = teller.folder / "small.sealed"
    known = told(seal(teller, path))

    told(deliver(teller, path))

    assert len(desk.documents(known["receipt_code"])) == 1


def test_nothing_is_written_where_sealing_fails(teller: Teller, tmp_path: Path) -> None:
    """Whole or not at all."""
    out = tmp_path / "never.sealed"
    words = teller.folder / "long.txt"
    words.write_text("x" * 20_000)

    refused = seal(teller, out, teller.file("a", 10), more=("--document", str(words)))

    assert (refused.code, refused.out) == (3, "")
    assert [path.name for path in tmp_path.iterdir() if "sealed" in path.name] == []


def test_a_key_set_of_another_root_is_not_sealed_to(teller: Teller) -> None:
    """SPEC 13.6."""
    out = teller.folder / "never.sealed"

    refused = seal(teller, out, more=("--root", Authority("other").root_text))

    assert (refused.code, out.exists()) == (3, False)


def _plain_text(_: bytes) -> bytes:
    return "看见了".encode() * 5000


def _flip(at: float) -> Any:  # noqa: ANN401 - one of the damages below
    def damage(raw: bytes) -> bytes:
        place = int(at * (len(raw) - 1)) if at > 0 else len(MAGIC) + 3
        return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]

    return damage


DAMAGES: dict[str, Any] = {
    "plain text": _plain_text,
    "nothing": lambda _: b"",
    "the first line alone": lambda raw: raw[: len(MAGIC)],
    "other first bytes": lambda raw: b"S" + raw[1:],
    "a capability": _flip(0),
    "the submission": _flip(0.005),
    "a file's header": lambda raw: raw[:44_000] + bytes(8) + raw[44_008:],
    "the middle of a file": _flip(0.5),
    "the last byte": _flip(1),
    "cut in the head": lambda raw: raw[:30_000],
    "cut in a file": lambda raw: raw[: 3 * MIB],
    "one byte less": lambda raw: raw[:-1],
    "one byte more": lambda raw: raw + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_whole_and_sealed_is_refused_before_a_byte_is_sent(
    teller: Teller, wire: Wire, carried: Carried, damage: str
) -> None:
    """SPEC 22.1; EXAM: exit 3."""
    damaged = teller.folder / "damaged.sealed"
    damaged.write_bytes(DAMAGES[damage](carried.raw))

    refused = deliver(teller, damaged)

    assert (refused.code, refused.out) == (3, "")
    assert "Malformed" in refused.err
    assert wire.seen == []


def test_a_damaged_submission_with_a_sound_hash_is_refused(teller: Teller, wire: Wire) -> None:
    """Whoever wrote the file can compute the hash; what is no submission is still not sent."""
    head = MAGIC + b"\0" + (bytes(range(256)) * 171)[:SUBMISSION_BYTES]
    path = teller.folder / "junk.sealed"
    path.write_bytes(head + labelled_hash("sealed-report", head))

    refused = deliver(teller, path)

    assert (refused.code, wire.seen) == (3, [])


def test_a_server_of_another_authority_gets_nothing(
    teller: Teller, wire: Wire, carried: Carried
) -> None:
    """The pinned root decides where a report goes."""
    other = Authority("other").root_text

    refused = deliver(teller, carried.path, "--root", other)

    assert refused.code == 3
    assert wire.asked(PARTS) == wire.asked(SUBMISSIONS) == []


def test_a_code_of_somebody_else_opens_no_acknowledgement(teller: Teller, carried: Carried) -> None:
    """Said after the delivery, which does not depend on it."""
    code = teller.folder / "code"
    code.write_text(told(seal(teller, teller.folder / "other.sealed"))["receipt_code"])

    ended = deliver(teller, carried.path, "--code-file", str(code))

    assert (ended.code, ended.out) == (3, "")
