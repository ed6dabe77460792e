"""The files of cases, for one unlocked officer: where they are, and what is in them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from crypto.errors import MalformedFileError
from crypto.wire.strict_json import JsonObject
from triage.attachments.detection import FileType, detect
from triage.attachments.entry import SealedEntry, parse_entry
from triage.attachments.fetch_queue import FetchQueue, Transfer
from triage.attachments.fetching import PartSource, Progress, fetch
from triage.attachments.store import HeldFile, Store
from triage.attachments.text_page import TextPage, read_text
from triage.cases.report import FileEntry, FileState, OpenedReport
from triage.errors import FileDamagedError, NoSuchThingError, NotFetchedError
from triage.register.reading import Reading

MAX_PIECE_BYTES: Final = 1024 * 1024


def without_keys(opened: OpenedReport) -> OpenedReport:
    """The same report for whoever only shows it: what opens its files is left out."""
    return replace(
        opened,
        report=_keyless(opened.report),
        messages=tuple(
            replace(message, content=_keyless(message.content)) for message in opened.messages
        ),
        files=tuple(replace(entry, key="") for entry in opened.files),
    )


def _keyless(content: JsonObject) -> JsonObject:
    entries = content.get("files")
    if not isinstance(entries, list):
        return content
    kept = [
        {name: value for name, value in entry.items() if name != "key"}
        for entry in entries
        if isinstance(entry, dict)
    ]
    return {**content, "files": kept}


@dataclass(frozen=True, slots=True)
class Files:
    """Files of reporters on this workstation.

    Attributes:
        queue: what is on its way, where pages are shown meanwhile.
    """

    reading: Reading
    store: Store
    queue: FetchQueue = field(repr=False)

    def described(self, opened: OpenedReport) -> OpenedReport:
        """A report whose files say where they are, and what they are."""
        if not opened.files:
            return opened
        case_ref = self.reading.case_ref(opened.ref)
        moving = self.queue.of_case(opened.ref)
        files = tuple(
            self._described(case_ref, entry, moving.get(entry.number)) for entry in opened.files
        )
        return replace(opened, files=files)

    def _described(self, case_ref: bytes, entry: FileEntry, transfer: Transfer | None) -> FileEntry:
        if transfer is not None and transfer.state is not None:
            return replace(entry, state=transfer.state)
        try:
            sealed = parse_entry(case_ref, entry)
            state = self.store.state(sealed)
            if state is not FileState.HERE:
                return replace(entry, state=state)
            code = self._type_of(self.store.held(sealed)).code
        except NotFetchedError:
            return entry
        except (FileDamagedError, MalformedFileError):
            return replace(entry, state=FileState.DAMAGED)
        return replace(entry, state=FileState.HERE, type_code=code)

    def _type_of(self, held: HeldFile) -> FileType:
        try:
            return detect(held.beginning())
        except FileDamagedError:
            self.store.mark_damaged(held.entry)
            raise

    def named(self, typed_ref: str, number: int) -> tuple[FileEntry, SealedEntry]:
        """A file by its number.

        Raises:
            NoSuchThingError, WrongUseError: no such report, or no such file in it.
            FileDamagedError, MalformedFileError: no file can be as the report says.
        """
        opened = self.reading.report(typed_ref)
        if not 0 < number <= len(opened.files):
            raise NoSuchThingError("the case has no file with this number")
        entry = opened.files[number - 1]
        return entry, parse_entry(self.reading.case_ref(typed_ref), entry)

    def held(self, typed_ref: str, number: int) -> tuple[HeldFile, FileType]:
        """A file that is here, and what it is.

        Raises:
            NotFetchedError, FileDamagedError: as `Store.held`.
        """
        held = self.store.held(self.named(typed_ref, number)[1])
        return held, self._type_of(held)

    def fetch(
        self,
        typed_ref: str,
        number: int,
        source: PartSource,
        progress: Progress,
        is_cancelled: Callable[[], bool],
    ) -> None:
        """Have a file here, sealed; see `fetch`."""
        _, sealed = self.named(typed_ref, number)
        fetch(sealed, self.store, source, progress=progress, is_cancelled=is_cancelled)

    def want(self, typed_ref: str, number: int) -> None:
        """Have a file fetched when those before it are."""
        _, sealed = self.named(typed_ref, number)
        self.queue.want(self.reading.report(typed_ref).ref, number, sealed.sealed_bytes)

    def forget(self, typed_ref: str, number: int) -> bool:
        """Delete a file from this workstation; whether there was one."""
        entry, sealed = self.named(typed_ref, number)
        self.queue.forget(self.reading.report(typed_ref).ref, entry.number)
        return self.store.forget(sealed)

    def piece(self, typed_ref: str, number: int, start: int, end: int) -> bytes:
        """Some bytes of a file, at most `MAX_PIECE_BYTES`."""
        held = self.store.held(self.named(typed_ref, number)[1])
        return b"".join(held.pieces(start, min(end, start + MAX_PIECE_BYTES)))

    def text(self, typed_ref: str, number: int, *, page: int) -> TextPage:
        """One page as text; see `read_text`."""
        held, kind = self.held(typed_ref, number)
        return read_text(held, kind, page=page)
