"""Python and TypeScript judge alike: key sets, texts, JSON, codes (ATTACKS A3, A11, A16)."""

from collections.abc import Callable
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import SealedIntakeError
from crypto.signing.sign import SigningKey
from crypto.signing.trust import (
    check_minimum_version,
    verify_acknowledgement_text,
    verify_key_set,
)
from crypto.signing.verify import verify_ed25519
from crypto.wire.codec import CROCKFORD_ALPHABET, encode_base64url
from crypto.wire.instants import parse_instant
from crypto.wire.key_set import parse_key_set
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from crypto.wire.strict_json import parse_json_object
from tests.authority import seed_of
from tests.crypto.typescript import Ask
from tests.vectors.notation import bases_of, expand, expand_text, read_file

_FUZZED: Final = 1000


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
