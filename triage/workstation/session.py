"""An officer's workstation, locked and unlocked.

`Workstation.open(home).unlock(passphrase)` gives a `Session` in this process;
`triage.workstation.session_process` gives one whose keys live in a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from triage.attachments.detection import FileType
from triage.attachments.fetch_queue import FetchQueue, Transfer
from triage.attachments.fetching import PartSource, Progress
from triage.attachments.painting import Picture, paint
from triage.attachments.store import HeldFile, Store
from triage.attachments.text_page import TextPage
from triage.cases.answer import Answer
from triage.cases.quoting import quoted_pieces, texts_of
from triage.cases.report import (
    DestroyedReport,
    Notice,
    NoticeKind,
    OpenedReport,
    Quarantined,
    ReportSummary,
)
from triage.cases.withdrawal import require_due
from triage.courier.https import Courier
from triage.errors import DestroyedError, NoKeyError
from triage.private_files import only_one
from triage.register.attachments import Attachments
from triage.register.database import Database
from triage.register.destruction import Destructions
from triage.register.notes import Notes
from triage.register.reading import (
    EVERYTHING,
    MAX_PAGE,
    Filter,
    Neighbours,
    QueueCounts,
    QueueLook,
    Reading,
)
from triage.register.replies import Replies
from triage.register.store import Register
from triage.workstation.destroying import Destroyer
from triage.workstation.epochs import overdue_epochs
from triage.workstation.files import Files, without_keys
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, unlock
from triage.workstation.replying import Delivered, Replier
from triage.workstation.station import Station, station
from triage.workstation.sync import Sync, SyncResult, follow_key_set
from triage.workstation.trust import courier_of, load_trust


class Session:
    """An unlocked workstation; one thread at a time uses it.

    Args:
        keyring: the officer's keys.
        queue: files on their way, shared by the sessions of one process.

    Raises:
        NoSuchThingError: no root is pinned here yet.
        LockedError: the register was made with another key.
    """

    def __init__(self, keyring: Keyring, queue: FetchQueue | None = None) -> None:
        self.keyring = keyring
        self._queue = FetchQueue() if queue is None else queue
        self._painted: tuple[tuple[str, int, int, int], Picture] | None = None
        self._open_register()

    def _open_register(self) -> None:
        """Open the register of the service that is trusted now."""
        home = self.keyring.home
        self._instance = load_trust(home).instance
        database = Database(home.register_file(self._instance), self.keyring.register_key())
        self._register = Register(database)
        self._reading = Reading(database)

    def sync(self, *, processes: int | None = None) -> SyncResult:
        """Fetch and open what is new; waits while another sync of this officer runs.

        Raises:
            ServerUnavailableError, NotAdmittedError: as they say; what came before is kept.
        """
        home = self.keyring.home
        with only_one(home.sync_lock):
            courier = courier_of(load_trust(home))
            try:
                now = datetime.now(UTC)
                trust, refusal = follow_key_set(self.keyring, courier, now)
                if trust.instance != self._instance:
                    self._register.close()
                    self._open_register()
                destroyer = self._destroyer(courier)
                sync = Sync(self.keyring, self._register, courier, trust, destroyer, now, processes)
                result = sync.run(refusal)
                problems = self._send_waiting(courier)
                self._files().store.clean()
                return replace(result, problems=result.problems + problems)
            finally:
                courier.close()

    def _destroyer(self, courier: Courier) -> Destroyer:
        store = self._files().store
        return Destroyer(
            Destructions(self._register.database),
            store,
            courier,
            self.keyring,
            self._instance,
            self.keyring.home.reply_lock,
            today=store.today,
        )

    def destroy(self, typed_ref: str) -> None:
        """Destroy a report that its reporter took back, on the server and here.

        Looks at the server first, so that what came since goes too. Repeatable.

        Raises:
            DestroyedError: it is destroyed.
            NoSuchThingError: no such report.
            WrongUseError: the reporter did not ask for it, or its day has not come.
            ServerUnavailableError: nothing of the register was destroyed; the same again goes on.
            ServerRefusedError, RefusedInputError: the server does not do it; the register keeps it.
        """
        today = datetime.now(UTC).date()
        require_due(self._reading.report(typed_ref).summary.withdrawal, today)
        self.sync()
        try:
            opened = self._reading.report(typed_ref)
        except DestroyedError:
            return  # The sync found that somebody had begun, and went on with it.
        require_due(opened.summary.withdrawal, today)
        for number in self._queue.of_case(opened.ref):
            self._queue.cancel(opened.ref, number)
        courier = courier_of(load_trust(self.keyring.home))
        try:
            with only_one(self.keyring.home.sync_lock):
                self._destroyer(courier).destroy(self._reading.case_ref(typed_ref))
        finally:
            courier.close()

    def destroyed(self) -> tuple[DestroyedReport, ...]:
        """What stays of destroyed reports, the last destroyed first."""
        return self._reading.destroyed()

    def _replier(self) -> Replier:
        return Replier(
            self.keyring, Replies(self._register.database), load_trust(self.keyring.home)
        )

    def _send_waiting(self, courier: Courier) -> tuple[str, ...]:
        with only_one(self.keyring.home.reply_lock):
            return self._replier().send_all(courier)

    def send_waiting(self) -> tuple[str, ...]:
        """Send the answers and notices that wait; the names of what went wrong.

        Raises:
            ServerUnavailableError: they go on waiting, and the next sync sends them.
        """
        if not Replies(self._register.database).waiting():
            return ()
        courier = courier_of(load_trust(self.keyring.home))
        try:
            return self._send_waiting(courier)
        finally:
            courier.close()

    def reply(self, typed_ref: str, answer: Answer) -> Delivered:
        """Answer a reporter.

        Raises:
            NoSuchThingError, WrongUseError: as `report`.
            NoKeyError: this officer cannot sign for the desk.
            DocumentTooLargeError: more text than a reply holds.
            ServerUnavailableError: written down; the same answer again, or the next sync, sends it
                once.
        """
        case_ref = self._reading.case_ref(typed_ref)
        replier = self._replier()
        courier = courier_of(replier.trust)
        try:
            with only_one(self.keyring.home.reply_lock):
                number = replier.write_down(case_ref, answer, datetime.now(UTC))
                others = replier.send(courier, case_ref)
                return Delivered(replier.replies.one(number), others)
        finally:
            courier.close()

    def add_note(self, typed_ref: str, text: str) -> None:
        """Note something about a case in this register; nobody is told.

        Raises:
            NoSuchThingError, WrongUseError: as `report`.
        """
        case_ref = self._reading.case_ref(typed_ref)
        Notes(self._register.database).add(case_ref, text, datetime.now(UTC))

    def quoted(self, typed_ref: str, text: str) -> tuple[str, ...]:
        """What a text for the reporter repeats of the report; see `quoted_pieces`.

        Raises:
            NoSuchThingError, WrongUseError: as `report`.
        """
        opened = self._reading.report(typed_ref)
        contents = (opened.report, *(message.content for message in opened.messages))
        return quoted_pieces(text, (text for each in contents for text in texts_of(dict(each))))

    def list_reports(
        self, which: Filter = EVERYTHING, *, before: int | None = None, limit: int = 50
    ) -> tuple[ReportSummary, ...]:
        """A page of the queue, newest first; see `Reading.list_reports`."""
        return self._reading.list_reports(which, before=before, limit=limit)

    def every_report(
        self, which: Filter = EVERYTHING, *, limit: int | None = None
    ) -> tuple[ReportSummary, ...]:
        """The whole queue or its newest part, newest first, page by page.

        Args:
            which: what to show.
            limit: at most this many; None for all.
        """
        found: list[ReportSummary] = []
        before: int | None = None
        while limit is None or len(found) < limit:
            page = self.list_reports(which, before=before, limit=MAX_PAGE)
            if not page:
                break
            found += page
            before = page[-1].sequence
        return tuple(found[:limit])

    def scan_again(self) -> None:
        """Let the next sync try every item anew: a key was received."""
        self._register.scan_again(self._instance)

    def look(self, which: Filter, *, before: int | None, limit: int) -> QueueLook:
        """A page of the queue and its numbers, of one moment; see `Reading.look`."""
        return self._reading.look(which, before=before, limit=limit)

    def counts(self) -> QueueCounts:
        """How many of what."""
        return self._reading.counts()

    def neighbours(self, sequence: int) -> Neighbours:
        """What stands above and below a report in the whole list."""
        return self._reading.neighbours(sequence)

    def report(self, typed_ref: str) -> OpenedReport:
        """Everything that a case holds.

        Raises:
            NoSuchThingError: no such report.
            WrongUseError: several, or not a REF.
        """
        return self._files().described(self._reading.report(typed_ref))

    def shown_report(self, typed_ref: str) -> OpenedReport:
        """The same without the keys of its files, which stay in this process."""
        return without_keys(self.report(typed_ref))

    def _files(self) -> Files:
        attachments = Attachments(self._register.database)
        today = datetime.now(UTC).date()
        store = Store(self.keyring.home.attachments_folder, attachments, today)
        return Files(self._reading, store, self._queue)

    def fetch_file(
        self,
        typed_ref: str,
        number: int,
        progress: Progress,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Have a file on this workstation, sealed; see `triage.attachments.fetching.fetch`.

        Raises:
            NoSuchThingError: no such report, or no such file in it.
            FileMissingError, FileDamagedError, NoRoomError, CancelledError: as they say.
            ServerUnavailableError: what came stays for the next try.
        """
        trust = load_trust(self.keyring.home)
        courier = courier_of(trust)
        source = PartSource(courier, self.keyring, trust.instance)
        try:
            self._files().fetch(typed_ref, number, source, progress, is_cancelled)
        finally:
            courier.close()

    def want_file(self, typed_ref: str, number: int) -> None:
        """Have a file fetched while other work goes on."""
        self._files().want(typed_ref, number)

    def cancel_file(self, typed_ref: str, number: int) -> None:
        """Call off what `want_file` asked for."""
        self._queue.cancel(self._reading.report(typed_ref).ref, number)

    def transfers(self, typed_ref: str) -> tuple[Transfer, ...]:
        """How far the files of a case are that are on their way."""
        return tuple(self._queue.of_case(self._reading.report(typed_ref).ref).values())

    def forget_file(self, typed_ref: str, number: int) -> bool:
        """Delete a file from this workstation; whether there was one."""
        return self._files().forget(typed_ref, number)

    def held_file(self, typed_ref: str, number: int) -> tuple[HeldFile, FileType]:
        """A file that is here, and what it is.

        Raises:
            NotFetchedError, FileDamagedError: it is not here, or not what was sealed.
        """
        return self._files().held(typed_ref, number)

    def file_piece(self, typed_ref: str, number: int, start: int, end: int) -> bytes:
        """Some verified bytes of a file, at most a mebibyte."""
        return self._files().piece(typed_ref, number, start, end)

    def file_picture(self, typed_ref: str, number: int, *, page: int, columns: int) -> Picture:
        """One page of a file, painted behind walls; the last one again is not painted again.

        Raises:
            PreviewError: it can't be shown, and why.
            NotFetchedError, FileDamagedError: the file is not here, or not what was sealed.
        """
        files, what = self._files(), (typed_ref, number, page, columns)
        held, kind = files.held(typed_ref, number)
        if self._painted is None or self._painted[0] != what:
            self._painted = None
            self._painted = (what, paint(held, kind, page=page, columns=columns))
        return self._painted[1]

    def file_text(self, typed_ref: str, number: int, *, page: int) -> TextPage:
        """One page of a text.

        Raises:
            PreviewError: it can't be shown, and why.
        """
        return self._files().text(typed_ref, number, page=page)

    def mark_read(self, typed_ref: str, *, read: bool = True) -> None:
        """Remember that a report was read up to its newest message, or was not.

        The first reading writes down a notice for the reporter, which waits to be sent.

        Raises:
            NoSuchThingError: no such report.
        """
        self._reading.mark_read(typed_ref, read=read)
        if read:
            self._note_opened(self._reading.case_ref(typed_ref))

    def _note_opened(self, case_ref: bytes) -> None:
        """Have the reporter told by the next sync, or by `send_waiting`, that it was opened."""
        with only_one(self.keyring.home.reply_lock):
            try:
                self._replier().note_opened(case_ref, datetime.now(UTC))
            except NoKeyError:
                return  # Whoever reads without the desk's key can't speak for the desk.

    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, newest first."""
        return self._reading.quarantined()

    def notices(self) -> tuple[Notice, ...]:
        """Everything that is wrong and was found here."""
        now = datetime.now(UTC)
        found = [*self._register.stored_notices(), *self._reading.derived_notices(now)]
        trust = load_trust(self.keyring.home)
        if trust.is_near_expiry(now):
            version = str(trust.key_set.version)
            found.append(Notice(NoticeKind.KEY_SET_NEAR_EXPIRY, version, now))
        if trust.directory_is_near_expiry(now):
            version = str(trust.key_set.version)
            found.append(Notice(NoticeKind.DIRECTORY_NEAR_EXPIRY, version, now))
        found += overdue_epochs(self._register, trust.key_set, self.keyring.held(), now)
        return tuple(found)

    def station(self) -> Station:
        """What this workstation is."""
        held = [(desk.role, desk.epoch) for desk in self.keyring.desk_seeds()]
        return station(load_trust(self.keyring.home), held)

    def close(self) -> None:
        """Close the register; the keys go with this object."""
        self._register.close()


@dataclass(frozen=True, slots=True)
class Workstation:
    """One officer's folder, locked."""

    home: Path

    @classmethod
    def open(cls, home: Path) -> "Workstation":
        """The workstation in this folder.

        Raises:
            NoSuchThingError: nobody enrolled here.
        """
        Home(home).enrolment()
        return cls(home)

    def unlock(self, passphrase: bytes) -> Session:
        """Open the officer's keys.

        Raises:
            LockedError: the passphrase does not fit.
        """
        return Session(unlock(Home(self.home), passphrase))
