"""The files that a command was given, and how they stand in a document. Source: SPEC §9, §17.3."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.errors import MalformedDocumentError
from crypto.wire.contents import DocumentKind
from crypto.wire.key_set import KeySet
from crypto.wire.strict_json import JsonObject, encode_json
from intake.client.errors import WrongUseError
from intake.client.files import FileLabel, SealingFile, SourceFile, file_entry
from intake.client.hidden_data import label_of, warnings_of

MAX_FILES: Final = 20
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Attachments:
    """Files of this machine that go with a document, and what is kept of their names and types."""

    sources: tuple[SourceFile, ...]
    labels: tuple[FileLabel, ...]

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Attachments":
        """Look at the files of `--file`.

        Raises:
            WrongUseError: too many, or not regular files.
            OSError: one cannot be read.
        """
        if len(arguments.files) > arguments.max_files:
            raise WrongUseError(
                f"want at most {arguments.max_files} files; --max-files for a service that takes"
                " more, `mailbox send` for the rest"
            )
        sources = tuple(SourceFile.of(Path(each)) for each in arguments.files)
        keep_name, keep_type = arguments.keep_name, arguments.keep_type
        labels = (label_of(each, keep_name=keep_name, keep_type=keep_type) for each in sources)
        return cls(sources, tuple(labels))

    @property
    def spelled(self) -> bytes:
        """Labels in bytes that differ where they differ."""
        return encode_json({"labels": [[each.name, each.type] for each in self.labels]})

    def into(
        self, contents: Contents, files: Sequence[SealingFile], digests: Sequence[bytes]
    ) -> Contents:
        """The contents with one entry for each file.

        Raises:
            MalformedDocumentError: there is no report to which they belong, or it lists others.
        """
        if not files:
            return contents
        if contents.report is None:
            raise MalformedDocumentError("files belong to a report, and the document has none")
        if "files" in contents.report:
            raise MalformedDocumentError("the document lists files of its own")
        entries: list[JsonObject] = [
            file_entry(*each) for each in zip(files, digests, self.labels, strict=True)
        ]
        return replace(contents, report={**contents.report, "files": entries})

    def check_room(
        self,
        contents: Contents,
        files: Sequence[SealingFile],
        keys: ReporterKeys,
        key_set: KeySet,
        kind: DocumentKind = DocumentKind.FIRST,
    ) -> None:
        """Find out before anything is sent whether the document holds what it is going to hold.

        Raises:
            DocumentTooLargeError: too many entries beside so long a text.
            SealedIntakeError: anything else that could not be sealed afterwards either.
        """
        unknown = (bytes(_DIGEST_BYTES),) * len(files)
        seal_submission(keys, self.into(contents, files, unknown), key_set, kind=kind)

    def warn(self) -> None:
        """Say which files may give more away than they show; nothing is changed in them."""
        lines = warnings_of(self.sources)
        if not lines:
            return
        for line in lines:
            sys.stderr.write(f"intake: {line}\n")
        sys.stderr.write(
            "intake: files are sent as they are; the report page takes such data out of"
            " photographs\n"
        )


def terminal_of(arguments: argparse.Namespace) -> TextIO | None:
    """Where progress is drawn: on a terminal, and not for scripts."""
    return sys.stderr if sys.stderr.isatty() and not arguments.json else None
