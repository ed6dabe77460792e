"""A throw-away authority in memory: its keys, one key set, and submissions sealed to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nacl.utils import random

from crypto.custody.key_pair import KeyPair
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    CERTIFICATE_LABEL,
    certificate_json,
    encode_note_text,
)
from crypto.wire.instance import authority_id
from crypto.wire.key_set import (
    KEY_SET_LABEL,
    Desk,
    KeySet,
    KeySetBody,
    encode_key_set,
    key_set_json,
    parse_key_set,
)
from crypto.wire.officers import OFFICERS_LABEL, Officer, officers_hash, officers_json
from crypto.wire.receipt import RECEIPT_BYTES, ReceiptCode
from crypto.wire.roles import REQUIRED_DESKS, Role
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME, encode_verifier_key
from crypto.wire.strict_json import JsonObject

REPORT_TEXT_BYTES = 4096
_SEED_BYTES = 32
_SPARE_BITS = RECEIPT_BYTES * 8 - 130
_SENTENCE = "2024年3月起，某单位多次在非涉密系统上处理标密文件。"
_CERTIFIED_FOR = timedelta(days=300)
_IN_FORCE_FOR = timedelta(days=13)


@dataclass(frozen=True, slots=True)
class Authority:
    """Everything that one authority, its desks and its server hold between them."""

    root: SigningKey
    desks: Mapping[Role, KeyPair]
    acknowledgement: SigningKey
    key_set: KeySet
    published: bytes
    officers_note: str

    @property
    def root_text(self) -> str:
        """The pinned root key, as settings take it."""
        return encode_verifier_key(ROOT_NAME, self.root.verification_key)


def found_authority(origin: str, acknowledgement: SigningKey | None = None) -> Authority:
    """Make an authority whose key set is in force now.

    Args:
        origin: of the service.
        acknowledgement: the server's key, where the server has made one already.
    """
    root, directory = SigningKey(random(_SEED_BYTES)), SigningKey(random(_SEED_BYTES))
    acknowledgement = acknowledgement or SigningKey(random(_SEED_BYTES))
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    until, authority = now + _CERTIFIED_FOR, authority_id(root.verification_key)

    def note(signer: SigningKey, name: str, label: str, body: JsonObject) -> str:
        return signer.sign_note(encode_note_text(label, authority, body), name)

    certificate = note(
        root,
        ROOT_NAME,
        CERTIFICATE_LABEL,
        certificate_json(directory.verification_key, now, until, None),
    )
    certified = note(
        directory,
        DIRECTORY_NAME,
        ACKNOWLEDGEMENT_KEY_LABEL,
        certificate_json(acknowledgement.verification_key, now, until, origin),
    )
    desks = {role: KeyPair.generate() for role in REQUIRED_DESKS}
    officers = note(directory, DIRECTORY_NAME, OFFICERS_LABEL, officers_json(1, (_officer(),)))
    body = KeySetBody(
        1,
        None,
        origin,
        {"zh-CN": "基准测试", "en": "Benchmark"},
        now,
        now + _IN_FORCE_FOR,
        tuple(
            Desk(role, 1, pair.recipient_key, pair.verification_key, current=True)
            for role, pair in desks.items()
        ),
        (certified,),
        officers_hash(officers),
    )
    published = encode_key_set(
        certificate, note(directory, DIRECTORY_NAME, KEY_SET_LABEL, key_set_json(body))
    )
    key_set = verify_key_set(parse_key_set(published), root.verification_key, now=None)
    return Authority(root, desks, acknowledgement, key_set, published, officers)


def _officer() -> Officer:
    pair = KeyPair.generate()
    return Officer("bench", frozenset({Role.TRIAGE}), pair.recipient_key, pair.verification_key)


def report_content() -> JsonObject:
    """A report of about 4 KiB, most of it Chinese text."""
    repeats = REPORT_TEXT_BYTES // len(_SENTENCE.encode())
    return {
        "language": "zh-CN",
        "channel": "api",
        "about_staff": False,
        "category": "D1",
        "narrative": _SENTENCE * repeats,
        "when": {"text": "2024年3月以来", "continuing": "yes"},
        "where": {"region": "CN-11", "text": "北京市"},
        "who": [{"name": "某某", "unit": "某单位", "description": "负责人"}],
        "how_known": ["saw", "document"],
        "who_else_knows": {"number": "few"},
        "urgency": "7d",
        "no_secrets_confirmed": True,
        "truthful_confirmed": True,
    }


def reporter_keys(key_set: KeySet) -> ReporterKeys:
    """The keys of a fresh receipt code."""
    code = ReceiptCode(int.from_bytes(random(RECEIPT_BYTES)) >> _SPARE_BITS)
    return ReporterKeys.derive(code, key_set.instance_id)


def seal_reports(key_set: KeySet, count: int) -> list[bytes]:
    """Distinct submissions as their senders would seal them, 43,582 bytes each."""
    contents = Contents(report=report_content(), identity={"anonymity": "anonymous"})
    return [seal_submission(reporter_keys(key_set), contents, key_set).raw for _ in range(count)]
