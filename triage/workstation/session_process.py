"""An unlocked workstation whose keys live in a process of their own, which ends on lock.

The process is started afresh (no memory is shared with the console), gets folder and passphrase
through a pipe, and answers on three pipes: one for reading, one for syncing, one for what is in
files, so that neither a long sync nor a file that takes long to show keeps a page waiting. Files
are fetched by a thread of its own. Closing ends it at once; a sync that is cut resumes at its last
page, a file that was on its way at its last part.
Source: DESIGN §5.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from crypto.errors import SealedIntakeError
from triage.attachments.fetch_queue import FetchQueue, Transfer
from triage.attachments.painting import Picture
from triage.attachments.text_page import TextPage
from triage.cases.answer import Answer
from triage.cases.report import (
    DestroyedReport,
    Notice,
    OpenedReport,
    Quarantined,
    ReportSummary,
)
from triage.errors import LockedError, TriageError
from triage.register.reading import EVERYTHING, Filter, Neighbours, QueueCounts, QueueLook
from triage.traces import refuse_traces
from triage.workstation.home import Home
from triage.workstation.keyring import unlock
from triage.workstation.replying import Delivered
from triage.workstation.session import Session
from triage.workstation.station import Station
from triage.workstation.sync import SyncResult

END_SECONDS: Final = 5
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class _Call:
    """A method of `Session` with its arguments."""

    method: str
    arguments: tuple[object, ...]
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Failure:
    """The error that a call ended with; only errors of ours cross the pipe."""

    error: TriageError | SealedIntakeError


def _shield() -> None:
    """No core file, no readable memory, and Ctrl-C is the console's to answer."""
    refuse_traces()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _hand_over(pipe: Connection, secret: bytes | bytearray) -> None:
    """Write a secret into the pipe; unlike `send`, this makes no copy that nobody overwrites.

    Raises:
        OSError: the other end is closed, or took only a part.
    """
    written = os.writev(pipe.fileno(), [len(secret).to_bytes(_LENGTH_BYTES), secret])
    if written != _LENGTH_BYTES + len(secret):
        raise BrokenPipeError


def _receive_secret(pipe: Connection) -> bytes:
    length = int.from_bytes(_receive(pipe, _LENGTH_BYTES))
    return _receive(pipe, length)


def _receive(pipe: Connection, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = os.read(pipe.fileno(), length - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def _answer(session: Session, call: _Call) -> object:
    try:
        return getattr(session, call.method)(*call.arguments, **call.options)
    except (TriageError, SealedIntakeError) as error:
        return _Failure(error)


def _serve(session: Session, pipe: Connection) -> None:
    """Answer calls until the other end is closed."""
    try:
        while True:
            pipe.send(_answer(session, cast("_Call", pipe.recv())))
    except (EOFError, OSError):
        session.close()


def _process(home: Path, reading: Connection, syncing: Connection, filing: Connection) -> None:
    """The process that holds the keys: unlock, say so, serve all pipes."""
    _shield()
    queue = FetchQueue()
    try:
        keyring = unlock(Home(home), _receive_secret(reading))
        reader, syncer, filer, fetcher = (Session(keyring, queue) for _ in range(4))
    except (TriageError, SealedIntakeError) as error:
        reading.send(_Failure(error))
        return
    reading.send(None)
    for work, arguments in (
        (_serve, (syncer, syncing)),
        (_serve, (filer, filing)),
        (queue.work_off, (fetcher.fetch_file,)),
    ):
        threading.Thread(target=work, args=arguments, daemon=True).start()
    _serve(reader, reading)


class SessionProcess:
    """The same methods as `Session`, answered by a process of its own; safe for several threads.

    Every method raises what the session raises, and `LockedError` once the process has ended.
    """

    def __init__(self, home: Path, passphrase: bytes | bytearray) -> None:
        context = multiprocessing.get_context("spawn")
        self._reading, reading_end = context.Pipe()
        self._syncing, syncing_end = context.Pipe()
        self._filing, filing_end = context.Pipe()
        self._locks = MappingProxyType(
            {pipe: threading.Lock() for pipe in (self._reading, self._syncing, self._filing)}
        )
        self._process = context.Process(
            target=_process,
            args=(home, reading_end, syncing_end, filing_end),
            name="triage keys",
        )
        self._process.start()
        self._pid = self._process.pid or 0
        for end in (reading_end, syncing_end, filing_end):
            end.close()
        try:
            self._unlock(passphrase)
        except BaseException:
            self.close()
            raise

    def _unlock(self, passphrase: bytes | bytearray) -> None:
        try:
            _hand_over(self._reading, passphrase)
            answer = self._reading.recv()
        except (EOFError, OSError):
            raise LockedError("the workstation was locked") from None
        if isinstance(answer, _Failure):
            raise answer.error

    @property
    def pid(self) -> int:
        """The process that holds the keys."""
        return self._pid

    def _exchange(self, pipe: Connection, message: object) -> object:
        try:
            with self._locks[pipe]:
                pipe.send(message)
                answer = pipe.recv()
        except (EOFError, OSError):
            raise LockedError("the workstation was locked") from None
        if isinstance(answer, _Failure):
            raise answer.error
        return answer

    def _ask(self, method: str, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - what the session gave; each caller below names it
        return self._exchange(self._reading, _Call(method, arguments, options))

    def sync(self) -> SyncResult:
        """Fetch and open what is new; reading goes on meanwhile."""
        return cast("SyncResult", self._exchange(self._syncing, _Call("sync", (), {})))

    def list_reports(
        self, which: Filter = EVERYTHING, *, before: int | None = None, limit: int = 50
    ) -> tuple[ReportSummary, ...]:
        """A page of the queue, newest first."""
        found: tuple[ReportSummary, ...] = self._ask(
            "list_reports", which, before=before, limit=limit
        )
        return found

    def look(self, which: Filter, *, before: int | None, limit: int) -> QueueLook:
        """A page of the queue and its numbers, of one moment."""
        found: QueueLook = self._ask("look", which, before=before, limit=limit)
        return found

    def destroy(self, typed_ref: str) -> None:
        """Destroy a report that its reporter took back; reading goes on meanwhile."""
        self._exchange(self._syncing, _Call("destroy", (typed_ref,), {}))

    def destroyed(self) -> tuple[DestroyedReport, ...]:
        """What stays of destroyed reports."""
        found: tuple[DestroyedReport, ...] = self._ask("destroyed")
        return found

    def counts(self) -> QueueCounts:
        """How many of what."""
        counts: QueueCounts = self._ask("counts")
        return counts

    def neighbours(self, sequence: int) -> Neighbours:
        """What stands above and below a report in the whole list."""
        found: Neighbours = self._ask("neighbours", sequence)
        return found

    def report(self, typed_ref: str) -> OpenedReport:
        """Everything that a case holds, but the keys of its files."""
        found: OpenedReport = self._ask("shown_report", typed_ref)
        return found

    def mark_read(self, typed_ref: str, *, read: bool = True) -> None:
        """Remember that a report was read, or was not."""
        self._ask("mark_read", typed_ref, read=read)

    def reply(self, typed_ref: str, answer: Answer) -> Delivered:
        """Answer a reporter."""
        delivered: Delivered = self._ask("reply", typed_ref, answer)
        return delivered

    def add_note(self, typed_ref: str, text: str) -> None:
        """Note something about a case in the register."""
        self._ask("add_note", typed_ref, text)

    def quoted(self, typed_ref: str, text: str) -> tuple[str, ...]:
        """What a text for the reporter repeats of the report."""
        found: tuple[str, ...] = self._ask("quoted", typed_ref, text)
        return found

    def want_file(self, typed_ref: str, number: int) -> None:
        """Have a file fetched while other work goes on."""
        self._ask("want_file", typed_ref, number)

    def cancel_file(self, typed_ref: str, number: int) -> None:
        """Call off what `want_file` asked for."""
        self._ask("cancel_file", typed_ref, number)

    def transfers(self, typed_ref: str) -> tuple[Transfer, ...]:
        """How far the files of a case are that are on their way."""
        found: tuple[Transfer, ...] = self._ask("transfers", typed_ref)
        return found

    def forget_file(self, typed_ref: str, number: int) -> bool:
        """Delete a file from this workstation."""
        forgotten: bool = self._ask("forget_file", typed_ref, number)
        return forgotten

    def _ask_of_file(self, method: str, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - as `_ask`
        return self._exchange(self._filing, _Call(method, arguments, options))

    def file_piece(self, typed_ref: str, number: int, start: int, end: int) -> bytes:
        """Some verified bytes of a file, at most a mebibyte."""
        piece: bytes = self._ask_of_file("file_piece", typed_ref, number, start, end)
        return piece

    def file_picture(self, typed_ref: str, number: int, *, page: int, columns: int) -> Picture:
        """One page of a file, painted behind walls."""
        picture: Picture = self._ask_of_file(
            "file_picture", typed_ref, number, page=page, columns=columns
        )
        return picture

    def file_text(self, typed_ref: str, number: int, *, page: int) -> TextPage:
        """One page of a text."""
        text: TextPage = self._ask_of_file("file_text", typed_ref, number, page=page)
        return text

    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, newest first."""
        found: tuple[Quarantined, ...] = self._ask("quarantined")
        return found

    def notices(self) -> tuple[Notice, ...]:
        """Everything that is wrong and was found here."""
        found: tuple[Notice, ...] = self._ask("notices")
        return found

    def station(self) -> Station:
        """What this workstation is."""
        found: Station = self._ask("station")
        return found

    def close(self) -> None:
        """End the process and with it the opened keys; nothing happens the second time."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        # The process has ended, so whoever still waits for an answer finds the end of the pipe and
        # lets go of its lock; a pipe closed under a reader would fail in ways of its own.
        for pipe, lock in self._locks.items():
            if lock.acquire(timeout=END_SECONDS):
                pipe.close()
                lock.release()


@dataclass(frozen=True, slots=True)
class GuardedWorkstation:
    """One officer's folder, locked; unlocking it starts a process that holds the keys."""

    home: Path

    @classmethod
    def open(cls, home: Path) -> "GuardedWorkstation":
        """The workstation in this folder.

        Raises:
            NoSuchThingError: nobody enrolled here.
        """
        Home(home).enrolment()
        return cls(home)

    def unlock(self, passphrase: bytes | bytearray) -> SessionProcess:
        """Open the officer's keys in a process of their own.

        Raises:
            LockedError: the passphrase does not fit.
        """
        return SessionProcess(self.home, passphrase)
