"""Files of reporters in the console: fetching, looking at them behind walls, saving a copy.

The console itself never has a file's key, nor a path that anybody else named: the process that
holds the keys hands out verified bytes, pixels or text. Nothing is written where a request says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Range

from crypto.errors import SealedIntakeError
from triage.attachments.clean_copy import find_mat2
from triage.attachments.detection import TYPES, UNKNOWN, FileType, Viewer
from triage.attachments.fetch_queue import Transfer
from triage.cases.report import FileEntry, FileState, OpenedReport
from triage.console.context import Message, console, speaker
from triage.console.frames import (
    allow_frames,
    bytes_answer,
    media_frame,
    picture_frame,
    text_frame,
)
from triage.console.gate import HEADERS
from triage.console.presentation import file_size
from triage.errors import FileDamagedError, NoSuchThingError, PreviewError, TriageError

files = Blueprint("files", __name__)

# Columns of a painted page, by zoom; the first is shrunk to the window.
ZOOMS: Final = (1400, 2000, 2800, 4000)
PIECE_BYTES: Final = 512 * 1024
_MAX_PAGE: Final = 10_000_000
PieceReader = Callable[[str, int, int, int], bytes]
_PLAYED: Final = frozenset({Viewer.AUDIO, Viewer.VIDEO})
_MOVING: Final = frozenset({FileState.WAITING, FileState.FETCHING})


@dataclass(frozen=True, slots=True)
class View:
    """What of a file is looked at.

    Attributes:
        page: from 0.
        zoom: an index of `ZOOMS`.
    """

    page: int
    zoom: int

    @property
    def columns(self) -> int:
        """How wide it is painted."""
        return ZOOMS[self.zoom]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the viewer page says round its frame.

    Attributes:
        reason: why there is nothing to see; empty where there is.
    """

    pages: int = 1
    reason: str = ""
    is_animated: bool = False
    encoding: str = ""


def type_of(entry: FileEntry) -> FileType:
    """What a file's content was recognised as; unknown before it is here."""
    return TYPES.get(entry.type_code or "", UNKNOWN)


def _asked() -> View:
    """The page and zoom that an address names; anything odd is the first."""
    page = request.args.get("page", 1, type=int)
    zoom = request.args.get("zoom", 1, type=int)
    return View(min(max(page, 1), _MAX_PAGE) - 1, min(max(zoom, 1), len(ZOOMS)) - 1)


def _found(ref: str, number: int) -> tuple[OpenedReport, FileEntry]:
    """A case and one of its files.

    Raises:
        NoSuchThingError: no such case or file.
    """
    opened = console().workplace.session.report(ref)
    for entry in opened.files:
        if entry.number == number:
            return opened, entry
    raise NoSuchThingError("the case has no file with this number")


def _found_here(ref: str, number: int) -> tuple[OpenedReport, FileEntry]:
    """The same, and it lies here.

    Raises:
        NoSuchThingError: it doesn't.
    """
    opened, entry = _found(ref, number)
    if entry.state is not FileState.HERE:
        raise NoSuchThingError("the file is not here")
    return opened, entry


def _back(ref: str) -> ResponseReturnValue:
    return redirect(url_for("pages.report", ref=ref, _anchor="files"), 303)


@files.post("/reports/<ref>/files/fetch")
def fetch_every(ref: str) -> ResponseReturnValue:
    """Fetch all files of a case that are not here."""
    session = console().workplace.session
    opened = session.report(ref)
    for entry in opened.files:
        if entry.state is not FileState.HERE and entry.state not in _MOVING:
            _want(opened.ref, entry.number)
    return _back(opened.ref)


@files.post("/reports/<ref>/files/<int:number>/fetch")
def fetch(ref: str, number: int) -> ResponseReturnValue:
    """Fetch one file, when those before it are here."""
    opened, entry = _found(ref, number)
    _want(opened.ref, entry.number)
    return _back(opened.ref)


def _want(ref: str, number: int) -> None:
    try:
        console().workplace.session.want_file(ref, number)
    except (FileDamagedError, SealedIntakeError):
        console().message = Message(speaker().phrase("file.state.damaged.text"), good=False)


@files.post("/reports/<ref>/files/<int:number>/cancel")
def cancel(ref: str, number: int) -> ResponseReturnValue:
    """Call a fetch off; what came is kept for the next try."""
    opened, entry = _found(ref, number)
    console().workplace.session.cancel_file(opened.ref, entry.number)
    return _back(opened.ref)


@files.post("/reports/<ref>/files/<int:number>/forget")
def forget(ref: str, number: int) -> ResponseReturnValue:
    """Delete a file from this workstation."""
    opened, entry = _found(ref, number)
    console().workplace.session.forget_file(opened.ref, entry.number)
    console().message = Message(speaker().phrase("file.forgotten"))
    return _back(opened.ref)


@files.get("/reports/<ref>/files/status")
def status(ref: str) -> ResponseReturnValue:
    """What an open page asks by itself while files are on their way."""
    session = console().workplace.session
    opened = session.report(ref)
    moving = {each.number: each for each in session.transfers(opened.ref)}
    return jsonify(
        [
            {
                "number": entry.number,
                "state": entry.state.value,
                "held": moving[entry.number].held_bytes if entry.number in moving else 0,
                "said": progress_of(moving.get(entry.number)),
            }
            for entry in opened.files
        ]
    )


def progress_of(transfer: Transfer | None) -> str:
    """How far a file is, in words."""
    if transfer is None or transfer.state is not FileState.FETCHING:
        return speaker().phrase("file.state.waiting")
    return speaker().phrase(
        "file.progress",
        held=file_size(transfer.held_bytes),
        total=file_size(transfer.sealed_bytes),
        speed=file_size(transfer.bytes_per_second),
    )


@files.get("/reports/<ref>/files/<int:number>")
def viewer(ref: str, number: int) -> ResponseReturnValue:
    """One file, in a frame that can reach nothing."""
    opened, entry = _found_here(ref, number)
    view, kind = _asked(), type_of(entry)
    here = [each.number for each in opened.files if each.state is FileState.HERE]
    at = here.index(entry.number)
    allow_frames(HEADERS["Content-Security-Policy"])
    return render_template(
        "file.html",
        opened=opened,
        entry=entry,
        kind=kind,
        view=view,
        zooms=len(ZOOMS),
        sight=_sight(opened.ref, entry, kind, view),
        before=here[at - 1] if at else None,
        behind=here[at + 1] if at + 1 < len(here) else None,
    )


def _sight(ref: str, entry: FileEntry, kind: FileType, view: View) -> Sight:
    """What can be seen of a file; it is painted here, and the frame gets the same painting."""
    session = console().workplace.session
    try:
        if kind.viewer in {Viewer.PICTURE, Viewer.PAGES}:
            picture = session.file_picture(ref, entry.number, page=view.page, columns=view.columns)
            return Sight(picture.pages, is_animated=picture.is_animated)
        if kind.viewer is Viewer.TEXT:
            text = session.file_text(ref, entry.number, page=view.page)
            return Sight(text.pages, encoding=text.encoding)
    except PreviewError as error:
        return Sight(reason=error.reason)
    except FileDamagedError:
        return Sight(reason="damaged")
    return Sight(reason="" if kind.viewer in _PLAYED else "type")


@files.get("/reports/<ref>/files/<int:number>/frame")
def frame(ref: str, number: int) -> ResponseReturnValue:
    """What the viewer's frame holds."""
    opened, entry = _found_here(ref, number)
    view, kind, session = _asked(), type_of(entry), console().workplace.session
    if kind.viewer in _PLAYED:
        path = url_for("files.media", ref=opened.ref, number=entry.number)
        return media_frame(kind.viewer.value, f"http://{console().authority}{path}")
    try:
        if kind.viewer is Viewer.TEXT:
            return text_frame(session.file_text(opened.ref, entry.number, page=view.page).text)
        picture = session.file_picture(
            opened.ref, entry.number, page=view.page, columns=view.columns
        )
    except PreviewError:
        raise NoSuchThingError("there is nothing to see") from None
    return picture_frame(picture.png, fits=view.zoom == 0)


@files.get("/reports/<ref>/files/<int:number>/media")
def media(ref: str, number: int) -> ResponseReturnValue:
    """Bytes of a recording, for the browser's own player; ranges as RFC 9110 §14."""
    opened, entry = _found_here(ref, number)
    kind = type_of(entry)
    if kind.viewer not in _PLAYED:
        raise NoSuchThingError("no recording")
    start, end = _range(request.range, entry.size_bytes)
    is_part = (start, end) != (0, entry.size_bytes)
    response = Response(
        _stream(opened.ref, entry.number, start, end),
        206 if is_part else 200,
        mimetype=kind.media_type,
    )
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Disposition": f'inline; filename="{_own_name(entry, kind)}"',
    }
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{entry.size_bytes}"
    return bytes_answer(response, headers)


def _range(asked: Range | None, size_bytes: int) -> tuple[int, int]:
    """From where to where; the whole file for what is no single range in it."""
    found = None if asked is None else asked.range_for_length(size_bytes)
    return (0, size_bytes) if found is None else found


def _stream(ref: str, number: int, start: int, end: int) -> Iterator[bytes]:
    """Verified bytes as they are taken; after a lock, or a fault of the disk, the answer is cut."""
    session = console().workplace.session
    return _pieces(session.file_piece, ref, number, (start, end))


def _pieces(read: PieceReader, ref: str, number: int, bounds: tuple[int, int]) -> Iterator[bytes]:
    start, end = bounds
    while start < end:
        try:
            piece = read(ref, number, start, min(end, start + PIECE_BYTES))
        except (TriageError, SealedIntakeError):
            return
        if not piece:
            return
        yield piece
        start += len(piece)


def _own_name(entry: FileEntry, kind: FileType) -> str:
    return f"file-{entry.number:02}.{kind.suffix}"


@files.get("/reports/<ref>/files/<int:number>/save")
def save_form(ref: str, number: int) -> ResponseReturnValue:
    """Ask before a file leaves the protected place."""
    opened, entry = _found_here(ref, number)
    return render_template(
        "file_save.html", opened=opened, entry=entry, kind=type_of(entry), mat2=find_mat2()
    )


@files.post("/reports/<ref>/files/<int:number>/save")
def save(ref: str, number: int) -> ResponseReturnValue:
    """Hand a file to the browser, to be stored where the officer says."""
    opened, entry = _found_here(ref, number)
    response = Response(
        _stream(opened.ref, entry.number, 0, entry.size_bytes), mimetype="application/octet-stream"
    )
    name = f"{opened.ref}-{_own_name(entry, type_of(entry))}"
    return bytes_answer(
        response,
        {
            "Content-Length": str(entry.size_bytes),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


@files.get("/reports/<ref>/export")
def export(ref: str) -> ResponseReturnValue:
    """How to write a case into a folder; the console writes where no request says."""
    opened = console().workplace.session.report(ref)
    return render_template("export.html", opened=opened, mat2=find_mat2())
