"""The one file of a posted form, as a stream: no name, no type, no temporary file.

Browsers without scripts can send a file in no other way.
"""

from collections.abc import Callable, Iterator
from typing import Final

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, MultipartDecoder, NeedData

from intake.server.errors import MalformedFormError

FORM: Final = "multipart/form-data"
FORM_BLOCK_BYTES: Final = 2**20
MAX_BOUNDARY_BYTES: Final = 70  # RFC 2046 §5.1.1
# One block, and what may stand before and behind the file: boundaries, a few header lines.
_MOST_BUFFERED_BYTES: Final = FORM_BLOCK_BYTES + 65_536


def form_boundary(content_type: str) -> bytes:
    """The boundary that the type of a form names.

    Raises:
        MalformedFormError: It is no form, or names none.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != FORM or not boundary.isascii() or not 1 <= len(boundary) <= MAX_BOUNDARY_BYTES:
        raise MalformedFormError("RFC 7578 §4.1: want a form and its boundary")
    return boundary.encode("ascii")


def form_file(read: Callable[[int], bytes], boundary: bytes) -> Iterator[bytes]:
    """The bytes of the one file in a form, block by block, until the whole form has been read.

    Args:
        read: Gives at most so many bytes, none at the end.
        boundary: Between the parts of the form.

    Raises:
        MalformedFormError: Cut, another part than one file, or too much round it.
    """
    decoder = MultipartDecoder(boundary, _MOST_BUFFERED_BYTES, max_parts=1)
    event: Event | None = None
    while not isinstance(event, Epilogue):
        event = _next_event(decoder, read)
        if isinstance(event, Field):
            raise MalformedFormError("RFC 7578 §4.2: want a file")
        if isinstance(event, Data):
            yield event.data


def _next_event(decoder: MultipartDecoder, read: Callable[[int], bytes]) -> Event:
    try:
        while isinstance(event := decoder.next_event(), NeedData):
            decoder.receive_data(read(FORM_BLOCK_BYTES) or None)
    except (ValueError, RequestEntityTooLarge):
        # Its text may quote the form.
        raise MalformedFormError("RFC 7578: malformed, cut or of several parts") from None
    return event
