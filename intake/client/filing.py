"""Filing a report with files: parts, then the report, then the word that keeps them.

Source: intake/API.md §2.4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crypto.custody.reporter import Contents, ReporterKeys
from crypto.wire.contents import DocumentKind
from crypto.wire.key_set import KeySet
from intake.client.api import Api
from intake.client.attachments import Attachments
from intake.client.courier import Courier
from intake.client.drafts import draft_tag
from intake.client.errors import ClientError, NothingThereError, WrongUseError
from intake.client.files import Transfer
from intake.client.mailbox import Outgoing
from intake.client.patience import Patience
from intake.client.report import Filed, SealedDraft, file_report
from intake.client.resume import Begun, ResumeFile


@dataclass(frozen=True, slots=True)
class Way:
    """How a run reaches the server."""

    api: Api
    courier: Courier
    patience: Patience
    fetch_key_set: Callable[[], KeySet]


@dataclass(frozen=True, slots=True)
class FiledWithFiles:
    """A registered report, and whether the server will keep its files for good."""

    filed: Filed
    are_kept: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """One report with files, on its way."""

    contents: Contents = field(repr=False)
    attached: Attachments
    keys: ReporterKeys
    begun: Begun
    resume: ResumeFile | None

    def run(self, way: Way) -> FiledWithFiles:
        """Upload, submit, keep.

        Raises:
            SealedIntakeError, ClientError: the report is not known to be registered.
        """
        on_part = (lambda *_: None) if self.resume is None else self.resume.note_part
        transfers = self.begun.transfers
        way.courier.send(transfers, on_part)
        digests = [each.digest for each in transfers]
        contents = self.attached.into(self.contents, self.begun.files, digests)
        on_sealed = (lambda _: None) if self.resume is None else self.resume.note_submission
        draft = SealedDraft(self.begun.submission, on_sealed)
        filed = way.patience.persist(
            lambda: file_report(way.api, contents, self.keys.code, way.fetch_key_set, draft)
        )
        are_kept = kept(way.courier, transfers)
        if are_kept and self.resume is not None:
            self.resume.forget()
        return FiledWithFiles(filed, are_kept)


def kept(courier: Courier, transfers: Sequence[Transfer]) -> bool:
    """Whether the server was brought to keep all parts for good."""
    try:
        courier.keep(transfers)
    except ClientError:
        return False
    return True


def begin(
    contents: Contents,
    attached: Attachments,
    keys: ReporterKeys,
    key_set: KeySet,
    resume_path: Path | None,
) -> Filing:
    """Begin a report that nobody has begun.

    Raises:
        DocumentTooLargeError: not everything goes into one report; nothing was sent.
        SealedIntakeError: the contents are refused.
        WrongUseError: an earlier run left its resume file there.
    """
    if resume_path is not None and resume_path.exists():
        raise WrongUseError(
            "the resume file is there already: go on with --code-file, or delete it to begin anew"
        )
    begun = Begun.fresh(attached.sources)
    attached.check_room(contents, begun.files, keys, key_set)
    resume = None
    if resume_path is not None:
        resume = ResumeFile(resume_path, keys)
        resume.begin(_tag(contents, attached, keys), begun)
    return Filing(contents, attached, keys, begun, resume)


def go_on(
    contents: Contents, attached: Attachments, keys: ReporterKeys, resume_path: Path
) -> Filing:
    """Go on with what an earlier run began.

    Raises:
        NothingThereError: no run has begun this report there, or it was finished.
        WrongCodeError, FileChangedError, WrongUseError: as `ResumeFile.read` says.
    """
    resume = ResumeFile(resume_path, keys)
    begun = resume.read(_tag(contents, attached, keys), attached.sources)
    if begun is None:
        raise NothingThereError("the resume file is not there, or belongs to another report")
    return Filing(contents, attached, keys, begun, resume)


def _tag(contents: Contents, attached: Attachments, keys: ReporterKeys) -> bytes:
    return draft_tag(keys, Outgoing(DocumentKind.FIRST, contents).spelled + attached.spelled)
