"""`triage fetch`, `forget` and `export`: files of reporters, from the command line."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crypto.errors import SealedIntakeError
from triage.attachments.clean_copy import find_mat2
from triage.attachments.export import Exported, export
from triage.cases.report import FileEntry, FileState, OpenedReport
from triage.errors import (
    EXIT_NO_SUCH_THING,
    EXIT_REFUSED,
    CleanCopyError,
    FileDamagedError,
    FileMissingError,
    NoSuchThingError,
    WrongUseError,
)
from triage.output import Json, Output
from triage.terminal import tell
from triage.workstation.session import Session

_EVERY_SECONDS: Final = 0.2
_MEBIBYTE: Final = 1 << 20
_WHOLE: Final = 100


@dataclass(slots=True)
class ProgressLine:
    """One line on a terminal that is written over; nothing where there is no terminal."""

    what: str
    total_bytes: int
    clock: Callable[[], float] = time.monotonic
    _started_at: float = 0
    _told_at: float = 0
    _first_bytes: int = field(default=-1)

    def __call__(self, held_bytes: int) -> None:
        """Show how far it is, a few times a second."""
        now = self.clock()
        if self._first_bytes < 0:
            self._first_bytes, self._started_at = held_bytes, now
        is_over = held_bytes >= self.total_bytes
        if not sys.stderr.isatty() or (now - self._told_at < _EVERY_SECONDS and not is_over):
            return
        self._told_at = now
        seconds = max(now - self._started_at, _EVERY_SECONDS / _WHOLE)
        speed = (held_bytes - self._first_bytes) / seconds / _MEBIBYTE
        share = _WHOLE * held_bytes // max(self.total_bytes, 1)
        sys.stderr.write(
            f"\r{self.what}: {held_bytes / _MEBIBYTE:.1f} of {self.total_bytes / _MEBIBYTE:.1f} MiB"
            f" ({share} %), {speed:.1f} MiB/s   {chr(10) if is_over else ''}"
        )
        sys.stderr.flush()


def _chosen(opened: OpenedReport, number: int | None) -> tuple[FileEntry, ...]:
    if number is None:
        return opened.files
    found = tuple(entry for entry in opened.files if entry.number == number)
    if not found:
        raise NoSuchThingError("the case has no file with this number")
    return found


def _fetch_each(
    session: Session, opened: OpenedReport, chosen: tuple[FileEntry, ...]
) -> dict[int, str]:
    """Fetch files one after the other; the names of what is wrong with some, by number."""
    faults: dict[int, str] = {}
    for entry in chosen:
        line = ProgressLine(f"file {entry.number}", entry.size_bytes)
        try:
            session.fetch_file(opened.ref, entry.number, line)
        except (FileMissingError, FileDamagedError, SealedIntakeError) as error:
            faults[entry.number] = type(error).__name__
            tell(f"triage: file {entry.number}: {error}")
    return faults


def _exit_code(faults: Mapping[int, str]) -> int:
    if not faults:
        return 0
    only_missing = set(faults.values()) == {FileMissingError.__name__}
    return EXIT_NO_SUCH_THING if only_missing else EXIT_REFUSED


def fetch(session: Session, arguments: argparse.Namespace) -> Output:
    """Have files of a case on this workstation, sealed.

    Raises:
        TriageError: as `Session.fetch_file`; what is wrong with one file leaves the others alone.
    """
    opened = session.report(arguments.ref)
    chosen = _chosen(opened, arguments.number)
    faults = _fetch_each(session, opened, chosen)
    now = {entry.number: entry for entry in session.report(opened.ref).files}
    states = [now[entry.number] for entry in chosen]
    return Output(
        {
            "ref": opened.ref,
            "files": [
                {
                    "number": each.number,
                    "state": each.state.value,
                    "type": each.type_code,
                    "fault": faults.get(each.number),
                }
                for each in states
            ],
        },
        tuple(f"file {each.number}: {each.state.value}" for each in states)
        or ("The report names no file.",),
        _exit_code(faults),
    )


def forget(session: Session, arguments: argparse.Namespace) -> Output:
    """Delete files of a case from this workstation; the server keeps them sealed."""
    opened = session.report(arguments.ref)
    chosen = _chosen(opened, arguments.number)
    gone = [each.number for each in chosen if session.forget_file(opened.ref, each.number)]
    return Output(
        {"ref": opened.ref, "forgotten": gone},
        tuple(f"file {number}: deleted from this workstation" for number in gone)
        or ("No such file lies here.",),
    )


def _exported_json(each: Exported) -> Mapping[str, Json]:
    return {
        "number": each.entry.number,
        "n": each.entry.n,
        "file": each.file,
        "type": None if each.kind is None else each.kind.code,
        "size_bytes": each.size_bytes if each.file else each.entry.size_bytes,
        "sha256": each.sha256 or None,
        "digest": each.entry.digest,
        "fault": each.fault or None,
    }


def _require_mat2() -> None:
    if find_mat2() is None:
        tell("triage: mat2 is not installed: apt install mat2")
        raise CleanCopyError("no-mat2")


def write_out(session: Session, arguments: argparse.Namespace) -> Output:
    """Write a case with its files into a new folder; files that are not here are fetched first.

    Raises:
        WrongUseError: the folder is there already and not empty.
        CleanCopyError: clean copies were asked for, and mat2 is not installed.
        ServerUnavailableError: a file is not here and can't be fetched; nothing was written.
    """
    out: Path = arguments.out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WrongUseError("the folder exists and is not empty: name a new one")
    if arguments.clean:
        _require_mat2()
    opened = session.report(arguments.ref)
    away = tuple(each for each in opened.files if each.state is not FileState.HERE)
    fetch_faults = _fetch_each(session, opened, away)
    opened = session.report(opened.ref)
    done = export(
        opened,
        out,
        lambda number: session.held_file(opened.ref, number),
        clean=arguments.clean,
        tell=lambda what: tell(f"triage: {what}") if sys.stderr.isatty() else None,
    )
    faults = {
        each.entry.number: fetch_faults.get(each.entry.number, each.fault)
        for each in done.files
        if each.fault
    }
    lines = [
        f"{each.file}  {each.sha256}" if each.file else f"! file {each.entry.number}: {each.fault}"
        for each in done.files
    ]
    return Output(
        {
            "ref": opened.ref,
            "folder": str(done.folder),
            "clean": arguments.clean,
            "files": [_exported_json(each) for each in done.files],
        },
        (f"Written to {done.folder}. What lies there is no longer sealed.", *lines),
        _exit_code(faults),
    )
