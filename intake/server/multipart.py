"""The one file of a posted form, as a stream: no name, no type, no temporary file.

Browsers without scripts can send a file in no other way. What a form says of the file is skipped
unread. werkzeug's decoder is not used: it adds a byte to a file whose closing boundary is cut by
two reads between its last two hyphens (3.1.9), and a sealed report must come out bit for bit.
Source: RFC 7578, RFC 2046 §5.1.1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from werkzeug.http import parse_options_header

from intake.server.errors import MalformedFormError

FORM: Final = "multipart/form-data"
FORM_BLOCK_BYTES: Final = 2**20
MAX_BOUNDARY_BYTES: Final = 70
# Before the file and behind it: a preamble, a few header lines, an epilogue.
MAX_SKIPPED_BYTES: Final = 65_536
_LINE_END: Final = b"\r\n"
_CLOSING: Final = b"--"


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
    """The bytes of the one part of a form, block by block, until the whole form has been read.

    Args:
        read: Gives at most so many bytes, none at the end.
        boundary: Between the parts of the form.

    Raises:
        MalformedFormError: Cut, none or several parts, or too much round the one.
    """
    delimiter = _LINE_END + b"--" + boundary
    form = _Form(read)
    form.skip_behind(delimiter)
    if form.starts_with(_CLOSING):
        raise MalformedFormError("RFC 7578: want a part")
    form.skip_behind(_LINE_END + _LINE_END)
    yield from form.content_before(delimiter)
    if not form.starts_with(_CLOSING):
        raise MalformedFormError("RFC 7578: want one part")
    form.skip_all()


@dataclass(slots=True)
class _Form:
    """A form that is being read; `buffer` holds what was read and not yet used."""

    read: Callable[[int], bytes]
    # The first boundary need not have the line end that belongs to the others.
    buffer: bytearray = field(default_factory=lambda: bytearray(_LINE_END), init=False)

    def skip_behind(self, mark: bytes) -> None:
        """Skip to the first byte behind a mark."""
        while (at := self.buffer.find(mark)) < 0:
            self._refuse_long()
            self._fill()
        del self.buffer[: at + len(mark)]

    def starts_with(self, mark: bytes) -> bool:
        """Whether a mark comes next."""
        while len(self.buffer) < len(mark):
            self._fill()
        return self.buffer.startswith(mark)

    def content_before(self, delimiter: bytes) -> Iterator[bytes]:
        """What stands before the delimiter, which is skipped."""
        while (at := self.buffer.find(delimiter)) < 0:
            # The rest may be its beginning.
            sure = max(0, len(self.buffer) - len(delimiter) + 1)
            yield bytes(self.buffer[:sure])
            del self.buffer[:sure]
            self._fill()
        yield bytes(self.buffer[:at])
        del self.buffer[: at + len(delimiter)]

    def skip_all(self) -> None:
        """Skip what may stand behind the form."""
        while more := self.read(FORM_BLOCK_BYTES):
            self.buffer += more
            self._refuse_long()

    def _fill(self) -> None:
        more = self.read(FORM_BLOCK_BYTES)
        if not more:
            raise MalformedFormError("RFC 7578: the form is cut")
        self.buffer += more

    def _refuse_long(self) -> None:
        if len(self.buffer) > MAX_SKIPPED_BYTES:
            raise MalformedFormError("RFC 7578: too much round the file")
