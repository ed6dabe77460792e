"""What a terminal may show, and where passphrases come from. Source: DESIGN §5."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import LockedError, NoSuchThingError, WrongUseError
from triage.output import encode_output
from triage.private_files import write_new_file
from triage.terminal import confirm, escape_line, escape_text, read_passphrase


@given(st.text())
def test_an_escaped_line_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    """Control, format, private, unassigned, separators."""
    categories = {unicodedata.category(character) for character in escape_line(text)}

    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text())
def test_only_the_line_feed_keeps_its_meaning(text: str) -> None:
    """No carriage return overwrites what stands before it."""
    assert escape_text(text).count("\n") == text.count("\n")


@given(st.text())
def test_json_output_is_printable_and_says_the_same(text: str) -> None:
    """Scripts get what the reporter wrote, terminals get ASCII."""
    line = encode_output({"text": text})

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text}


def test_ordinary_text_stays_as_it_is() -> None:
    """Both languages, and an emoji."""
    assert escape_line("茶馆 café 🙂 – “x”") == "茶馆 café 🙂 – “x”"


def test_a_passphrase_comes_from_the_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EXAM: TRIAGE_PASSPHRASE_FILE; one final line feed is not part of it."""
    write_new_file(tmp_path / "p", b" spaces count \n")
    monkeypatch.setenv("TRIAGE_PASSPHRASE_FILE", str(tmp_path / "p"))

    assert read_passphrase("?") == b" spaces count "


@pytest.mark.parametrize(
    ("content", "new", "error"),
    [
        (b"", False, LockedError),
        (b"\n", False, LockedError),
        (b"x" * 5000, False, LockedError),
        (b"short", True, WrongUseError),
        (None, False, NoSuchThingError),
    ],
)
def test_a_passphrase_that_is_none_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    *,
    new: bool,
    error: type[Exception],
) -> None:
    """Empty, too long, too short for a new one, or no file."""
    if content is not None:
        write_new_file(tmp_path / "p", content)
    monkeypatch.setenv("TRIAGE_PASSPHRASE_FILE", str(tmp_path / "p"))

    with pytest.raises(error):
        read_passphrase("?", new=new)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_passphrase_file_of_others_too_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Exit code 2, and the command that mends it."""
    write_new_file(tmp_path / "p", b"long enough")
    (tmp_path / "p").chmod(mode)
    monkeypatch.setenv("TRIAGE_PASSPHRASE_FILE", str(tmp_path / "p"))

    with pytest.raises(WrongUseError, match="chmod 600"):
        read_passphrase("?")


def test_without_anybody_to_ask_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    """Every ceremony says what it will do."""
    confirm("Does something.", agreed=True)
    with pytest.raises(WrongUseError):
        confirm("Does something.", agreed=False)

    assert capsys.readouterr().err == "Does something.\nDoes something.\n"
