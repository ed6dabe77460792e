"""Reporters at a command line, and the desk that opens what they sent."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl.utils import random

from crypto.custody.opening import open_file, open_report
from crypto.custody.reporter import ReporterKeys
from crypto.errors import NotForReaderError
from crypto.wire.codec import decode_base64url
from crypto.wire.documents import Document
from crypto.wire.feed import parse_feed_page
from crypto.wire.files import Upload, bucket_bytes, file_digest, part_hash
from crypto.wire.receipt import parse_receipt_code
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject
from tests.intake.processes import Running
from tests.intake.test_client import Ended, intake

END_SECONDS = 60


@dataclass(frozen=True)
class Teller:
    """Somebody with files and a command line.

    Attributes:
        url: where the commands go.
        folder: holds the files, the state folder and nothing else.
    """

    server: Running
    url: str
    folder: Path

    def file(self, name: str, size_bytes: int, head: bytes = b"") -> Path:
        """A file of random bytes."""
        path = self.folder / name
        path.write_bytes(head + random(size_bytes - len(head)))
        return path

    def words(self, text: str = "看见了") -> Path:
        """The text of a report."""
        path = self.folder / "report.txt"
        path.write_text(text, encoding="utf-8")
        return path

    def arguments(self, *files: Path) -> list[str]:
        """`intake submit` with some files."""
        named = ["--file", *map(str, files)] if files else []
        document = ["--document", str(self.words())]
        return ["submit", *self.options(), *document, *named]

    def options(self) -> list[str]:
        """Which server, and who vouches for it."""
        root = self.server.installation.authority.root_text
        return ["--server", self.url, "--root", root, "--json"]

    def submit(self, *files: Path, more: tuple[str, ...] = ()) -> Ended:
        """Run it to its end."""
        return intake(*self.arguments(*files), *more, state=self.state)

    @property
    def state(self) -> Path:
        """The folder of what commands remember."""
        return self.folder / "state"

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A command that the test may end in its own way."""
        process = subprocess.Popen(
            [sys.executable, "-m", "intake.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "XDG_STATE_HOME": str(self.state)},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def code_file(self, told: str) -> str:
        """A file with the receipt code that a command told before its end."""
        code = told.split("is registered:\n  ")[1].splitlines()[0]
        path = self.folder / "code"
        path.write_text(code)
        return str(path)


def ended_by(process: "subprocess.Popen[bytes]", number: int = 0) -> Ended:
    """How a process ended, after a signal if there is one."""
    if number:
        process.send_signal(signal.Signals(number))
    out, err = process.communicate(timeout=END_SECONDS)
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True)
class Desk:
    """The triage desk of a server."""

    server: Running

    def documents(self, code: str) -> list[Document]:
        """All documents of one case that it can open, oldest first."""
        installation = self.server.installation
        instance = installation.key_set.instance_id
        keys = ReporterKeys.derive(parse_receipt_code(code), instance)
        officer = installation.authority.officer_pair(Role.TRIAGE)
        page = self.server.signed(officer, "GET", "/desk/v1/feed", query="limit=500").data
        key = installation.authority.desk_pair(Role.TRIAGE).opening
        opened = []
        for report in (item.report for item in parse_feed_page(page)):
            assert isinstance(report, bytes)
            try:
                document = open_report(report, (key,), instance=instance)
            except NotForReaderError:
                continue
            if document.claim_key == keys.claim.verification_key:
                opened.append(document)
        return opened

    def entries(self, code: str, n: int = 0) -> list[Mapping[str, Any]]:
        """The file entries of one document of a case."""
        content: Any = self.documents(code)[n].content
        return list(content["files"])

    def sealed(self, entry: Mapping[str, Any]) -> list[bytes]:
        """All parts of a file, as the desk's route hands them out."""
        officer = self.server.installation.authority.officer_pair(Role.TRIAGE)
        upload = upload_of(entry)
        return [
            self.server.signed(
                officer, "POST", "/desk/v1/parts/read", body=upload.part_id(index)
            ).data
            for index in range(upload.part_count)
        ]

    def open(self, entry: Mapping[str, Any]) -> bytes:
        """A file, checked against its digest, opened and cut to its size."""
        parts = self.sealed(entry)
        assert file_digest([part_hash(part) for part in parts]) == decode_base64url(entry["digest"])
        key, raw = decode_base64url(entry["key"]), memoryview(b"".join(parts))
        at = 0

        def read(size_bytes: int) -> bytes:
            nonlocal at
            at += size_bytes
            return bytes(raw[at - size_bytes : at])

        return b"".join(open_file(key, read))[: entry["size_bytes"]]


def upload_of(entry: JsonObject) -> Upload:
    """Under which the file of an entry lies."""
    size_bytes: Any = entry["size_bytes"]
    return Upload(decode_base64url(str(entry["upload"])), bucket_bytes(size_bytes))


def told(ended: Ended) -> Any:  # noqa: ANN401 - whatever the test expects
    """What a successful command printed."""
    assert ended.code == 0, ended.err
    return json.loads(ended.out)
