"""Views of the public face.

None of them reads anything but the body: no address, no agent. Static files look at the encodings
that the client takes, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, request
from sqlalchemy import select

from crypto.errors import SealedIntakeError
from crypto.wire.codec import encode_base64url
from crypto.wire.slots import PREIMAGE_BYTES, SLOT_VALUE_BYTES, SLOT_WINDOW, slot_id
from crypto.wire.strict_json import encode_json
from crypto.wire.submission import SUBMISSION_BYTES, Submission, parse_submission
from intake.server.bodies import BINARY, read_body
from intake.server.deadlines import SECONDS_FOR_A_BODY, Deadlines
from intake.server.errors import StoreUnavailableError
from intake.server.face import Resources, state_of
from intake.server.key_sets import KeySets
from intake.server.offline_page import NOTE_NAME, PAGE_NAME, OfflinePages
from intake.server.page import StaticFile
from intake.server.problems import ProblemError, malformed, not_found
from intake.server.registration import Registrar, arrive
from intake.server.store.database import Database
from intake.server.store.slots import Nearest, read_window
from intake.server.uploads import PartStore, Turns

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
# What is shown in the place of an offline page that was never installed, or whose time is over.
NO_OFFLINE_PAGE: Final = "no_offline_page.html"
# Reports are taken without these: files wait, and the page may come from elsewhere.
_NOT_NEEDED: Final = frozenset({"page", "parts"})
_EMPTY_SLOT: Final = b"\x00" + bytes(SLOT_VALUE_BYTES)


@dataclass(frozen=True, slots=True)
class PublicState:
    """What the public views work with.

    Attributes:
        parts: Where parts of files are kept.
        upload_turns: Of those who send files.
        delivery_turns: Of those among them who send a sealed report by a form, which takes longer.
        deadlines: Of bodies that may take long.
        files: The page's, by URL path without the leading slash.
        offline_pages: The installed offline page.
        room_floor_bytes: With less room on the disk the service says that it takes nothing.
    """

    resources: Resources
    registrar: Registrar
    parts: PartStore
    upload_turns: Turns
    delivery_turns: Turns
    deadlines: Deadlines
    files: Mapping[str, StaticFile]
    offline_pages: OfflinePages
    openapi: bytes
    room_floor_bytes: int

    @property
    def key_sets(self) -> KeySets:
        """The chain of key sets."""
        return self.resources.key_sets

    def refuse_outdated(self, submission: Submission) -> None:
        """Refuse what is sealed to a key set that is too old or not ours.

        Raises:
            ProblemError: 409.
        """
        settings, version = self.resources.settings, submission.key_set_version
        recent = version >= settings.page.minimum_version
        if not (recent and self.key_sets.accepts(version, timedelta(days=settings.late_days))):
            title = "Sealed to a key set that is no longer taken; fetch the newest and seal again."
            raise ProblemError(HTTPStatus.CONFLICT, "key-set-outdated", title)


def serve_file() -> Response:
    """A file of the static page; each has a route of its own."""
    file = state_of(PublicState).files[request.path.removeprefix("/")]
    return _published(file.body, file.packed, file.media_type)


def _published(body: bytes, packed: Mapping[str, bytes], media_type: str) -> Response:
    """Bytes that are public and fixed, in the first encoding of `packed` that the client takes."""
    answer = Response(body, content_type=media_type)
    answer.vary.add("Accept-Encoding")
    taken = (name for name in packed if request.accept_encodings.quality(name) > 0)
    encoding = next(taken, None)
    if encoding is not None:
        answer.data = packed[encoding]
        answer.content_encoding = encoding
    return answer


def serve_offline_page() -> Response:
    """The offline page, to be saved and not shown: it must not run with this site's origin."""
    state = state_of(PublicState)
    installed = state.offline_pages.current()
    if installed is None:
        missing = state.files.get(NO_OFFLINE_PAGE)
        if missing is None:
            raise not_found()
        answer = _published(missing.body, missing.packed, missing.media_type)
        answer.status_code = HTTPStatus.NOT_FOUND
        return answer
    answer = _published(installed.raw, {"gzip": installed.gzipped}, HTML)
    return _to_be_saved(answer, PAGE_NAME)


def serve_offline_page_note() -> Response:
    """What the authority signed about the offline page (SPEC 13.8)."""
    installed = state_of(PublicState).offline_pages.current()
    if installed is None:
        raise not_found()
    return _to_be_saved(Response(installed.raw_note, mimetype=JSON), NOTE_NAME)


def _to_be_saved(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def serve_key_set() -> Response:
    """The newest key set, SPEC 13.6."""
    newest = state_of(PublicState).key_sets.newest()
    return _published(newest.raw, {"gzip": newest.gzipped}, JSON)


def serve_key_set_version(version: int) -> Response:
    """One version of the key set, for those who walk the chain (SPEC 13.7)."""
    installed = state_of(PublicState).key_sets.find(version)
    if installed is None:
        raise not_found()
    return _published(installed.raw, {"gzip": installed.gzipped}, JSON)


def accept_submission() -> Response:
    """Register a submission and hand back its sealed acknowledgement (SPEC 10.6, 12)."""
    state = state_of(PublicState)
    with state.deadlines.within(request.environ, SECONDS_FOR_A_BODY):
        body = read_body(SUBMISSION_BYTES)
    try:
        submission = parse_submission(body)
    except SealedIntakeError as error:
        raise malformed(error) from None
    state.refuse_outdated(submission)
    sealed = state.registrar.register(arrive(submission))
    # base64url needs no escaping: this is JSON as encode_json would spell it.
    document = f'{{"acknowledgement":"{encode_base64url(sealed)}"}}'
    return Response(document, status=HTTPStatus.CREATED, mimetype=JSON)


def read_slots() -> Response:
    """A fixed window of slots by preimage; the answer has one size (SPEC 11.4)."""
    state = state_of(PublicState)
    with state.deadlines.within(request.environ, SECONDS_FOR_A_BODY):
        body = read_body(SLOT_WINDOW * PREIMAGE_BYTES)
    ids = [
        slot_id(body[start : start + PREIMAGE_BYTES])
        for start in range(0, len(body), PREIMAGE_BYTES)
    ]
    with state.resources.main.read() as connection:
        found = read_window(connection, ids)
    return Response(b"".join(map(_slot_answer, found)), mimetype=BINARY)


def _slot_answer(nearest: Nearest) -> bytes:
    """A filled or an empty slot, by the same steps."""
    filled = b"\x01" + nearest.value.ljust(SLOT_VALUE_BYTES, b"\x00")
    return filled if nearest.is_asked else _EMPTY_SLOT


def serve_openapi() -> Response:
    """The OpenAPI document of all faces."""
    return Response(state_of(PublicState).openapi, mimetype=JSON)


def report_health() -> Response:
    """Whether submissions can be taken now; 503 when not."""
    state = state_of(PublicState)
    main, vault, parts = state.resources.main, state.resources.vault, state.parts
    floor = state.room_floor_bytes
    checks = {
        "database": _answers(main),
        "vault": vault is not None and _answers(vault),
        "disk": _has_room(main, floor) and (vault is None or _has_room(vault, floor)),
        "key_set": state.key_sets.is_current(),
        "parts": _answers(parts.database) and _has_room(parts.database, parts.reserve_bytes),
        "page": "" in state.files,
    }
    can_take = all(good for name, good in checks.items() if name not in _NOT_NEEDED)
    document = {
        "status": "ok" if can_take else "unavailable",
        "checks": {name: "ok" if good else "failing" for name, good in checks.items()},
    }
    status = HTTPStatus.OK if can_take else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(encode_json(document), status=status, mimetype=JSON)


def _answers(database: Database) -> bool:
    try:
        with database.read() as connection:
            connection.execute(select(1))
            return True
    except StoreUnavailableError:
        return False


def _has_room(database: Database, floor_bytes: int) -> bool:
    try:
        return database.has_room(floor_bytes)
    except StoreUnavailableError:
        return False
