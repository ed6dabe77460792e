"""Files that go with a message to a report that is there already."""

from dataclasses import dataclass, replace
from pathlib import Path

from crypto.custody.reporter import ReporterKeys
from crypto.wire.files import Upload
from crypto.wire.key_set import KeySet
from intake.client.attachments import Attachments
from intake.client.courier import Courier
from intake.client.drafts import draft_tag
from intake.client.errors import FileChangedError
from intake.client.filing import kept
from intake.client.mailbox import Outgoing
from intake.client.resume import Begun, ResumeFile


@dataclass(frozen=True, slots=True)
class MessageFiles:
    """The files of one message; the same command after a failure goes on with them.

    What a later run needs lies in the state folder, under a name and a lock that only the receipt
    code gives, until the message is registered and its files are kept.
    """

    attached: Attachments
    begun: Begun
    resume: ResumeFile

    @classmethod
    def begin(
        cls,
        attached: Attachments,
        outgoing: Outgoing,
        keys: ReporterKeys,
        key_set: KeySet,
        state_dir: Path,
    ) -> "MessageFiles":
        """Begin, or go on where an earlier run with the same text and files ended.

        Raises:
            DocumentTooLargeError: not everything goes into one message; nothing was sent.
            SealedIntakeError: the contents are refused.
            WrongUseError: the state folder cannot be used, or another run does the same.
        """
        tag = draft_tag(keys, outgoing.spelled + attached.spelled)
        resume = ResumeFile.of_mailbox(keys, state_dir)
        try:
            begun = resume.read(tag, attached.sources)
        except FileChangedError:
            begun = None  # Another file under the same name: another message.
        if begun is None:
            begun = Begun.fresh(attached.sources)
            contents, kind = outgoing.contents, outgoing.kind
            attached.check_room(contents, begun.files, keys, key_set, kind)
            resume.begin(tag, begun)
        return cls(attached, begun, resume)

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """Under which the files travel."""
        return tuple(each.upload for each in self.begun.files)

    def upload(self, courier: Courier, outgoing: Outgoing) -> Outgoing:
        """Send the files, and put them into the message.

        Raises:
            ClientError: they are not known to be there.
        """
        transfers = self.begun.transfers
        courier.send(transfers, self.resume.note_part)
        digests = [each.digest for each in transfers]
        contents = self.attached.into(outgoing.contents, self.begun.files, digests)
        return replace(outgoing, contents=contents)

    def keep(self, courier: Courier) -> bool:
        """Whether the server was brought to keep them for good; then nothing is left here."""
        are_kept = kept(courier, self.begun.transfers)
        if are_kept:
            self.resume.forget()
        return are_kept
