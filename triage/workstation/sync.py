"""One look at the server: key set, grants, feed, siblings. Source: DESIGN §4, §5; SPEC §12.2.

Whatever is wrong with one part is noted and the rest goes on; only a server that can't be reached
ends a sync early, and the next one resumes where the last whole page was written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crypto.errors import (
    FeedGapError,
    FeedRewrittenError,
    MalformedTextError,
    SealedIntakeError,
)
from crypto.wire.codec import encode_base64url, labelled_hash
from crypto.wire.feed import FeedItem, parse_feed_page, verify_feed
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.roles import Role
from triage.cases.report import NoticeKind
from triage.courier.https import Courier
from triage.errors import (
    NoKeyError,
    NotAdmittedError,
    RefusedInputError,
    ServerRefusedError,
    WrongUseError,
)
from triage.register.reading import Reading
from triage.register.store import PageCounts, Position, Register
from triage.workstation.destroying import Destroyer
from triage.workstation.epochs import note_current_epochs
from triage.workstation.grants import fetch_grants, gives_ended_epoch, open_grant
from triage.workstation.keyring import Keyring
from triage.workstation.opening import OpeningPool, opening_pool
from triage.workstation.trust import Trust, load_trust, refresh

FEED_PATH: Final = "/desk/v1/feed"
ROW_DIGESTS_PATH: Final = "/vault/v1/row-digests"
FEED_ROLES: Final = frozenset({Role.TRIAGE, Role.OVERSIGHT})
PAGE_ITEMS: Final = 500  # the most that the server gives
PAGE_ROWS: Final = 5000  # the most that the server gives
MAX_FEED_PAGE_BYTES: Final = 2 * (PAGE_ITEMS + 1) * 20_000
SIBLINGS_EVERY: Final = timedelta(hours=1)
_DIGEST_BYTES: Final = 32
_CHECKED_FACT: Final = "siblings-checked"
# Why the server's key set was not followed.
Refusal = SealedIntakeError | RefusedInputError | ServerRefusedError


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync brought.

    Attributes:
        new: items that are this desk's and were not known: opened and quarantined ones.
        problems: names of errors that were noted on the way.
    """

    new: int
    opened: int
    quarantined: int
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class Sync:
    """One sync of one unlocked workstation.

    Attributes:
        processes: at most this many open reports at once; None for one a core.
    """

    keyring: Keyring
    register: Register
    courier: Courier
    trust: Trust
    destroyer: Destroyer
    now: datetime
    processes: int | None = None

    def run(self, refusal: Refusal | None = None) -> SyncResult:
        """Look once, from the grants to the siblings.

        Args:
            refusal: why the server's key set was refused, if it was.

        Raises:
            ServerUnavailableError: the server can't be reached.
            NotAdmittedError: the server knows no such officer.
        """
        problems: list[str] = []
        if refusal is None:
            self.register.settle(NoticeKind.KEY_SET_REFUSED)
        else:
            self._note(problems, NoticeKind.KEY_SET_REFUSED, type(refusal).__name__, refusal)
        self._receive_grants(problems)
        note_current_epochs(self.register, self.trust.key_set, self.keyring.held(), self.now)
        counts = self._read_feed(problems)
        self._follow_destructions(problems)
        self._check_siblings(counts, problems)
        new = counts.opened + counts.quarantined
        return SyncResult(new, counts.opened, counts.quarantined, tuple(problems))

    def _note(self, problems: list[str], kind: NoticeKind, subject: str, error: Exception) -> None:
        problems.append(type(error).__name__)
        self.register.note(kind, subject, self.now)

    def _receive_grants(self, problems: list[str]) -> None:
        if self.trust.officers is None:
            return
        for raw in self._fetch_grants(problems):
            try:
                desk = open_grant(raw, receiver=self.keyring, trust=self.trust)
                # Before the key is kept: a crash in between costs a scan, not a report.
                if desk.role in FEED_ROLES and not self.keyring.holds(desk.role, desk.epoch):
                    self.register.scan_again(self.trust.instance)
                self.keyring.keep_desk(desk)
            except (SealedIntakeError, NoKeyError, WrongUseError) as error:
                if gives_ended_epoch(raw, receiver=self.keyring, trust=self.trust):
                    continue
                subject = labelled_hash("digest", raw).hex()[:16]
                self._note(problems, NoticeKind.GRANT_REFUSED, subject, error)

    def _fetch_grants(self, problems: list[str]) -> tuple[bytes, ...]:
        try:
            return fetch_grants(courier=self.courier, receiver=self.keyring, trust=self.trust)
        except NotAdmittedError:
            raise
        except (ServerRefusedError, RefusedInputError) as error:
            problems.append(type(error).__name__)
            return ()

    def _read_feed(self, problems: list[str]) -> PageCounts:
        seeds = [desk.seed for desk in self.keyring.desk_seeds() if desk.role in FEED_ROLES]
        counts = PageCounts()
        if not seeds:
            return counts
        with opening_pool(seeds, self.trust.instance, processes=self.processes) as pool:
            try:
                for added in self._pages(pool):
                    counts += added
            except (FeedGapError, FeedRewrittenError) as error:
                rewritten = isinstance(error, FeedRewrittenError)
                kind = NoticeKind.FEED_REWRITTEN if rewritten else NoticeKind.FEED_GAP
                subject = str(self.register.verified(self.trust.instance).sequence)
                self._note(problems, kind, subject, error)
            except NotAdmittedError:
                raise
            except (ServerRefusedError, RefusedInputError, SealedIntakeError) as error:
                problems.append(type(error).__name__)
        return counts

    def _pages(self, pool: OpeningPool) -> Iterator[PageCounts]:
        """Fetch, verify, open and record page after page, until the feed ends.

        The last known item is asked for again, so that a feed that was cut or rewritten shows even
        when nothing new came.
        """
        instance, register = self.trust.instance, self.register
        position = register.scanned(instance)
        overlap = min(position.sequence, 1)
        while True:
            behind = register.verified(instance).sequence - position.sequence
            room = PAGE_ITEMS - overlap
            wanted = min(room, behind) if behind > 0 else room
            items = self._fetch_page(position.sequence - overlap, wanted + overlap)
            if overlap:
                _check_known(items, position)
                items, overlap = items[1:], 0
            if not items:
                return
            sound, after, fault = _sound_prefix(items[:wanted], position)
            yield register.record_page(instance, pool.open_all(sound), position, after)
            position = after
            if fault is not None:
                raise fault

    def _fetch_page(self, after: int, limit: int) -> tuple[FeedItem, ...]:
        raw = self.courier.signed(
            "GET",
            FEED_PATH,
            query=f"after={after}&limit={limit}",
            signer=self.keyring,
            instance=self.trust.instance,
            max_bytes=MAX_FEED_PAGE_BYTES,
        )
        return parse_feed_page(raw)

    def _follow_destructions(self, problems: list[str]) -> None:
        """Destroy here what others destroyed and what is due; keep what is not, and say so."""
        reading, verified = Reading(self.register.database), self.register.verified
        try:
            self.destroyer.note_shown(up_to=verified(self.trust.instance).sequence)
            for case_ref in self.destroyer.destructions.proven_cases():
                withdrawal = reading.withdrawal(case_ref)
                if withdrawal is not None and withdrawal.is_due(self.destroyer.today):
                    self.destroyer.destroy(case_ref)
        except NotAdmittedError:
            raise
        except (ServerRefusedError, RefusedInputError) as error:
            problems.append(type(error).__name__)

    def _check_siblings(self, counts: PageCounts, problems: list[str]) -> None:
        if not self._siblings_are_due(counts):
            return
        try:
            self.register.check_siblings(self._row_digests())
        except (ServerRefusedError, RefusedInputError, SealedIntakeError) as error:
            problems.append(type(error).__name__)
            return
        self.register.remember(_CHECKED_FACT, encode_instant(self.now).encode())

    def _siblings_are_due(self, counts: PageCounts) -> bool:
        if counts.opened or self.register.siblings_unsettled():
            return True
        checked = self.register.fact(_CHECKED_FACT)
        if checked is None:
            return self.register.holds_documents()
        try:
            return self.now - parse_instant(checked.decode()) >= SIBLINGS_EVERY
        except MalformedTextError:
            return True

    def _row_digests(self) -> Iterator[Sequence[tuple[bytes, bytes]]]:
        """Every (row id, digest) of the vault, in key order, page by page."""
        after = bytes(_DIGEST_BYTES)
        while True:
            raw = self.courier.signed(
                "GET",
                ROW_DIGESTS_PATH,
                query=f"after={encode_base64url(after)}&limit={PAGE_ROWS}",
                signer=self.keyring,
                instance=self.trust.instance,
            )
            page = _parse_row_digests(raw, after)
            if not page:
                return
            yield page
            after = page[-1][0]


def follow_key_set(
    keyring: Keyring, courier: Courier, now: datetime
) -> tuple[Trust, Refusal | None]:
    """The newest key set that may follow; where none may, what was trusted before, and why.

    Raises:
        ServerUnavailableError: the server can't be reached.
        NotAdmittedError: the server knows no such officer.
    """
    try:
        return refresh(keyring.home, courier, keyring, now), None
    except NotAdmittedError:
        raise
    except (SealedIntakeError, RefusedInputError, ServerRefusedError) as error:
        return load_trust(keyring.home), error


def _check_known(items: Sequence[FeedItem], position: Position) -> None:
    """The feed must still hold the last item seen, under the same head.

    Raises:
        FeedGapError: it ends before.
        FeedRewrittenError: another item lies there.
    """
    if not items:
        raise FeedGapError(f"SPEC 12.2: the feed ends before item {position.sequence}")
    if (items[0].sequence, items[0].head) != (position.sequence, position.head):
        raise FeedRewrittenError(f"SPEC 12.2: item {position.sequence} is another")


def _sound_prefix(
    items: Sequence[FeedItem], position: Position
) -> tuple[list[FeedItem], Position, FeedGapError | FeedRewrittenError | None]:
    """The items that continue the chain, where they end, and what is wrong with the next."""
    sound: list[FeedItem] = []
    for item in items:
        try:
            verify_feed((item,), last_sequence=position.sequence, last_head=position.head)
        except (FeedGapError, FeedRewrittenError) as error:
            return sound, position, error
        sound.append(item)
        position = Position(item.sequence, item.head)
    return sound, position, None


def _parse_row_digests(raw: bytes, after: bytes) -> list[tuple[bytes, bytes]]:
    """Records of row id and digest; ids must ascend, so that the list ends.

    Raises:
        RefusedInputError: cut, or out of order.
    """
    if len(raw) % (2 * _DIGEST_BYTES):
        raise RefusedInputError("the vault's list of digests is cut")
    page = [
        (raw[start : start + _DIGEST_BYTES], raw[start + _DIGEST_BYTES : start + 2 * _DIGEST_BYTES])
        for start in range(0, len(raw), 2 * _DIGEST_BYTES)
    ]
    for row_id, _ in page:
        if row_id <= after:
            raise RefusedInputError("the vault's list of digests is out of order")
        after = row_id
    return page
