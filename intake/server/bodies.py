"""Reading request bodies: announced, of one type, of one size, and never more than that.

gunicorn cuts a chunked body at a cap without a word (ATTACKS §1.1); so a body that does not say how
long it is gets refused before it is read.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import request

from intake.server.problems import ProblemError

BINARY: Final = "application/octet-stream"
# What is read of a refused body, so that a client that is still sending gets to read the answer.
DRAINED_BYTES: Final = 262_144


def read_body(size_bytes: int) -> bytes:
    """Read a body of exactly `size_bytes`.

    Raises:
        ProblemError: 411 without a length, 415 for another type, 413 when longer, 400 when shorter.
    """
    length = announced_length(size_bytes)
    body = request.stream.read(length)
    refuse_other_types()
    if len(body) != size_bytes:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "wrong-length",
            "The body is shorter than it must be.",
            members={"want_bytes": size_bytes},
        )
    return body


def read_records(record_bytes: int, most: int) -> Sequence[bytes]:
    """Read a body of one to `most` records of one length.

    Raises:
        ProblemError: As `read_body`.
    """
    length = announced_length(record_bytes * most)
    # The next length that would be right: what is read must be exactly that.
    body = read_body(max(1, -(-length // record_bytes)) * record_bytes)
    return [body[start : start + record_bytes] for start in range(0, len(body), record_bytes)]


def announced_length(largest_bytes: int) -> int:
    """The length of the body that a request announces.

    Raises:
        ProblemError: 411 where it announces none, 413 when it is longer than `largest_bytes`.
    """
    length = request.content_length
    if length is None or "Transfer-Encoding" in request.headers:
        raise ProblemError(
            HTTPStatus.LENGTH_REQUIRED, "length-required", "Say how long the body is."
        )
    if length > largest_bytes:
        request.stream.read(min(length, DRAINED_BYTES))
        raise too_large()
    return length


def refuse_other_types() -> None:
    """Refuse a body that is not plainly binary.

    Raises:
        ProblemError: 415.
    """
    if request.headers.get("Content-Type") != BINARY or "Content-Encoding" in request.headers:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            f"Send {BINARY}, without parameters or encoding.",
        )


def too_large() -> ProblemError:
    """More than may come."""
    title = "The body is longer than it may be."
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", title)


def pass_over_body() -> None:
    """Read a short body and forget it, so that a client that still sends gets to read the answer.

    The client keeps the bytes and sends them again. Longer ones are drained by who takes them.
    """
    length = request.content_length or 0
    if length <= DRAINED_BYTES:
        request.stream.read(length)


def refuse_body() -> None:
    """Refuse a body where none is asked for.

    Raises:
        ProblemError: There is one.
    """
    if request.content_length or "Transfer-Encoding" in request.headers:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "Nothing was asked for in a body."
        )


def read_number(name: str, default: int, largest: int) -> int:
    """A whole number of the query in its one decimal spelling.

    Raises:
        ProblemError: 400 for anything else.
    """
    text = request.args.get(name, str(default))
    short = text.isascii() and text.isdigit() and len(text) <= len(str(largest))
    if not short or str(int(text)) != text or int(text) > largest:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "query",
            "A parameter of the query is out of range.",
            members={"parameter": name},
        )
    return int(text)
