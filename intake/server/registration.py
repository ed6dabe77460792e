"""Registering submissions: durable, in one order, many in one commit.

Every request thread brings one arrival. The first becomes the leader and commits for all that wait;
when it is done it hands over to the oldest that came meanwhile. So there is one writer at a time in
each process, without a thread of its own, and a batch is whatever arrived during the last commit.

Vault rows are committed first, then feed, acknowledgements and head in one transaction. A crash in
between leaves rows that nothing names; the reporter's retry finds them and completes the rest.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from crypto.sealing.acknowledge import register
from crypto.signing.sign import SigningKey
from crypto.wire.codec import labelled_hash
from crypto.wire.feed import FeedItem
from crypto.wire.instants import minute_of
from crypto.wire.submission import Submission, submission_digest
from intake.server.errors import (
    RowTakenError,
    ServerError,
    SlotTakenError,
    StoreUnavailableError,
)
from intake.server.store.database import Database
from intake.server.store.feed import Entry, FeedHead, append, lock_head
from intake.server.store.slots import Slot, fill_slots, find_slots
from intake.server.store.vault_rows import keep_rows, rows_of

BATCH_SUBMISSIONS: Final = 64
MINUTES_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission with the hashes that registration needs, each computed once.

    Source: SPEC 10.8, 12.3.
    """

    submission: Submission
    row_digests: tuple[bytes, bytes, bytes]
    rest: bytes
    digest: bytes
    retry_tag: bytes

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key under which it will be kept."""
        return (self.submission.acknowledgement_slot, *self.submission.row_ids)


def arrive(submission: Submission) -> Arrival:
    """Compute the hashes of a parsed submission."""
    row_digests = submission.row_digests
    rest = submission.rest_with(row_digests)
    digest = submission_digest(submission.report, rest)
    tagged = submission.acknowledgement_slot + submission.acknowledgement_key + digest
    return Arrival(submission, row_digests, rest, digest, labelled_hash("retry", tagged))


@dataclass(slots=True)
class _Order:
    """An arrival on its way through a batch; settled exactly once."""

    arrival: Arrival
    called: threading.Event = field(default_factory=threading.Event)
    sealed: bytes | None = None
    failure: ServerError | None = None

    @property
    def is_settled(self) -> bool:
        return self.sealed is not None or self.failure is not None

    @property
    def slot_id(self) -> bytes:
        return self.arrival.submission.acknowledgement_slot

    def answer_from(self, slot: Slot) -> None:
        """A retry gets the bytes of the first time; anything else is refused."""
        if slot.retry_tag == self.arrival.retry_tag:
            self.sealed = slot.value
        else:
            self.failure = SlotTakenError("SPEC 12.3: the slot answers another submission")

    def result(self) -> bytes:
        if self.failure is not None:
            raise self.failure
        if self.sealed is None:
            raise StoreUnavailableError("the batch was given up")
        return self.sealed


@dataclass(frozen=True, slots=True)
class Registrar:
    """Accepts submissions into the two databases and acknowledges them.

    Attributes:
        instance: 32 bytes, SPEC 3.2.
        clock: Gives the present instant, aware UTC.
    """

    main: Database
    vault: Database
    instance: bytes
    signing_key: SigningKey
    clock: Callable[[], datetime]
    _waiting: deque[_Order] = field(default_factory=deque, init=False, repr=False)
    _door: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _led: list[_Order] = field(default_factory=list, init=False, repr=False)

    def register(self, arrival: Arrival) -> bytes:
        """Keep a submission; returns only when a power cut could no longer lose it.

        Returns:
            The sealed acknowledgement, 1479 bytes; the same ones for a retry.

        Raises:
            SlotTakenError: Its slot answers another submission.
            RowTakenError: One of its row ids holds other bytes.
            StoreUnavailableError, StoreFullError: Not kept, or not known to be.
        """
        order = _Order(arrival)
        with self._door:
            self._waiting.append(order)
            leads = not self._led
            if leads:
                self._led.append(order)
        if not leads:
            order.called.wait()
        if not order.is_settled:
            self._lead()
        return order.result()

    def _lead(self) -> None:
        """Settle the oldest orders, this thread's among them, then call the next leader."""
        with self._door:
            count = min(len(self._waiting), BATCH_SUBMISSIONS)
            batch = [self._waiting.popleft() for _ in range(count)]
        try:
            for orders in _without_collisions(batch):
                self._settle(orders)
        finally:
            for order in batch:
                if not order.is_settled:
                    order.failure = StoreUnavailableError("the batch was given up")
            with self._door:
                self._led.clear()
                if self._waiting:
                    self._led.append(self._waiting[0])
                    batch.append(self._waiting[0])
            for order in batch:
                order.called.set()

    def _settle(self, orders: Sequence[_Order]) -> None:
        try:
            fresh = self._not_yet_known(orders)
            fresh = self._keep_rows(fresh)
            if fresh:
                self._acknowledge(fresh)
        except ServerError as failure:
            for order in orders:
                if not order.is_settled:
                    order.failure = failure

    def _not_yet_known(self, orders: Sequence[_Order]) -> list[_Order]:
        with self.main.read() as connection:
            known = find_slots(connection, [order.slot_id for order in orders])
        for order in orders:
            if order.slot_id in known:
                order.answer_from(known[order.slot_id])
        return [order for order in orders if not order.is_settled]

    def _keep_rows(self, orders: Sequence[_Order]) -> list[_Order]:
        if not orders:
            return []
        arrivals = [order.arrival for order in orders]
        wanted = [row for a in arrivals for row in rows_of(a.submission, a.row_digests)]
        with self.vault.write() as connection:
            taken = keep_rows(connection, wanted)
        for order in orders:
            if not taken.isdisjoint(order.arrival.submission.row_ids):
                order.failure = RowTakenError("SPEC 10.3: a row holds other bytes")
        return [order for order in orders if not order.is_settled]

    def _acknowledge(self, orders: Sequence[_Order]) -> None:
        now_minute = minute_of(self.clock())
        entries: list[Entry] = []
        sealed: list[tuple[_Order, Slot]] = []
        with self.main.write() as connection:
            head = lock_head(connection)
            known = find_slots(connection, [order.slot_id for order in orders])
            for order in orders:
                if order.slot_id in known:  # Another process was quicker.
                    order.answer_from(known[order.slot_id])
                    continue
                item, slot = self._seal(order.arrival, head, now_minute)
                head = FeedHead(item.sequence, item.head)
                submission = order.arrival.submission
                entries.append(Entry(item, submission.report, submission.destruction_id))
                sealed.append((order, slot))
            if entries:
                append(connection, entries)
                fill_slots(connection, [slot for _, slot in sealed])
        for order, slot in sealed:
            order.sealed = slot.value

    def _seal(self, arrival: Arrival, head: FeedHead, minute: int) -> tuple[FeedItem, Slot]:
        sequence = head.sequence + 1
        registration = register(
            arrival.submission,
            digest=arrival.digest,
            sequence=sequence,
            previous_head=head.head,
            minute=minute,
            key=self.signing_key,
            instance=self.instance,
        )
        item = FeedItem(
            sequence=sequence,
            hour=minute // MINUTES_PER_HOUR,
            rest=arrival.rest,
            acknowledgement_hash=registration.acknowledgement_hash,
            head=registration.head,
            report=arrival.submission.report,
        )
        slot_id = arrival.submission.acknowledgement_slot
        return item, Slot(slot_id, arrival.retry_tag, registration.sealed)


def _without_collisions(batch: Sequence[_Order]) -> list[list[_Order]]:
    """Split a batch so that no two orders of a part share a slot or a row.

    A retry that overtakes its own first try is thus settled after it.
    """
    parts: list[list[_Order]] = [[]]
    seen: set[bytes] = set()
    for order in batch:
        if not seen.isdisjoint(order.arrival.keys):
            parts.append([])
            seen.clear()
        seen.update(order.arrival.keys)
        parts[-1].append(order)
    return parts
