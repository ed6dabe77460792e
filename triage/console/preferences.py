"""What an officer chose for their own console: `console.json` in the officer's folder.

It holds no secret. A file that is missing or malformed counts as "nothing chosen".
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.errors import MalformedJsonError
from crypto.wire.strict_json import encode_json, parse_json_object
from triage.console.languages import LANGUAGES, Language
from triage.errors import TriageError
from triage.private_files import read_file, replace_file

MAX_FILE_BYTES: Final = 4096
_FILE_NAME: Final = "console.json"


@dataclass(frozen=True, slots=True)
class Preferences:
    """An officer's choices.

    Attributes:
        language: None as long as nothing was chosen; the browser's language then decides.
        shortcuts: whether single keys do something (WCAG 2.1.4 asks for a way to turn them off).
    """

    language: Language | None = None
    shortcuts: bool = True


def read_preferences(home: Path) -> Preferences:
    """Read what was chosen earlier."""
    try:
        raw = read_file(home / _FILE_NAME, max_bytes=MAX_FILE_BYTES)
        chosen = parse_json_object(raw, max_bytes=MAX_FILE_BYTES)
    except (TriageError, MalformedJsonError):
        return Preferences()
    named = [language for language in LANGUAGES if language == chosen.get("language")]
    return Preferences(
        language=named[0] if named else None,
        shortcuts=chosen.get("shortcuts") is not False,
    )


def write_preferences(home: Path, preferences: Preferences) -> None:
    """Keep what was chosen."""
    raw = encode_json({"language": preferences.language or "", "shortcuts": preferences.shortcuts})
    replace_file(home / _FILE_NAME, raw)
