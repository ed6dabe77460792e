"""What a command hands to the shell: one JSON value, or lines for a person."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.terminal import escape_text

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
# JSON lets DEL stand as it is; a terminal does not.
_DELETE = "\x7f"
_DELETE_ESCAPED = "\\u007f"


@dataclass(frozen=True, slots=True)
class Output:
    """A command's result.

    Attributes:
        value: printed with `--json`.
        lines: printed otherwise, escaped.
        exit_code: 0, or what went wrong although there is something to print.
    """

    value: Json
    lines: tuple[str, ...] = ()
    exit_code: int = 0


def encode_output(value: Json) -> str:
    """One line of ASCII JSON, in which nothing can move a cursor."""
    return json.dumps(value, ensure_ascii=True).replace(_DELETE, _DELETE_ESCAPED)


def show(output: Output, *, as_json: bool) -> None:
    """Print a result on standard output."""
    if as_json:
        sys.stdout.write(encode_output(output.value) + "\n")
        return
    for line in output.lines:
        sys.stdout.write(escape_text(line) + "\n")
