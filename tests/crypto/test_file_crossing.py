"""What the file worker seals part by part, Python opens (STYLE 8; ATTACKS A1; SPEC 17)."""

import io
from typing import Final

import pytest
from nacl.utils import random

from crypto.custody.opening import open_file
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.files import CAPABILITY_BYTES, Upload, bucket_bytes, file_digest, part_hash
from tests.crypto.typescript import Ask

PART_BYTES: Final = 2 * 2**20


@pytest.mark.parametrize("size_bytes", [0, 1, 65_536, PART_BYTES, 2 * PART_BYTES + 70_000])
def test_a_file_sealed_in_the_browser_opens_in_python(ask: Ask, size_bytes: int) -> None:
    """Parts of the lengths of SPEC 17.4, their digest, and every byte."""
    plaintext, key, capability = random(size_bytes), random(32), random(CAPABILITY_BYTES)
    spelled = {"plaintext": plaintext, "key": key, "capability": capability}
    job = {name: encode_base64url(raw) for name, raw in spelled.items()}

    (answer,) = ask([{"op": "seal_parts", **job}])

    parts = [decode_base64url(part) for part in answer["parts"]]
    upload = Upload(capability, bucket_bytes(size_bytes))
    opened = b"".join(open_file(key, io.BytesIO(b"".join(parts)).read))
    assert [len(part) for part in parts] == [upload.part_bytes(i) for i in range(upload.part_count)]
    assert decode_base64url(answer["digest"]) == file_digest([part_hash(part) for part in parts])
    assert opened[:size_bytes] == plaintext
    assert len(opened) == upload.bucket_bytes
