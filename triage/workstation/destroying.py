"""Destroying a withdrawn report: the server's copy first, this workstation's last.

Each step may be repeated, and each but the last leaves what the next try needs: the register, which
knows files and slot keys, goes when all else has gone. A crash in between costs a repetition.
Source: SPEC §12.5, §17.4; decision record 0009.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Final

from crypto.custody.destruction import verify_destruction
from crypto.errors import MalformedFileError, WrongPlaceError
from crypto.sealing.derivation import destruction_key
from crypto.wire.files import Upload
from triage.attachments.entry import parse_entry
from triage.attachments.store import Store
from triage.cases.report import FileEntry, Message, instant_of_hour
from triage.courier.https import Courier, Signer
from triage.errors import FileDamagedError, RefusedInputError, ServerRefusedError
from triage.private_files import only_one
from triage.register.destruction import Destructions, HeldItem
from triage.register.reading import files_of

PARTS_DESTROY_PATH: Final = "/desk/v1/parts/destroy"
FEED_DESTROY_PATH: Final = "/desk/v1/feed/destroy"
FEED_DESTROYED_PATH: Final = "/desk/v1/feed/destroyed"
BATCH_PARTS: Final = 512  # the most that the server takes
PAGE_DESTROYED: Final = 5000  # the most that the server gives
# 256 GiB. A report may say that its file is larger; no server ever took such a file.
MAX_FILE_PARTS: Final = 1 << 17
_SEQUENCE_BYTES: Final = 8
_RECORD_BYTES: Final = _SEQUENCE_BYTES + 32


@dataclass(frozen=True, slots=True)
class Destroyer:
    """Destroys cases for one officer at one service.

    Attributes:
        reply_lock: held while the register's part is done, so that nobody answers meanwhile.
        today: UTC.
    """

    destructions: Destructions
    store: Store
    courier: Courier
    signer: Signer
    instance: bytes
    reply_lock: Path
    today: date = field(kw_only=True)

    def destroy(self, case_ref: bytes) -> None:
        """Destroy a case; whether it may be is the caller's to know.

        Raises:
            ServerUnavailableError: what was done stays done, and the same again goes on.
            ServerRefusedError: the server does not destroy an item; the register keeps the case.
            NoSuchThingError: there is no such case.
        """
        for step in self.steps(case_ref):
            step()

    def steps(self, case_ref: bytes) -> tuple[Callable[[], None], ...]:
        """What is done, in order."""
        items = self.destructions.items(case_ref)
        return (
            lambda: self._destroy_parts(items),
            lambda: self.store.forget_case(case_ref),
            lambda: self._destroy_envelopes(items),
            lambda: self._erase(case_ref),
        )

    def _destroy_parts(self, items: Sequence[HeldItem]) -> None:
        ids = _part_ids(items)
        while batch := b"".join(islice(ids, BATCH_PARTS)):
            self._post(PARTS_DESTROY_PATH, batch)

    def _destroy_envelopes(self, items: Sequence[HeldItem]) -> None:
        for item in items:
            key = destruction_key(item.slot_key, item.n)
            try:
                self._post(FEED_DESTROY_PATH, item.sequence.to_bytes(_SEQUENCE_BYTES) + key)
            except ServerRefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    raise RefusedInputError(
                        f"the server does not destroy item {item.sequence}: it says that there is"
                        " none, or that its key is another; the register keeps the case"
                    ) from None
                raise

    def _erase(self, case_ref: bytes) -> None:
        with only_one(self.reply_lock):
            self.destructions.erase(case_ref, on=self.today)

    def _post(self, path: str, body: bytes) -> None:
        self.courier.signed("POST", path, signer=self.signer, instance=self.instance, body=body)

    def note_shown(self, *, up_to: int) -> None:
        """Ask what others destroyed, and compare what they showed with what is held here.

        The list goes by sequence, not by the time of destruction, so it is read from the oldest
        item on that is held here.

        Args:
            up_to: how far the feed was verified; what is said of later items is not heard.

        Raises:
            ServerRefusedError, RefusedInputError: it can't be had, or is malformed.
        """
        first = self.destructions.first_not_shown()
        after = up_to if first is None else first - 1
        while after < up_to:
            page = self._page_after(after)
            if not page:
                return
            held = [(self.destructions.item(sequence), key) for sequence, key in page]
            proofs = [(item.sequence, _is_proof(key, item)) for item, key in held if item]
            self.destructions.note_shown(proofs)
            after = page[-1][0]

    def _page_after(self, after: int) -> list[tuple[int, bytes]]:
        raw = self.courier.signed(
            "GET",
            FEED_DESTROYED_PATH,
            query=f"after={after}&limit={PAGE_DESTROYED}",
            signer=self.signer,
            instance=self.instance,
            max_bytes=PAGE_DESTROYED * _RECORD_BYTES,
        )
        return _parse_destroyed(raw, after)


def _parse_destroyed(raw: bytes, after: int) -> list[tuple[int, bytes]]:
    """Records of sequence and key; sequences must ascend, so that the list ends.

    Raises:
        RefusedInputError: cut, or out of order.
    """
    if len(raw) % _RECORD_BYTES:
        raise RefusedInputError("the list of what was destroyed is cut")
    page = []
    for start in range(0, len(raw), _RECORD_BYTES):
        sequence = int.from_bytes(raw[start : start + _SEQUENCE_BYTES])
        if sequence <= after:
            raise RefusedInputError("the list of what was destroyed is out of order")
        page.append((sequence, raw[start + _SEQUENCE_BYTES : start + _RECORD_BYTES]))
        after = sequence
    return page


def _is_proof(key: bytes, item: HeldItem) -> bool:
    try:
        verify_destruction(key, item.slot_key, item.n)
    except WrongPlaceError:
        return False
    return True


def _part_ids(items: Sequence[HeldItem]) -> Iterator[bytes]:
    for upload in _uploads(items):
        yield from map(upload.part_id, range(upload.part_count))


def _uploads(items: Sequence[HeldItem]) -> Iterator[Upload]:
    """The uploads that submissions name; an entry that no file can fit names none."""
    for item in items:
        for entry in files_of([_message(item)]):
            upload = _upload(item.case_ref, entry)
            if upload is not None and upload.part_count <= MAX_FILE_PARTS:
                yield upload


def _message(item: HeldItem) -> Message:
    return Message(item.n, item.sequence, instant_of_hour(0), "message", item.content)


def _upload(case_ref: bytes, entry: FileEntry) -> Upload | None:
    try:
        return parse_entry(case_ref, entry).upload
    except (FileDamagedError, MalformedFileError):
        return None
