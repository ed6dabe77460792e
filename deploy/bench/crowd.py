"""A crowd at once: reporters who look into their mailboxes while others submit.

`python -m deploy.bench.crowd PORT REPORTERS VISITS SUBMITTERS SECONDS` reads sealed submissions,
each with the preimage of its acknowledgement, from standard input and prints one JSON object. Every
connection is one person's and kept alive. A visit is nine requests of one size, as the page makes
them; half of the reporters ask where nothing lies. It ends when everybody is done, or after
SECONDS, and then says how many were left.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Final

from nacl.utils import random

from crypto.wire.slots import PREIMAGE_BYTES, SLOT_WINDOW
from crypto.wire.submission import SUBMISSION_BYTES
from deploy.bench.load import with_fresh_ids

WINDOWS: Final = 9
_OK, _CREATED = b"200", b"201"
_TEMPLATE: Final = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass(slots=True)
class Crowd:
    """What everybody shares.

    Attributes:
        visits, submissions: how long each took, seconds.
        errors: requests that were refused, cut, or not answered.
    """

    port: int
    until: float
    templates: list[bytes]
    known: list[bytes]
    visits: list[float] = field(default_factory=list)
    submissions: list[float] = field(default_factory=list)
    errors: int = 0

    async def look(self, number: int, visits: int) -> None:
        """One reporter, who looks so many times."""
        window = SLOT_WINDOW * PREIMAGE_BYTES
        asked = [random(window) for _ in range(WINDOWS)]
        if number % 2:
            asked[0] = self.known[number % len(self.known)] + random(window - PREIMAGE_BYTES)
        await self._take_turns("/api/v1/slots", [asked] * visits, _OK, self.visits)

    async def submit(self, number: int, count: int) -> None:
        """One reporter, who files so many reports."""
        template = self.templates[number % len(self.templates)]
        turns = [[with_fresh_ids(template)] for _ in range(count)]
        await self._take_turns("/api/v1/submissions", turns, _CREATED, self.submissions)

    async def _take_turns(
        self, path: str, turns: list[list[bytes]], status: bytes, taken: list[float]
    ) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self.errors += 1
            return
        for bodies in turns:
            begun = time.perf_counter()
            if begun > self.until:
                break
            for body in bodies:
                self.errors += await _ask(reader, writer, path, body) != status
            taken.append(time.perf_counter() - begun)
        writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> bytes:
    """The status of one exchange; empty where the connection broke."""
    try:
        writer.write(_TEMPLATE.format(path=path, length=len(body)).encode() + body)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        ]
        await reader.readexactly(lengths[0])
    except (OSError, asyncio.IncompleteReadError, IndexError):
        return b""
    return head[9:12]


async def run(crowd: Crowd, reporters: int, visits: int, submitters: int) -> float:
    """Everybody at once; how long it took, seconds."""
    begun = time.perf_counter()
    looking = [crowd.look(number, visits) for number in range(reporters)]
    filing = [crowd.submit(number, visits) for number in range(submitters)]
    await asyncio.gather(*looking, *filing)
    return time.perf_counter() - begun


def main() -> None:
    """Run, then say how it went."""
    port, reporters, visits, submitters, seconds = (int(text) for text in sys.argv[1:6])
    raw = sys.stdin.buffer.read()
    size = SUBMISSION_BYTES + PREIMAGE_BYTES
    items = [raw[start : start + size] for start in range(0, len(raw), size)]
    crowd = Crowd(
        port,
        time.perf_counter() + seconds,
        [item[:SUBMISSION_BYTES] for item in items],
        [item[SUBMISSION_BYTES:] for item in items],
    )
    taken = asyncio.run(run(crowd, reporters, visits, submitters))
    result = {
        "taken": taken,
        "visits": sorted(crowd.visits),
        "submissions": sorted(crowd.submissions),
        "errors": crowd.errors,
        "left": (reporters + submitters) * visits - len(crowd.visits) - len(crowd.submissions),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
