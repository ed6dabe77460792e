"""Write the shared vectors: `python -m tests.vectors.generate [--check | --fresh]`.

Everything is deterministic but `sealed_objects.json`, since sealing is random; that file is
written only with `--fresh`, and all others are made from it. `--check` writes nothing and fails
on any difference, and on any file that nothing makes.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from tests.vectors.makers import (
    acknowledgements,
    codes,
    contents,
    desks,
    documents,
    envelopes,
    feeds,
    json_texts,
    key_sets,
    notes,
    offline_pages,
    replies,
    sealed_files,
    signed,
    succession,
    values,
)
from tests.vectors.makers.sealed_objects import SEALED_OBJECTS, sealed_objects
from tests.vectors.makers.vector_file import VectorFile
from tests.vectors.notation import FOLDER

_MAX_TOTAL_BYTES: Final = 2_500_000
_MAKERS: Final = (
    *(values, json_texts, codes, sealed_files, contents, documents, notes, key_sets, succession),
    *(offline_pages, acknowledgements, replies, signed, feeds, envelopes, desks),
)


def all_files() -> list[VectorFile]:
    """Every deterministic file."""
    return [file for maker in _MAKERS for file in maker.files()]


def spelled(document: Mapping[str, Any]) -> str:
    """A file's text: one vector and one base a line, so that a diff shows what changed."""
    lines = []
    for name, value in document.items():
        if name == "vectors":
            rows = ",\n".join(json.dumps(vector, ensure_ascii=True) for vector in value)
            lines.append(f'"vectors": [\n{rows}\n]')
        elif name == "bases":
            rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(v)}" for key, v in value.items())
            lines.append(f'"bases": {{\n{rows}\n}}')
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def made_texts() -> dict[str, str]:
    """The text of every deterministic file, by stem.

    Raises:
        AssertionError: two vectors of one name, or two files of one format.
    """
    texts: dict[str, str] = {}
    for file in all_files():
        names = [vector["name"] for vector in file.vectors]
        if len(set(names)) != len(names) or file.format in texts:
            raise AssertionError(f"{file.format}: a name or format stands twice")
        texts[file.format] = spelled(file.document)
    return texts


def differences() -> list[str]:
    """What is not as it would be made now."""
    made = made_texts()
    found = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    stray = sorted(set(found) - set(made) - {SEALED_OBJECTS})
    total = sum(len(text) for text in found.values())
    return [
        *(f"{stem}: differs" for stem, text in made.items() if found.get(stem) != text),
        *(f"{stem}: nothing makes it" for stem in stray),
        *([f"{total} bytes in all"] if total > _MAX_TOTAL_BYTES else []),
    ]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.vectors.generate")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare, write nothing")
    mode.add_argument("--fresh", action="store_true", help="seal anew first")
    arguments = parser.parse_args()
    if arguments.check:
        faults = differences()
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        return 1 if faults else 0
    if arguments.fresh:
        text = spelled(sealed_objects())
        (FOLDER / f"{SEALED_OBJECTS}.json").write_text(text, "utf-8")
    for stem, text in made_texts().items():
        (FOLDER / f"{stem}.json").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
