"""What TypeScript seals Python opens, and the other way round; both give the same verdicts.

`intake/web/src/tests/cross_main.ts` is bundled once and answers a list of jobs a run.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.custody.opening import open_identity, open_lock, open_report, open_row
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.errors import SealedIntakeError
from crypto.sealing.acknowledge import register
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.sign import SigningKey
from crypto.signing.trust import (
    check_minimum_version,
    verify_acknowledgement_text,
    verify_key_set,
)
from crypto.signing.verify import verify_ed25519
from crypto.wire.codec import CROCKFORD_ALPHABET, decode_base64url, encode_base64url
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose
from crypto.wire.feed import head_zero
from crypto.wire.instants import encode_instant, minute_of, parse_instant
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.reply import REPLY_LABEL, Reply, ReplyKind, encode_signed_part, pad_reply
from crypto.wire.roles import Role
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.strict_json import parse_json_object
from crypto.wire.submission import Submission, parse_submission
from tests.authority import NOW, Authority, seed_of
from tests.vectors.notation import bases_of, expand, expand_text, read_file

_WEB: Final = Path(__file__).parents[2] / "intake" / "web"
_FUZZED: Final = 1000

Job = Mapping[str, Any]
Ask = Callable[[Sequence[Job]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Bundle the TypeScript side once; then give it jobs."""
    bundle = tmp_path_factory.mktemp("crossing") / "cross_main.mjs"
    source = _WEB / "src" / "tests" / "cross_main.ts"
    subprocess.run(
        [
            str(_WEB / "node_modules" / ".bin" / "esbuild"),
            str(source),
            *("--bundle", "--platform=node", "--format=esm", f"--outfile={bundle}"),
            "--log-level=error",
        ],
        check=True,
    )
    node = shutil.which("node") or "node"

    def answer(jobs: Sequence[Job]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [node, str(bundle)], input=json.dumps(jobs).encode(), capture_output=True, check=True
        )
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return answer


def _trusted(authority: Authority) -> dict[str, Any]:
    return {
        "key_set": authority.published.decode(),
        "root_key": encode_verifier_key(ROOT_NAME, authority.root_key),
        "now": encode_instant(authority.now),
    }


def _contents(contents: Contents) -> dict[str, Any]:
    parts = {name: getattr(contents, name) for name in ("report", "identity", "protection")}
    return {"about_staff": contents.about_staff, **parts, "reward": contents.reward}


def _documents(sub: Submission, north: Authority, *, about_staff: bool) -> list[Document]:
    """All five documents, each by its one reading desk."""
    roles = (
        (Role.OVERSIGHT, Role.INDEPENDENT_CUSTODIAN, Role.INDEPENDENT_PROTECTION)
        if about_staff
        else (Role.TRIAGE, Role.CUSTODIAN, Role.PROTECTION)
    )
    triage, custodian, handler = (north.opening(role) for role in roles)
    reward = north.opening(Role.INDEPENDENT_REWARD if about_staff else Role.REWARD)
    instance, rows = north.instance_id, sub.row_ids
    lock = open_lock(sub.identity, rows[0], (custodian,), instance=instance)
    inner = lock.lock.inner_wrapped_key if lock.lock else b""
    return [
        open_report(sub.report, (triage,), instance=instance),
        lock,
        open_identity(sub.identity, rows[0], inner, handler, instance=instance),
        open_row(sub.protection, Purpose.PROTECTION, rows[1], (handler,), instance=instance),
        open_row(sub.reward, Purpose.REWARD, rows[2], (reward,), instance=instance),
    ]


@pytest.mark.parametrize("about_staff", [False, True])
def test_python_opens_what_typescript_seals(
    ask: Ask, north: Authority, keys: ReporterKeys, contents: Contents, *, about_staff: bool
) -> None:
    """STYLE 8: all four envelopes and the identity inside the lock."""
    parts = {**_contents(contents), "about_staff": about_staff}
    job = {"op": "seal_submission", "code": keys.code.symbols, "contents": parts, "n": 4, "kind": 1}

    (answer,) = ask([{**job, **_trusted(north)}])
    sub = parse_submission(decode_base64url(answer["raw"]))
    documents = _documents(sub, north, about_staff=about_staff)

    assert [document.content for document in documents] == [
        *(contents.report, None, contents.identity, contents.protection, contents.reward),
    ]
    assert {(d.n, d.claim_key, d.reply_key) for d in documents} == {
        (4, keys.claim.verification_key, keys.reply.recipient_key)
    }
    assert decode_base64url(answer["digest"]) == sub.digest
    assert decode_base64url(answer["case_ref"]) == keys.case_ref
    assert slot_id(decode_base64url(answer["ack_preimage"])) == sub.acknowledgement_slot
    assert sub.acknowledgement_key == keys.acknowledgement(4).pair.recipient_key


def test_python_opens_typescripts_empty_envelopes(
    ask: Ask, north: Authority, keys: ReporterKeys
) -> None:
    """SPEC 8.3: an unused envelope is a real one to the real reader."""
    parts = _contents(Contents(report={"text": "more"}))
    kind = int(DocumentKind.MESSAGE)
    job = {"op": "seal_submission", "code": keys.code.digits, "contents": parts, "n": 1}

    (answer,) = ask([{**job, "kind": kind, **_trusted(north)}])
    sub = parse_submission(decode_base64url(answer["raw"]))
    documents = _documents(sub, north, about_staff=False)

    assert [int(document.kind) for document in documents] == [kind, 0, 0, 0, 0]


@pytest.mark.parametrize("about_staff", [False, True])
def test_typescript_opens_what_python_seals(
    ask: Ask,
    north: Authority,
    keys: ReporterKeys,
    contents: Contents,
    key_set: KeySet,
    *,
    about_staff: bool,
) -> None:
    """STYLE 8: the other way round, by the same desks."""
    parts = Contents(about_staff=about_staff, **_parts(contents))
    sub = parse_submission(seal_submission(keys, parts, key_set).raw)
    custodian = Role.INDEPENDENT_CUSTODIAN if about_staff else Role.CUSTODIAN
    handler = Role.INDEPENDENT_PROTECTION if about_staff else Role.PROTECTION
    reward = Role.INDEPENDENT_REWARD if about_staff else Role.REWARD
    triage = Role.OVERSIGHT if about_staff else Role.TRIAGE

    def job(purpose: Purpose, role: Role, raw: bytes, row: bytes = b"") -> dict[str, Any]:
        seed, instance = north.desks[role].seed, north.instance_id
        fields = {"raw": raw, "seed": seed, "instance": instance, "row_id": row}
        encoded = {name: encode_base64url(value) for name, value in fields.items()}
        return {"op": "open_document", "purpose": int(purpose), **encoded}

    identity, protection_row, reward_row = sub.row_ids
    opened = ask(
        [
            job(Purpose.REPORT, triage, sub.report),
            job(Purpose.IDENTITY_LOCK, custodian, sub.identity, identity),
            job(Purpose.PROTECTION, handler, sub.protection, protection_row),
            job(Purpose.REWARD, reward, sub.reward, reward_row),
            job(Purpose.REPORT, handler, sub.report),
        ]
    )
    inner = {"inner_wrapped_key": opened[1]["inner_wrapped_key"]}
    (known,) = ask([{**job(Purpose.IDENTITY, handler, sub.identity, identity), **inner}])

    assert [answer.get("content") for answer in opened] == [
        *(contents.report, None, contents.protection, contents.reward, None),
    ]
    assert opened[4] == {"error": "NotForReaderError"}
    assert known["content"] == contents.identity


def _parts(contents: Contents) -> dict[str, Any]:
    return {name: value for name, value in _contents(contents).items() if name != "about_staff"}


def test_typescript_opens_pythons_acknowledgement_and_python_its_text(
    ask: Ask, north: Authority, keys: ReporterKeys, submission: Submission, key_set: KeySet
) -> None:
    """SPEC 12: sealed by the server, kept by the reporter, verified by anyone."""
    registered = register(
        submission,
        digest=submission.digest,
        sequence=7,
        previous_head=head_zero(key_set.instance_id),
        minute=minute_of(NOW),
        key=north.acknowledgement,
        instance=key_set.instance_id,
    )
    sealed = encode_base64url(registered.sealed)
    job = {"op": "open_acknowledgement", "code": keys.code.symbols, "sealed": sealed}

    right, wrong = ask([{**job, "n": 0, **_trusted(north)}, {**job, "n": 1, **_trusted(north)}])
    verified = verify_acknowledgement_text(right["text"], north.root_key)

    assert (right["sequence"], right["minute"]) == (7, minute_of(NOW))
    assert decode_base64url(right["digest"]) == submission.digest
    assert verified.acknowledgement.raw == decode_base64url(right["raw"])
    assert wrong == {"error": "NotForReaderError"}


def _sealed_reply(
    north: Authority, keys: ReporterKeys, *, signer: Role = Role.TRIAGE, i: int = 0, place: int = 0
) -> str:
    content = {"text": "\u8bf7\u8865\u5145\u3002", "sent_on": "2026-03-03"}
    reply = Reply(ReplyKind.REPLY, Role.TRIAGE, 1, i, keys.case_ref, content)
    signed = encode_signed_part(reply)
    signature = north.desks[signer].signing.sign(REPLY_LABEL, north.instance_id, signed)
    preimage = slot_preimage(keys.slot_key(Role.TRIAGE), Role.TRIAGE, place)
    return encode_base64url(
        seal_envelope(
            pad_reply(signed, signature),
            purpose=Purpose.REPLY,
            place=slot_id(preimage),
            key_set_version=1,
            instance=north.instance_id,
            readers=(SealingKey(keys.reply.recipient_key),),
        )
    )


def test_typescript_reads_pythons_replies_and_no_forged_one(
    ask: Ask, north: Authority, south: Authority, keys: ReporterKeys
) -> None:
    """SPEC 11.5: desk, slot, number and case are all bound (ATTACKS A13)."""
    stranger = ReporterKeys.derive(keys.code, south.instance_id)

    def job(sealed: str, i: int = 0) -> dict[str, Any]:
        asked = {"op": "open_reply", "code": keys.code.symbols, "role": "triage", "i": i}
        return {**asked, "sealed": sealed, **_trusted(north)}

    answers = ask(
        [
            job(_sealed_reply(north, keys)),
            job(_sealed_reply(north, keys, signer=Role.OVERSIGHT)),
            job(_sealed_reply(south, keys)),
            job(_sealed_reply(north, stranger)),
            job(_sealed_reply(north, keys, i=1)),
            job(_sealed_reply(north, keys, place=1)),
            job(_sealed_reply(north, keys), i=1),
        ]
    )

    assert answers[0]["content"]["text"] == "\u8bf7\u8865\u5145\u3002"
    assert [answer.get("error") for answer in answers] == [
        *(None, "SignatureError", "OpeningError", "NotForReaderError"),
        *("WrongPlaceError", "WrongPlaceError", "WrongPlaceError"),
    ]


# --- the same verdicts --------------------------------------------------------------------------


def _verdict(call: Callable[[], object]) -> object:
    try:
        return call()
    except SealedIntakeError as refused:
        return {"error": type(refused).__name__}


def test_key_sets_are_judged_alike(ask: Ask) -> None:
    """ATTACKS A3: every key set among the vectors, at its time and at others."""
    document = read_file("key_set")
    times = ("2026-03-02T08:00:00Z", "2026-03-15T08:00:00Z", "2020-01-01T00:00:00Z")
    cases = [
        (expand_text(v["published"], bases_of(document)), bytes.fromhex(v["root_key"]), now)
        for v in document["vectors"]
        for now in times
    ]

    def judge(published: str, root: bytes, now: str) -> object:
        key_set = verify_key_set(parse_key_set(published.encode()), root, now=parse_instant(now))
        check_minimum_version(key_set, 1)
        encoded = {"hash": key_set.hash, "instance": key_set.instance_id}
        return {
            "version": key_set.version,
            **{name: encode_base64url(value) for name, value in encoded.items()},
        }

    answers = ask(
        [
            {
                "op": "verify_key_set",
                "key_set": published,
                "root_key": encode_verifier_key(ROOT_NAME, root),
                "now": now,
            }
            for published, root, now in cases
        ]
    )

    assert answers == [_verdict(lambda case=case: judge(*case)) for case in cases]  # type: ignore[misc]
    assert sum("error" in answer for answer in answers) > len(cases) // 2


def test_acknowledgement_texts_are_judged_alike(ask: Ask) -> None:
    """SPEC 12.4: every text among the vectors."""
    vectors = read_file("acknowledgement_text")["vectors"]
    cases = [(v["text"], bytes.fromhex(v["root_key"])) for v in vectors]

    def judge(text: str, root: bytes) -> object:
        verified = verify_acknowledgement_text(text, root)
        return {
            "sequence": verified.acknowledgement.sequence,
            "registered_at": int(verified.registered_at.timestamp()),
            "origin": verified.origin,
        }

    answers = ask(
        [
            {
                "op": "verify_acknowledgement_text",
                "text": text,
                "root_key": encode_verifier_key(ROOT_NAME, root),
            }
            for text, root in cases
        ]
    )

    assert answers == [_verdict(lambda case=case: judge(*case)) for case in cases]  # type: ignore[misc]


def _drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """`count` examples of a strategy, the same on every run."""
    drawn: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(strategy)
    def draw(example: Any) -> None:  # noqa: ANN401
        drawn.append(example)

    draw()
    return drawn


_PIECES: Final = (
    *(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        '"a"',
        '"a":',
        '"b":',
        '"\\u0061":',
        "\\",
        "\\u",
        "\\ud83d",
    ),
    *(
        "\\ude00",
        "\\u0000",
        "\\/",
        "\\x",
        "0",
        "-",
        "1",
        "00",
        "9007199254740991",
        "9007199254740992",
    ),
    *(".5", "e1", "true", "false", "null", "NaN", "Infinity", " ", "\n", "\t", "\x0b", "\xa0"),
    *("\ufeff", "\0", "\x1f", "\x7f", "\u4e3e", "\U0001f600", "\u2028", "__proto__", "[" * 15),
)
_JSON_LIKE: Final = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from(_PIECES), max_size=10).map(lambda p: "".join(p).encode()),
    st.lists(st.sampled_from(_PIECES), max_size=8).map(
        lambda p: ('{"a":' + "".join(p) + "}").encode()
    ),
    st.lists(st.sampled_from(_PIECES), max_size=8).map(
        lambda p: ('{"a":"' + "".join(p) + '"}').encode()
    ),
)


def test_fuzzed_json_is_judged_alike(ask: Ask) -> None:
    """ATTACKS A16: no disagreement."""
    vectors = read_file("strict_json")["vectors"]
    raws = [
        *_drawn(_JSON_LIKE, _FUZZED),
        *(expand(v["raw"], {}) for v in vectors if v["max_bytes"] == 1000),
    ]

    answers = ask([{"op": "parse_json", "raw": encode_base64url(raw)} for raw in raws])

    assert answers == [
        _verdict(lambda raw=raw: {"value": parse_json_object(raw, max_bytes=len(raw))})  # type: ignore[misc]
        for raw in raws
    ]
    assert 20 < sum("value" in answer for answer in answers) < len(raws) - 20


_TYPED_LIKE: Final = st.one_of(
    st.text(CROCKFORD_ALPHABET + "OILUoil -.\u3002\u200b", min_size=26, max_size=32),
    st.text("0123456789OIl- ", min_size=43, max_size=47),
    st.text(st.characters(codec="utf-8"), max_size=50),
)
_SOUND: Final = ReceiptCode(0)


def _typings() -> list[str]:
    """Sound codes with stray characters in and between them, and anything else."""
    strays = st.characters(codec="utf-8")
    code = st.integers(0, 2**130 - 1).map(ReceiptCode)
    typed = st.builds(
        lambda c, digits, stray, at: _inserted(c.digits if digits else c.symbols, stray, at),
        *(code, st.booleans(), strays, st.integers(0, 30)),
    )
    return [*_drawn(_TYPED_LIKE, _FUZZED // 2), *_drawn(typed, _FUZZED)]


def _inserted(text: str, stray: str, at: int) -> str:
    return text[:at] + stray + text[at:]


def test_fuzzed_receipt_codes_are_read_alike(ask: Ask) -> None:
    """ATTACKS A11: two readers, one meaning; white space and dashes of all scripts among them."""
    spaces_and_dashes = [
        _inserted(_SOUND.symbols, character, 4)
        for character in map(chr, [*range(0x20), *range(0x7F, 0x300), *range(0x1680, 0x3100)])
    ]
    typings = [*_typings(), *spaces_and_dashes]

    answers = ask([{"op": "parse_receipt", "typed": typed} for typed in typings])

    def read(typed: str) -> object:
        code = parse_receipt_code(typed)
        secret = encode_base64url(code.secret)
        return {"symbols": code.symbols, "digits": code.digits, "secret": secret}

    wrong = [
        (typed, answer, here)
        for typed, answer in zip(typings, answers, strict=True)
        if (here := _verdict(lambda typed=typed: read(typed))) != answer  # type: ignore[misc]
    ]
    assert wrong == []
    assert 100 < sum("error" not in answer for answer in answers) < len(typings) - 100


def test_ed25519_is_judged_alike(ask: Ask) -> None:
    """SPEC 19.1: our own signatures, whole and altered."""
    key = SigningKey(seed_of("crossing"))
    message = seed_of("message")
    signature = key.sign_note("x\n", ROOT_NAME).encode()[:64]
    sound = key.sign("sign/request", b"", message)
    labelled = b"sealed-intake/1 sign/request\0" + message
    cases = [
        (key.verification_key, labelled, sound),
        (key.verification_key, labelled, signature),
        (key.verification_key, message, sound),
        *((key.verification_key, labelled, sound[:n]) for n in (0, 32, 63)),
        *(
            (key.verification_key, labelled, sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
            for at in range(64)
        ),
    ]

    answers = ask(
        [
            {
                "op": "verify_ed25519",
                **{
                    name: encode_base64url(value)
                    for name, value in zip(("key", "message", "signature"), case, strict=True)
                },
            }
            for case in cases
        ]
    )

    assert answers == [
        _verdict(lambda case=case: {"valid": verify_ed25519(*case) is None})  # type: ignore[misc, func-returns-value]
        for case in cases
    ]
