"""Published vectors: what others know to go wrong must not go wrong here.

`intake/web/src/tests/published_vectors.test.ts` reads the same files unchanged. Every vector says
`accept` or `refuse`; where an output is known, only that very output counts as accepted. Where the
files come from: `tests/vectors/published/README.md`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import nacl.bindings
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.exceptions import RuntimeError as SodiumError

from crypto.errors import SignatureError
from crypto.signing.verify import verify_ed25519

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "published"

Vector = Mapping[str, Any]

# How many vectors each file accepts and refuses: a vector that goes missing is noticed here.
COUNTS: Final = {
    "aes_256_gcm": (39, 27),
    "ed25519_cctv": (43, 871),
    "ed25519_wycheproof": (138, 72),
    "hkdf_sha256": (83, 3),
    "ml_kem_768_decaps": (161, 40),
    "ml_kem_768_encaps": (164, 137),
    "ml_kem_768_keygen": (125, 0),
    "ml_kem_768_modulus": (1, 780),
    "sealed_box": (3, 3),
    "secretbox": (1, 2),
    "x25519": (487, 31),
}

# The members of each vector beside `name` and `expect`: an unknown one would go unread.
MEMBERS: Final = {
    "aes_256_gcm": {"key", "iv", "aad", "msg", "ct", "tag"},
    "ed25519_cctv": {"public_key", "message", "signature", "flags"},
    "ed25519_wycheproof": {"public_key", "message", "signature"},
    "hkdf_sha256": {"ikm", "salt", "info", "size", "okm"},
    "ml_kem_768_decaps": {"seed", "ek_sha256", "c", "shared"},
    "ml_kem_768_encaps": {"ek", "m", "c_sha256", "shared"},
    "ml_kem_768_keygen": {"seed", "ek_sha256", "dk_sha256"},
    "ml_kem_768_modulus": {"coefficient", "value"},
    "sealed_box": {"private", "public", "message", "box"},
    "secretbox": {"key", "nonce", "message", "box"},
    "x25519": {"private", "public", "shared"},
}


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_bytes())
    return document


def _verdict(call: Callable[[], object], wanted: object, *refusals: type[Exception]) -> str:
    """Say what a call did: nothing but the declared refusals may be raised."""
    try:
        got = call()
    except refusals:
        return "refuse"
    return "accept" if got == wanted else "wrong output"


def _mistaken(name: str, judge: Callable[[Vector], str]) -> list[str]:
    """Name each vector whose verdict is not the expected one."""
    vectors = _read(name)["vectors"]
    return [v["name"] for v in vectors if judge(v) != v["expect"]]


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def test_every_file_is_read_here() -> None:
    """ATTACKS A1: none skipped."""
    assert {path.stem for path in VECTORS.glob("*.json")} == set(COUNTS) == set(MEMBERS)


@pytest.mark.parametrize("name", COUNTS)
def test_no_vector_is_missing_unnamed_or_misread(name: str) -> None:
    """ATTACKS A1: the counts are fixed, the names differ, each member is known."""
    vectors = _read(name)["vectors"]

    expects = Counter(v["expect"] for v in vectors)

    assert (expects["accept"], expects["refuse"]) == COUNTS[name]
    assert len({v["name"] for v in vectors}) == expects.total() == sum(COUNTS[name])
    assert {frozenset(v) for v in vectors} == {frozenset(MEMBERS[name] | {"name", "expect"})}


def test_x25519_agrees_and_refuses_a_zero_shared_secret() -> None:
    """RFC 7748 §6.1; ATTACKS A2: 31 low-order keys raise."""

    def judge(v: Vector) -> str:
        private, public = bytes.fromhex(v["private"]), bytes.fromhex(v["public"])
        return _verdict(
            lambda: nacl.bindings.crypto_scalarmult(private, public).hex(), v["shared"], SodiumError
        )

    assert _mistaken("x25519", judge) == []


def _judge_ed25519(v: Vector) -> str:
    key, signature = bytes.fromhex(v["public_key"]), bytes.fromhex(v["signature"])
    message = bytes.fromhex(v["message"])
    return _verdict(lambda: verify_ed25519(key, message, signature), None, SignatureError)


@pytest.mark.parametrize("name", ["ed25519_wycheproof", "ed25519_cctv"])
def test_ed25519_gives_libsodiums_verdict(name: str) -> None:
    """DESIGN §3: one strict verdict everywhere; ATTACKS A4: no verdict differs."""
    assert _mistaken(name, _judge_ed25519) == []


def test_hkdf_derives_the_published_keys() -> None:
    """RFC 5869 §2.3: at most 255 blocks."""

    def judge(v: Vector) -> str:
        ikm, salt, info = (bytes.fromhex(v[part]) for part in ("ikm", "salt", "info"))
        return _verdict(
            lambda: HKDF(SHA256(), v["size"], salt, info).derive(ikm).hex(), v["okm"], ValueError
        )

    assert _mistaken("hkdf_sha256", judge) == []


def test_aes_gcm_opens_what_is_whole_and_nothing_else() -> None:
    """SP 800-38D, with the 96-bit nonce and 128-bit tag of our stream."""

    def judge(v: Vector) -> str:
        key, iv, aad = (bytes.fromhex(v[part]) for part in ("key", "iv", "aad"))
        box = bytes.fromhex(v["ct"] + v["tag"])
        return _verdict(lambda: AESGCM(key).decrypt(iv, box, aad).hex(), v["msg"], InvalidTag)

    assert _mistaken("aes_256_gcm", judge) == []


def test_aes_gcm_seals_to_the_published_ciphertext() -> None:
    """SP 800-38D: encryption is deterministic once the nonce is given."""
    whole = [v for v in _read("aes_256_gcm")["vectors"] if v["expect"] == "accept"]

    for v in whole:
        key, iv, aad, msg = (bytes.fromhex(v[part]) for part in ("key", "iv", "aad", "msg"))
        assert AESGCM(key).encrypt(iv, msg, aad).hex() == v["ct"] + v["tag"], v["name"]

    assert len(whole) == 39


def test_secretbox_opens_nacls_box_and_no_altered_one() -> None:
    """NaCl's own vector."""

    def judge(v: Vector) -> str:
        key, nonce, box = (bytes.fromhex(v[part]) for part in ("key", "nonce", "box"))
        return _verdict(
            lambda: nacl.bindings.crypto_secretbox_open_easy(box, nonce, key).hex(),
            v["message"],
            CryptoError,
        )

    assert _mistaken("secretbox", judge) == []


def test_sealed_boxes_open_and_no_altered_one_does() -> None:
    """PyNaCl's reference boxes."""

    def judge(v: Vector) -> str:
        private, public, box = (bytes.fromhex(v[part]) for part in ("private", "public", "box"))
        return _verdict(
            lambda: nacl.bindings.crypto_box_seal_open(box, public, private).hex(),
            v["message"],
            CryptoError,
        )

    assert _mistaken("sealed_box", judge) == []


def test_ml_kem_derives_the_published_public_key_from_the_seed() -> None:
    """FIPS 203 §7.1; `dk_sha256` is for TypeScript, since `cryptography` keeps the seed alone."""

    def judge(v: Vector) -> str:
        seed = bytes.fromhex(v["seed"])
        return _verdict(
            lambda: _sha256(
                MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
            ),
            v["ek_sha256"],
        )

    assert _mistaken("ml_kem_768_keygen", judge) == []


def test_ml_kem_decapsulates_and_refuses_wrong_lengths() -> None:
    """FIPS 203 §7.3: a changed ciphertext yields the implicit-rejection secret, not an error."""

    def decapsulate(v: Vector) -> tuple[str, str]:
        key = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(v["seed"]))
        shared = key.decapsulate(bytes.fromhex(v["c"]))
        return _sha256(key.public_key().public_bytes_raw()), shared.hex()

    def judge(v: Vector) -> str:
        return _verdict(lambda: decapsulate(v), (v["ek_sha256"], v["shared"]), ValueError)

    assert _mistaken("ml_kem_768_decaps", judge) == []


def _encapsulated_lengths(ek: bytes) -> tuple[int, int]:
    shared, ciphertext = MLKEM768PublicKey.from_public_bytes(ek).encapsulate()
    return len(shared), len(ciphertext)


def test_ml_kem_takes_only_well_formed_public_keys() -> None:
    """FIPS 203 §7.2; the ciphertext for a given m is for TypeScript: `cryptography` draws its m."""

    def judge(v: Vector) -> str:
        ek = bytes.fromhex(v["ek"])
        return _verdict(lambda: _encapsulated_lengths(ek), (32, 1088), ValueError)

    assert _mistaken("ml_kem_768_encaps", judge) == []


def _with_coefficient(ek: bytes, index: int, value: int) -> bytes:
    """Set one of the 768 twelve-bit coefficients at the head of an encapsulation key."""
    number = int.from_bytes(ek[:1152], "little")
    number += (value - (number >> 12 * index & 0xFFF)) << 12 * index
    return number.to_bytes(1152, "little") + ek[1152:]


def test_ml_kem_refuses_every_coefficient_beyond_the_modulus() -> None:
    """FIPS 203 §7.2, modulus check; ATTACKS A3: 780 of 780, and the unmodified key is taken."""
    base = bytes.fromhex(_read("ml_kem_768_modulus")["base_ek"])

    def judge(v: Vector) -> str:
        ek = _with_coefficient(base, v["coefficient"], v["value"])
        return _verdict(lambda: _encapsulated_lengths(ek), (32, 1088), ValueError)

    assert _mistaken("ml_kem_768_modulus", judge) == []
