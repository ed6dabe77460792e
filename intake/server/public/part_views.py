"""Views of the public face that take sealed files, part by part (SPEC 17.4)."""

from http import HTTPStatus
from typing import Final

from flask import Response, request

from crypto.errors import MalformedFileError
from crypto.wire.envelope import TAG_BYTES, header_bytes
from crypto.wire.files import (
    FILE_CHUNK_BYTES,
    PART_CHUNKS,
    UPLOAD_BYTES,
    Upload,
    bucket_bytes,
    parse_upload,
)
from intake.server.bodies import BINARY, announced_length, read_body, refuse_other_types, too_large
from intake.server.face import state_of
from intake.server.problems import malformed
from intake.server.public.views import PublicState
from intake.server.uploads import SECONDS_FOR_A_PART, drain, read_block

PARTS_PATH: Final = "/api/v1/parts"
_INDEX_BYTES: Final = 4
_HEAD_BYTES: Final = UPLOAD_BYTES + _INDEX_BYTES
LARGEST_PART_BYTES: Final = header_bytes(0) + PART_CHUNKS * (FILE_CHUNK_BYTES + TAG_BYTES)


def accept_part() -> Response:
    """Keep a part; answered when a power cut can no longer lose it."""
    state = state_of(PublicState)
    length = announced_length(_HEAD_BYTES + LARGEST_PART_BYTES)
    refuse_other_types()
    with state.upload_turns.take(), state.deadlines.within(request.environ, SECONDS_FOR_A_PART):
        upload, index, want_bytes = _parse_head(state, bytes(read_block(min(length, _HEAD_BYTES))))
        if length > _HEAD_BYTES + want_bytes:
            raise too_large()
        state.parts.refuse_when_full(want_bytes)
        part = read_block(length - _HEAD_BYTES)
        if len(part) != want_bytes:
            reason = f"SPEC 17.4: want {want_bytes} bytes, got {len(part)}"
            raise malformed(MalformedFileError(reason))
        state.parts.keep(upload, index, part)
    return Response(status=HTTPStatus.NO_CONTENT)


def _parse_head(state: PublicState, head: bytes) -> tuple[Upload, int, int]:
    """The upload, the index and the length that the part must have."""
    if len(head) != _HEAD_BYTES:
        reason = f"SPEC 17.4: want at least {_HEAD_BYTES} bytes, got {len(head)}"
        raise malformed(MalformedFileError(reason))
    index = int.from_bytes(head[UPLOAD_BYTES:])
    try:
        upload = parse_upload(head[:UPLOAD_BYTES])
        _refuse_large(state, upload)
        return upload, index, upload.part_bytes(index)
    except MalformedFileError as error:
        raise malformed(error) from None


def _refuse_large(state: PublicState, upload: Upload) -> None:
    if upload.bucket_bytes > bucket_bytes(state.resources.settings.files.max_file_bytes):
        raise too_large()


def _read_upload(state: PublicState) -> Upload:
    try:
        upload = parse_upload(read_body(UPLOAD_BYTES))
    except MalformedFileError as error:
        raise malformed(error) from None
    _refuse_large(state, upload)
    return upload


def list_held_parts() -> Response:
    """One byte for each part of a file: 1 when it is here, 0 when not."""
    state = state_of(PublicState)
    return Response(state.parts.held(_read_upload(state)), mimetype=BINARY)


def claim_parts() -> Response:
    """Keep all parts of a file for good."""
    state = state_of(PublicState)
    state.parts.claim(_read_upload(state))
    return Response(status=HTTPStatus.NO_CONTENT)


def drain_refused_part(response: Response) -> Response:
    """Let who still sends a part that was refused finish, and so see the answer."""
    if response.status_code >= HTTPStatus.BAD_REQUEST and request.path.startswith(PARTS_PATH):
        drain(state_of(PublicState).deadlines, _HEAD_BYTES + LARGEST_PART_BYTES)
    return response
