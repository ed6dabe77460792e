"""Sealed files as they travel; their bytes are random, which nobody but a reader could tell."""

from dataclasses import dataclass

import urllib3
from nacl.utils import random

from crypto.wire.files import Upload, bucket_bytes, file_digest, part_hash
from crypto.wire.sealed_report import CarriedFile, SealedReport, encode_head
from tests.intake.processes import BINARY, Report, Running

BOUNDARY = b"----geckoformboundary1f2e3d"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}


@dataclass(frozen=True)
class SealedFile:
    """A file of some bucket."""

    upload: Upload
    raw: bytes

    @property
    def parts(self) -> list[bytes]:
        """Its parts in order."""
        starts = [self.upload.part_start(index) for index in range(self.upload.part_count)]
        ends = [*starts[1:], len(self.raw)]
        return [self.raw[start:end] for start, end in zip(starts, ends, strict=True)]

    @property
    def carried(self) -> CarriedFile:
        """As a sealed report names it."""
        return CarriedFile(self.upload, file_digest([part_hash(part) for part in self.parts]))

    def body(self, index: int) -> bytes:
        """What is posted for a part."""
        return self.upload.encode() + index.to_bytes(4) + self.parts[index]

    def send(self, server: Running, index: int) -> urllib3.BaseHTTPResponse:
        """Send one part."""
        return server.request("POST", "/api/v1/parts", self.body(index), BINARY)

    def send_all(self, server: Running) -> list[int]:
        """Send all parts; the statuses."""
        return [self.send(server, index).status for index in range(self.upload.part_count)]

    def held(self, server: Running) -> list[int]:
        """Which parts the server says are there."""
        return list(server.request("POST", HELD, self.upload.encode(), BINARY).data)

    def claim(self, server: Running) -> urllib3.BaseHTTPResponse:
        """Ask to keep them for good."""
        return server.request("POST", "/api/v1/parts/kept", self.upload.encode(), BINARY)


HELD = "/api/v1/parts/held"


def sealed_file(size_bytes: int) -> SealedFile:
    """A file of at least so many bytes before it was sealed."""
    upload = Upload(random(16), bucket_bytes(size_bytes))
    return SealedFile(upload, random(upload.sealed_bytes))


def sealed_report(report: Report, *files: SealedFile) -> bytes:
    """A report in a file."""
    carried = tuple(file.carried for file in files)
    head = encode_head(SealedReport(carried, report.submission.raw))
    return head + b"".join(file.raw for file in files)


def as_form(content: bytes, *, file_name: str = "report.sealed") -> bytes:
    """What a browser posts for a form with one file."""
    head = f'Content-Disposition: form-data; name="sealed"; filename="{file_name}"\r\n'
    return b"".join(
        (
            b"--" + BOUNDARY + b"\r\n",
            head.encode(),
            b"Content-Type: application/octet-stream\r\n\r\n",
            content,
            b"\r\n--" + BOUNDARY + b"--\r\n",
        )
    )
