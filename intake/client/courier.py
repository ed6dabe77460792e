"""Carries the parts of sealed files to a server, several at once. Source: intake/API.md §2.3."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from crypto.wire.files import Upload
from intake.client.api import Api
from intake.client.errors import PartsLostError, ServerRefusedError, ServerUnavailableError
from intake.client.files import Part, Transfer
from intake.client.patience import Patience
from intake.client.progress import Progress

# Measured by deploy/bench/client_upload.py: more gain nothing, and each holds a part in memory.
LANES: Final = 3
QUICK_PART_SECONDS: Final = 10.0
# A server that says thrice that it took a part and has it not is not asked again.
_ROUNDS: Final = 3
_MISSING: Final = "parts-missing"

Note = Callable[[int, int, bytes], None]


class Courier:
    """One run's way to the server.

    Args:
        api: with as many connections as there are lanes.
        patience: of the whole run.
        progress: told of every byte.
        lanes: how many parts are under way at once.
    """

    def __init__(
        self, api: Api, patience: Patience, progress: Progress, *, lanes: int = LANES
    ) -> None:
        self._api = api
        self._patience = patience
        self._progress = progress
        self._lanes = lanes
        self._gate = _Gate(lanes)
        self._is_busy = False

    def send(self, transfers: Sequence[Transfer], on_part: Note = lambda *_: None) -> None:
        """Send what the server does not hold, and ask it whether it holds everything now.

        It is asked first, too: so a file that is too large is refused before its first part.

        Args:
            transfers: the files.
            on_part: told file, index and hash of each new part, before a byte of it is sent.

        Raises:
            FileChangedError: a file is not what it was.
            PartsLostError: the server said that it took parts, and does not hold them.
            ServerUnavailableError, ServerRefusedError: it does not take them.
        """
        for _ in range(_ROUNDS + 1):
            held = [self._held(each) for each in transfers]
            if all(map(all, held)) and all(each.is_known for each in transfers):
                return
            self._progress.start(_there_bytes(transfers, held))
            self._send_missing(transfers, held, on_part)
        raise PartsLostError("the server said that it took parts of a file, and has them not")

    def keep(self, transfers: Sequence[Transfer]) -> None:
        """Have all parts kept for good; what the server lost meanwhile is sent again.

        Raises:
            PartsLostError, FileChangedError, ServerUnavailableError, ServerRefusedError: they are
                not known to be.
        """
        for each in transfers:
            try:
                self._keep(each.upload)
            except ServerRefusedError as error:
                if error.name != _MISSING:
                    raise
                self.send((each,))
                self._keep(each.upload)

    def _keep(self, upload: Upload) -> None:
        self._patience.persist(lambda: self._api.keep(upload))

    def _held(self, transfer: Transfer) -> tuple[bool, ...]:
        return self._patience.persist(lambda: self._api.held(transfer.upload))

    def _send_missing(
        self, transfers: Sequence[Transfer], held: Sequence[Sequence[bool]], on_part: Note
    ) -> None:
        lanes = _Lanes(self._carry, self._lanes)
        try:
            for part in self._missing(transfers, held, on_part):
                lanes.put(part)
            lanes.land()
        except BaseException:
            self._patience.end()
            raise

    def _missing(
        self, transfers: Sequence[Transfer], held: Sequence[Sequence[bool]], on_part: Note
    ) -> Iterator[Part]:
        for number, (transfer, there) in enumerate(zip(transfers, held, strict=True)):
            if all(there) and transfer.is_known:
                continue
            for part in transfer.source.parts():
                was_known = transfer.knows(part.index)
                found = transfer.note(part)
                if not was_known:
                    on_part(number, part.index, found)
                if not (there[part.index] and was_known):
                    yield part

    def _carry(self, part: Part) -> None:
        """Send one part until it is there; after a lost answer the server is asked first."""
        asks_first = False

        def once() -> None:
            nonlocal asks_first
            if asks_first and self._api.held(part.upload)[part.index]:
                self._progress.add(part.upload.part_bytes(part.index))
                return
            was_tried, asks_first = asks_first, True
            self._put(part, was_tried=was_tried)

        self._patience.persist(once)

    def _put(self, part: Part, *, was_tried: bool) -> None:
        sent_bytes = 0

        def count(size_bytes: int) -> None:
            nonlocal sent_bytes
            sent_bytes += size_bytes
            self._progress.add(size_bytes)

        try:
            with self._gate.passing():
                asks_first = was_tried or self._is_busy
                if self._api.put_part(
                    part.upload, part.index, part.pieces, count, asks_first=asks_first
                ):
                    self._is_busy = True
        except (ServerUnavailableError, ServerRefusedError):
            self._progress.add(-sent_bytes)
            raise


def _there_bytes(transfers: Sequence[Transfer], held: Sequence[Sequence[bool]]) -> int:
    """How many bytes need not be sent: the server holds them, and they are known to be the same."""
    return sum(
        transfer.upload.part_bytes(index)
        for transfer, there in zip(transfers, held, strict=True)
        for index, is_there in enumerate(there)
        if is_there and transfer.knows(index)
    )


class _Gate:
    """How many lanes are used: one until the line has shown that it is quick.

    A server gives each part two minutes; on a slow line several parts together would all be late.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = 1
        self._passing = 0
        self._changed = threading.Condition()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for a place, and have it while the block runs; its end tells how quick the line is.

        Whatever raises in it counts as slow.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._passing < self._allowed)
            self._passing += 1
        began_at, is_quick = time.monotonic(), False
        try:
            yield
            is_quick = time.monotonic() - began_at < QUICK_PART_SECONDS
        finally:
            with self._changed:
                self._passing -= 1
                self._allowed = min(self._most, self._allowed + 1) if is_quick else 1
                self._changed.notify_all()


class _Lanes:
    """Threads that carry parts. They hold up nobody who leaves: the process may end under them."""

    def __init__(self, carry: Callable[[Part], None], count: int) -> None:
        self._carry = carry
        self._waiting: queue.Queue[Part | None] = queue.Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for each in self._threads:
            each.start()

    def put(self, part: Part) -> None:
        """Hand over a part as soon as a lane is free.

        Raises:
            Exception: whatever failed first in any lane.
        """
        self._waiting.put(part)
        self._raise_failure()

    def land(self) -> None:
        """Wait for all parts.

        Raises:
            Exception: whatever failed first in any lane.
        """
        for _ in self._threads:
            self._waiting.put(None)
        for each in self._threads:
            each.join()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (part := self._waiting.get()) is not None:
            if self._failure is None:
                try:
                    self._carry(part)
                except BaseException as error:  # noqa: BLE001 - raised where the run waits
                    self._failure = error
