"""Trying to open feed items, in this process or in several.

Workers build their opening keys once and get batches; what comes back is ready for the register,
searchable words included, because splitting ideographs costs more than opening. Source:
PERFORMANCE §5, §6.7.
"""

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from crypto.custody.key_pair import KeyPair, OpeningKey
from crypto.custody.opening import open_report
from crypto.errors import NotForReaderError, SealedIntakeError
from crypto.sealing.derivation import row_id
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.feed import FeedItem, Tombstone
from crypto.wire.strict_json import JsonObject, JsonValue
from crypto.wire.submission import VAULT_PURPOSES, case_ref
from triage.cases.outcome import Faulty, NotForDesk, Opened, Outcome, SiblingDigest
from triage.register.search import split_ideographs
from triage.traces import refuse_traces

BATCH_ITEMS: Final = 100
# Below this, starting processes costs more than it saves.
POOL_FROM_ITEMS: Final = 400
MAX_PROCESSES: Final = 16
_UNSEARCHED = frozenset({"files", "language", "channel", "category", "urgency"})


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens reports with the keys of some desks at one service."""

    keys: tuple[OpeningKey, ...]
    instance: bytes

    @classmethod
    def of(cls, seeds: Sequence[bytes], instance: bytes) -> "Opener":
        """Build the opening keys of desk seeds, in the order in which they are tried."""
        return cls(tuple(KeyPair.from_seed(seed).opening for seed in seeds), instance)

    def open(self, item: FeedItem) -> Outcome:
        """Try one item; whatever is wrong with it is its own outcome. Source: SPEC §6.4.

        Whose report a tombstone was, nobody can tell any more.
        """
        report = item.report
        if isinstance(report, Tombstone):
            return NotForDesk(item.sequence)
        try:
            document = open_report(report, self.keys, instance=self.instance)
        except NotForReaderError:
            return NotForDesk(item.sequence)
        except SealedIntakeError as error:
            return Faulty(item.sequence, item.hour, type(error).__name__, report)
        return _opened(item, report, document)


def _opened(item: FeedItem, report: bytes, document: Document) -> Opened:
    case = case_ref(document.claim_key)
    content = document.content
    digests = document.siblings or ()
    return Opened(
        sequence=item.sequence,
        hour=item.hour,
        key_set_version=parse_envelope(report, Purpose.REPORT).key_set_version,
        case_ref=case,
        n=document.n,
        kind=int(document.kind),
        slot_key=document.slot_key,
        reply_key=document.reply_key,
        content=b"" if content is None else _encode(content),
        words="" if content is None else split_ideographs("\n".join(_texts(content))),
        siblings=tuple(
            SiblingDigest(int(purpose), row_id(case, purpose, document.n), digest)
            for purpose, digest in zip(VAULT_PURPOSES, digests, strict=False)
        ),
    )


def _encode(content: JsonObject) -> bytes:
    """A parsed object, spelled again; the register parses it strictly when it is read."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in _UNSEARCHED:
                yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


class _Worker:
    """The opener of a worker process, built once when it starts."""

    opener: Opener | None = None


def _end_with_parent() -> None:
    """Keys must not outlive the process that was told to lock."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker(seeds: Sequence[bytes], instance: bytes) -> None:
    refuse_traces()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Worker.opener = Opener.of(seeds, instance)


def _open_batch(items: Sequence[FeedItem]) -> list[Outcome]:
    opener = _Worker.opener
    return [] if opener is None else [opener.open(item) for item in items]


class OpeningPool:
    """Opens pages of feed items; processes are started when a page is worth them."""

    def __init__(self, seeds: Sequence[bytes], instance: bytes, processes: int | None) -> None:
        self._seeds = tuple(seeds)
        self._instance = instance
        self._processes = min(processes or os.cpu_count() or 1, MAX_PROCESSES)
        self._opener = Opener.of(seeds, instance)
        self._executor: ProcessPoolExecutor | None = None

    def open_all(self, items: Sequence[FeedItem]) -> list[Outcome]:
        """The outcome of each item, in order."""
        if len(items) < POOL_FROM_ITEMS or self._processes == 1:
            return [self._opener.open(item) for item in items]
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start_worker,
                initargs=(self._seeds, self._instance),
            )
        batches = [
            items[start : start + BATCH_ITEMS] for start in range(0, len(items), BATCH_ITEMS)
        ]
        return [outcome for found in self._executor.map(_open_batch, batches) for outcome in found]

    def close(self) -> None:
        """End the processes, and with them the keys they hold."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


@contextmanager
def opening_pool(
    seeds: Sequence[bytes], instance: bytes, *, processes: int | None = None
) -> Iterator[OpeningPool]:
    """A pool that ends with the block."""
    pool = OpeningPool(seeds, instance, processes)
    try:
        yield pool
    finally:
        pool.close()
