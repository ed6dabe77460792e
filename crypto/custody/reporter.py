"""The reporter's side: keys out of a receipt code, and a submission out of answers. SPEC §10, §11.

This is the Python twin of `intake/web/src/custody/reporter.ts`.
"""

from dataclasses import dataclass, field, replace

from crypto.custody.key_pair import KeyPair
from crypto.custody.opening import open_envelope
from crypto.errors import WrongPlaceError
from crypto.sealing.derivation import derive, destruction_key, row_id, row_key
from crypto.sealing.seal import seal_envelope, seal_with_key
from crypto.sealing.sealed_box import SealingKey, random_content_key, wrap_key
from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_acknowledgement
from crypto.wire.acknowledgement import Acknowledgement, parse_acknowledgement
from crypto.wire.consent import (
    CONSENT_LABEL,
    REVOCATION_LABEL,
    Consent,
    Revocation,
    encode_consent,
)
from crypto.wire.consent import encode_signed_part as encode_consent_part
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import (
    DOCUMENT_LABEL,
    Document,
    IdentityLock,
    encode_signed_part,
    pad_document,
)
from crypto.wire.envelope import NO_PLACE, Purpose, parse_envelope
from crypto.wire.key_set import Desk, KeySet
from crypto.wire.receipt import ReceiptCode
from crypto.wire.roles import Role
from crypto.wire.slots import PREIMAGE_BYTES, slot_id
from crypto.wire.strict_json import JsonObject
from crypto.wire.submission import (
    VAULT_PURPOSES,
    Submission,
    case_ref,
    destruction_id,
    encode_submission,
    value_digest,
)

_INDEPENDENT = {
    Role.CUSTODIAN: Role.INDEPENDENT_CUSTODIAN,
    Role.PROTECTION: Role.INDEPENDENT_PROTECTION,
    Role.REWARD: Role.INDEPENDENT_REWARD,
}


@dataclass(frozen=True, slots=True)
class AcknowledgementKeys:
    """One-time slot and key of submission n. Source: SPEC §11.2."""

    preimage: bytes = field(repr=False)
    pair: KeyPair = field(repr=False)

    @property
    def slot(self) -> bytes:
        """The slot id that the submission names."""
        return slot_id(self.preimage)


@dataclass(frozen=True, slots=True)
class ReporterKeys:
    """Everything that derives from a receipt code at one instance.

    Attributes:
        claim: signs the documents of the case.
        reply: opens replies.
    """

    code: ReceiptCode
    instance: bytes
    claim: SigningKey
    reply: KeyPair

    @classmethod
    def derive(cls, code: ReceiptCode, instance: bytes) -> "ReporterKeys":
        """Derive the keys. Source: SPEC §11.2."""
        claim = derive(code.secret, instance, "receipt/claim", b"", 32)
        reply = derive(code.secret, instance, "receipt/reply", b"", 32)
        return cls(code, instance, SigningKey(claim), KeyPair.from_seed(reply))

    @property
    def case_ref(self) -> bytes:
        """The name of the case, 32 bytes."""
        return case_ref(self.claim.verification_key)

    def slot_key(self, role: Role) -> bytes:
        """From which the slots of one desk derive, 32 bytes."""
        return derive(self.code.secret, self.instance, "receipt/slot", role.to_bytes(1), 32)

    def consent_id(self, n: int) -> bytes:
        """The id of the consent that submission n gives, 16 bytes: the code alone can end it."""
        return derive(self.code.secret, self.instance, "receipt/consent", n.to_bytes(4), 16)

    def acknowledgement(self, n: int) -> AcknowledgementKeys:
        """The one-time slot and key of submission n."""
        okm = derive(
            self.code.secret,
            self.instance,
            "receipt/acknowledgement",
            n.to_bytes(4),
            PREIMAGE_BYTES + 32,
        )
        return AcknowledgementKeys(okm[:PREIMAGE_BYTES], KeyPair.from_seed(okm[PREIMAGE_BYTES:]))


@dataclass(frozen=True, slots=True)
class Contents:
    """What one submission says; None seals an empty document. Source: SPEC §9.

    Attributes:
        about_staff: seals the whole submission to the independent set.
    """

    about_staff: bool = False
    report: JsonObject | None = field(default=None, repr=False)
    identity: JsonObject | None = field(default=None, repr=False)
    protection: JsonObject | None = field(default=None, repr=False)
    reward: JsonObject | None = field(default=None, repr=False)

    def of(self, purpose: Purpose) -> JsonObject | None:
        """The content that is sealed for one purpose."""
        return {
            Purpose.REPORT: self.report,
            Purpose.IDENTITY: self.identity,
            Purpose.PROTECTION: self.protection,
            Purpose.REWARD: self.reward,
        }.get(purpose)


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """Ready to be sent, as often as it takes: the same bytes give the same acknowledgement."""

    raw: bytes = field(repr=False)
    digest: bytes
    case_ref: bytes


def reading_desk(key_set: KeySet, role: Role, *, about_staff: bool) -> Desk:
    """Who reads: the ordinary desk, or the independent one where there is one. SPEC §10.7."""
    independent = _INDEPENDENT.get(role)
    if about_staff and independent is not None:
        desk = key_set.current_desk(independent)
        if desk is not None:
            return desk
    return key_set.require_desk(role)


@dataclass(frozen=True, slots=True)
class _Sealer:
    """Seals the documents of one submission; holds what all of them share."""

    keys: ReporterKeys
    key_set: KeySet
    about_staff: bool
    n: int
    kind: DocumentKind

    def desk(self, role: Role) -> Desk:
        return reading_desk(self.key_set, role, about_staff=self.about_staff)

    def document(self, purpose: Purpose, role: Role, content: JsonObject | None) -> Document:
        return Document(
            purpose=purpose,
            kind=DocumentKind.EMPTY if content is None else self.kind,
            n=self.n,
            claim_key=self.keys.claim.verification_key,
            slot_key=self.keys.slot_key(role),
            reply_key=self.keys.reply.recipient_key,
            content=content,
        )

    def plaintext(self, document: Document) -> bytes:
        signed = encode_signed_part(document)
        signature = self.keys.claim.sign(DOCUMENT_LABEL, self.keys.instance, signed)
        return pad_document(signed, signature, document.purpose)

    def envelope(
        self, document: Document, place: bytes, readers: tuple[SealingKey | None, ...]
    ) -> bytes:
        return seal_envelope(
            self.plaintext(document),
            purpose=document.purpose,
            place=place,
            key_set_version=self.key_set.version,
            instance=self.keys.instance,
            readers=readers,
        )

    def row_id(self, purpose: Purpose) -> bytes:
        return row_id(self.keys.case_ref, purpose, self.n)

    def row(self, purpose: Purpose, role: Role, content: JsonObject | None) -> bytes:
        desk = self.desk(role)
        document = self.document(purpose, desk.role, content)
        return self.envelope(document, self.row_id(purpose), (SealingKey(desk.recipient_key),))

    def identity(self, content: JsonObject | None) -> bytes:
        """Two layers: the part for the protection desk, its key locked for the custodian."""
        place, content_key = self.row_id(Purpose.IDENTITY), random_content_key()
        handler, custodian = self.desk(Role.PROTECTION), self.desk(Role.CUSTODIAN)
        part = seal_with_key(
            self.plaintext(self.document(Purpose.IDENTITY, handler.role, content)),
            content_key,
            purpose=Purpose.IDENTITY,
            place=place,
            key_set_version=self.key_set.version,
            wrapped_keys=(),
        )
        inner = wrap_key(
            content_key,
            SealingKey(handler.recipient_key),
            instance=self.keys.instance,
            purpose=Purpose.IDENTITY,
            key_set_version=self.key_set.version,
        )
        key = row_key(self.keys.case_ref, Purpose.IDENTITY, self.n)
        lock = IdentityLock(inner, key, value_digest(part))
        document = replace(self.document(Purpose.IDENTITY_LOCK, custodian.role, None), lock=lock)
        return self.envelope(document, place, (SealingKey(custodian.recipient_key),)) + part

    def destruction_key(self, content: JsonObject | None) -> bytes:
        """Of the desk whose slot key the report's document carries. SPEC §12.5."""
        return destruction_key(self.keys.slot_key(self.report_role(content)), self.n)

    def report_role(self, content: JsonObject | None) -> Role:
        """Whose slot key the report carries; an empty one carries triage's. SPEC §11.2."""
        return Role.OVERSIGHT if self.about_staff and content is not None else Role.TRIAGE

    def report(self, content: JsonObject | None, siblings: tuple[bytes, bytes, bytes]) -> bytes:
        """Slot 0 is triage's, slot 1 oversight's; nobody opens the other. SPEC §6.5."""
        role = Role.OVERSIGHT if self.about_staff else Role.TRIAGE
        reader = SealingKey(self.key_set.require_desk(role).recipient_key)
        if content is None:
            readers: tuple[SealingKey | None, ...] = (None, None)
        else:
            readers = (None, reader) if self.about_staff else (reader, None)
        document = self.document(Purpose.REPORT, self.report_role(content), content)
        document = replace(document, siblings=siblings)
        return self.envelope(document, NO_PLACE, readers)


def seal_submission(
    keys: ReporterKeys,
    contents: Contents,
    key_set: KeySet,
    *,
    n: int = 0,
    kind: DocumentKind = DocumentKind.FIRST,
) -> SealedSubmission:
    """Seal answers into the one public shape. Source: SPEC §10.6.

    Args:
        keys: derived for the key set's instance.
        contents: what to say; unused parts are None.
        key_set: verified and in time.
        n: 0 for a first report, then one more each time.
        kind: of the documents that are not empty.

    Raises:
        MalformedDocumentError: content that SPEC §9 doesn't allow.
        DocumentTooLargeError: more content than a document holds.
    """
    sealer = _Sealer(keys, key_set, contents.about_staff, n, kind)
    identity = sealer.identity(contents.identity)
    protection = sealer.row(Purpose.PROTECTION, Role.PROTECTION, contents.protection)
    reward = sealer.row(Purpose.REWARD, Role.REWARD, contents.reward)
    siblings = (value_digest(identity), value_digest(protection), value_digest(reward))
    acknowledgement = keys.acknowledgement(n)
    identity_row, protection_row, reward_row = (sealer.row_id(p) for p in VAULT_PURPOSES)
    submission = Submission(
        key_set_version=key_set.version,
        acknowledgement_slot=acknowledgement.slot,
        acknowledgement_key=acknowledgement.pair.recipient_key,
        destruction_id=destruction_id(sealer.destruction_key(contents.report)),
        row_ids=(identity_row, protection_row, reward_row),
        report=sealer.report(contents.report, siblings),
        identity=identity,
        protection=protection,
        reward=reward,
    )
    return SealedSubmission(encode_submission(submission), submission.digest, keys.case_ref)


def open_acknowledgement(
    sealed: bytes,
    keys: ReporterKeys,
    key_set: KeySet,
    *,
    n: int = 0,
    digest: bytes | None = None,
) -> Acknowledgement:
    """Open and verify the acknowledgement of submission n. Source: SPEC §12.1.

    Args:
        sealed: the envelope.
        keys: derived from the code.
        key_set: verified.
        n: number of the submission in its case.
        digest: of what was sent; None only for who has nothing but the code.

    Raises:
        MalformedEnvelopeError, NotForReaderError, OpeningError, WrongPlaceError: not the one
            that this code's slot n holds, or not of what was sent.
        SignatureError: signed by no acknowledgement key of the key set.
    """
    own = keys.acknowledgement(n)
    envelope = parse_envelope(sealed, Purpose.ACKNOWLEDGEMENT)
    opened = open_envelope(envelope, (own.pair.opening,), instance=keys.instance)
    if envelope.place != own.slot:
        raise WrongPlaceError("SPEC 12.1: for another slot")
    acknowledgement = parse_acknowledgement(opened.plaintext)
    listed = {c.verification_key for c in key_set.acknowledgement_keys}
    key = acknowledgement.verification_key if acknowledgement.verification_key in listed else b""
    verify_acknowledgement(acknowledgement, keys.instance, key)
    if digest is not None and acknowledgement.submission_digest != digest:
        raise WrongPlaceError("SPEC 12.1: acknowledges another submission")
    return acknowledgement


def sign_consent(keys: ReporterKeys, value: Consent | Revocation) -> str:
    """Sign a consent or its revocation, as it stands in documents. Source: SPEC §14."""
    signed = encode_consent_part(value)
    label = CONSENT_LABEL if isinstance(value, Consent) else REVOCATION_LABEL
    return encode_consent(signed, keys.claim.sign(label, keys.instance + keys.case_ref, signed))
