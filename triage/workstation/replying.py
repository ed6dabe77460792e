"""Answering reporters: seal, write down, send, and make way for other officers.

A slot is written once, so of two officers who answer at the same time one is told by the server
(409) and seals anew for the next slot: no answer is lost and none is overwritten. Answers leave in
the order in which they were written, and none before the one in front of it has arrived, so that
no slot stays empty before a filled one. Source: SPEC §11.5; DESIGN §3, inbound is slots.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from crypto.custody.desk_replies import seal_reply
from crypto.custody.key_pair import KeyPair
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject, JsonValue
from triage.cases.answer import Answer
from triage.cases.report import SentReply
from triage.courier.https import Courier
from triage.errors import NoKeyError, NoSuchThingError, RefusedInputError, ServerRefusedError
from triage.register.replies import Correspondent, Replies, ReplyState, WaitingReply
from triage.workstation.keyring import Keyring
from triage.workstation.trust import Trust

SLOTS_PATH: Final = "/desk/v1/slots"
# More than a case ever gets; a server that calls every slot taken must not hold us for ever.
MAX_TAKEN: Final = 512
_NO_SLOT: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An answer that the server has.

    Attributes:
        others: slots that other officers had filled meanwhile.
    """

    reply: SentReply
    others: int


@dataclass(frozen=True, slots=True)
class Replier:
    """Answers for one unlocked officer at one service."""

    keyring: Keyring
    replies: Replies
    trust: Trust

    def _correspondent(self, case_ref: bytes) -> Correspondent:
        found = self.replies.correspondent(case_ref)
        if found is None:
            raise NoSuchThingError("no report with this REF")
        return found

    def _reading_role(self, whom: Correspondent) -> Role:
        """The desk that the reporter's slot key belongs to.

        It opened here, so it is a desk whose key is held; who holds both goes by the report's own
        word, which every client seals by.
        """
        held = [
            role
            for role in (Role.TRIAGE, Role.OVERSIGHT)
            if any(desk.role is role for desk in self.keyring.desk_seeds())
        ]
        if not held:
            raise NoKeyError("this officer holds no key of a desk that reads reports")
        return held[int(whom.about_staff)] if len(held) > 1 else held[0]

    def _epoch(self, role: Role) -> int:
        """The current epoch, or the newest listed one that is held here."""
        listed = [desk for desk in self.trust.key_set.body.desks if desk.role is role]
        listed.sort(key=lambda desk: (desk.current, desk.epoch), reverse=True)
        for desk in listed:
            if self.keyring.holds(role, desk.epoch):
                return desk.epoch
        raise NoKeyError("this officer holds no listed key of the desk that read the report")

    def _sealed(self, waiting: WaitingReply, whom: Correspondent) -> WaitingReply:
        epoch = self._epoch(waiting.role)
        desk = KeyPair.from_seed(self.keyring.desk_seed(waiting.role, epoch).seed).signing
        sealed = seal_reply(
            Reply(waiting.kind, waiting.role, epoch, waiting.i, whom.case_ref, waiting.content),
            whom.addressee,
            desk,
            key_set_version=self.trust.key_set.version,
            instance=self.trust.instance,
        )
        return replace(waiting, slot=sealed.slot, envelope=sealed.envelope)

    def _write_down(self, whom: Correspondent, kind: ReplyKind, content: JsonObject) -> int:
        role = self._reading_role(whom)
        i = self.replies.next_slot(whom.case_ref, role)
        waiting = WaitingReply(0, whom.case_ref, role, i, kind, content, _NO_SLOT, b"")
        return self.replies.add(self._sealed(waiting, whom))

    def note_opened(self, case_ref: bytes, now: datetime) -> bool:
        """Write the *opened* notice down, once, unless the reporter declined; whether it is new.

        Raises:
            NoKeyError: this officer cannot sign for the desk.
        """
        whom = self._correspondent(case_ref)
        if not whom.wants_notices or self.replies.has_opened_notice(case_ref):
            return False
        day = now.date().isoformat()
        content: JsonObject = {"sent_on": day, "about_n": whom.newest_read}
        self._write_down(whom, ReplyKind.OPENED, content)
        return True

    def write_down(self, case_ref: bytes, answer: Answer, now: datetime) -> int:
        """Write an answer down behind the *opened* notice; its number here.

        The same answer that still waits is not written twice.

        Raises:
            NoKeyError: this officer cannot sign for the desk.
            DocumentTooLargeError: more text than a reply holds.
        """
        self.note_opened(case_ref, now)
        whom = self._correspondent(case_ref)
        content: dict[str, JsonValue] = {"sent_on": now.date().isoformat()}
        if answer.text:
            content["text"] = answer.text
        if answer.state is not None:
            content["state"] = answer.state
        content["about_n"] = whom.newest_read
        for waiting in self.replies.waiting(case_ref):
            said = waiting.content.get("text", ""), waiting.content.get("state")
            if (waiting.kind, *said) == (answer.kind, answer.text, answer.state):
                return waiting.number
        return self._write_down(whom, answer.kind, content)

    def send(self, courier: Courier, case_ref: bytes) -> int:
        """Send what waits for one reporter; how many slots others had filled.

        Raises:
            ServerUnavailableError, ServerRefusedError: the rest goes on waiting.
        """
        whom = self._correspondent(case_ref)
        return sum(self._send(courier, waiting, whom) for waiting in self.replies.waiting(case_ref))

    def _send(self, courier: Courier, waiting: WaitingReply, whom: Correspondent) -> int:
        for taken in range(MAX_TAKEN):
            if self._write(courier, waiting):
                self.replies.settle(waiting.number, ReplyState.SENT)
                return taken
            if waiting.kind is ReplyKind.OPENED:
                self.replies.settle(waiting.number, ReplyState.TAKEN)
                return 0
            waiting = self._sealed(replace(waiting, i=waiting.i + 1), whom)
            self.replies.move(waiting)
        raise RefusedInputError("the server calls every slot taken")

    def _write(self, courier: Courier, waiting: WaitingReply) -> bool:
        """Whether the slot holds this answer now; not where it holds another."""
        try:
            courier.signed(
                "POST",
                SLOTS_PATH,
                signer=self.keyring,
                instance=self.trust.instance,
                body=waiting.slot + waiting.envelope,
            )
        except ServerRefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            return False
        return True

    def send_all(self, courier: Courier) -> tuple[str, ...]:
        """Send everything that waits; the names of what went wrong with single cases.

        Raises:
            ServerUnavailableError: the rest goes on waiting.
        """
        problems: list[str] = []
        for case_ref in dict.fromkeys(waiting.case_ref for waiting in self.replies.waiting()):
            try:
                self.send(courier, case_ref)
            except (ServerRefusedError, RefusedInputError, NoKeyError) as error:
                problems.append(type(error).__name__)
        return tuple(problems)
