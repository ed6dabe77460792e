"""Signed notes and verifier keys. Source: SPEC §13.1."""

import base64

from crypto.errors import (
    MalformedKeyError,
    MalformedNoteError,
    SignatureError,
)
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
    ROOT_NAME,
    SignedNote,
    encode_note,
    encode_verifier_key,
    note_key_id,
    parse_note,
)
from tests.vectors.makers.directory import (
    NORTH,
    SOUTH,
)
from tests.vectors.makers.vector_file import VectorFile


def _signed_note() -> VectorFile:
    file = VectorFile("signed_note", "SPEC 13.1")
    text, key = "sealed-intake/1 example\nsecond line \u2014 \u4e3e\u62a5\n", NORTH.root
    note = key.sign_note(text, ROOT_NAME)
    members = {"signer": ROOT_NAME, "key": key.verification_key.hex()}
    line = note.rsplit("\n", 2)[1]
    blob = base64.b64decode(line.rsplit(" ", 1)[1])
    file.accept("sound", note=note, **members)
    file.accept("empty_line_in_text", note=key.sign_note("a\n\nb\n", ROOT_NAME), **members)
    file.accept(
        "signature_line_in_text", note=key.sign_note(f"a\n\n{line}\n", ROOT_NAME), **members
    )

    def spelled(raw: bytes) -> str:
        return note.replace(line, f"\u2014 {ROOT_NAME} {base64.b64encode(raw).decode()}")

    stray = line[:-2] + chr(ord(line[-2]) + 1) + "="
    for name, altered in (
        ("empty", ""),
        ("no_signature", text),
        ("no_empty_line", note.replace("\n\n", "\n")),
        ("two_signatures", note + line + "\n"),
        ("no_newline_at_end", note[:-1]),
        ("two_newlines_at_end", note + "\n"),
        ("carriage_returns", note.replace("\n", "\r\n")),
        ("tab_in_text", note.replace("second ", "second\t")),
        ("zero_in_text", note.replace("second", "sec\0ond")),
        ("delete_in_text", note.replace("second", "sec\x7fond")),
        ("control_of_the_second_page", note.replace("second", "sec\x85ond")),
        ("hyphen_for_dash", note.replace(line, line.replace("\u2014", "-"))),
        ("en_dash_for_dash", note.replace(line, line.replace("\u2014", "\u2013"))),
        ("two_spaces", note.replace(line, line.replace(" s", "  s"))),
        ("space_at_end", note.replace(line, line + " ")),
        ("capital_name", note.replace(line, line.replace("root", "Root"))),
        ("no_name", note.replace(line, line.replace(ROOT_NAME, ""))),
        ("no_padding", note.replace(line, line[:-1])),
        ("spare_bits", note.replace(line, stray)),
        ("signature_short", spelled(blob[:-1])),
        ("signature_long", spelled(blob + b"\0")),
        ("url_alphabet", note.replace(line, line[:-4] + "-_A=")),
    ):
        file.refuse(name, MalformedNoteError, note=altered, **members)
    for name, altered in (
        ("other_key_id", spelled(bytes([blob[0] ^ 1]) + blob[1:])),
        ("r_changed", spelled(blob[:4] + bytes([blob[4] ^ 1]) + blob[5:])),
        ("s_changed", spelled(blob[:36] + bytes([blob[36] ^ 1]) + blob[37:])),
        ("signature_of_zeros", spelled(blob[:4] + bytes(64))),
        ("text_changed", note.replace("second", "Second")),
        ("name_changed", note.replace(ROOT_NAME, DIRECTORY_NAME)),
        ("signed_under_another_name", key.sign_note(text, DIRECTORY_NAME)),
        ("signed_by_another_key", SOUTH.root.sign_note(text, ROOT_NAME)),
    ):
        file.refuse(name, SignatureError, note=altered, **members)
    own_id = note_key_id(ROOT_NAME, key.verification_key)
    other = parse_note(SOUTH.root.sign_note(text, ROOT_NAME)).signature
    forged = encode_note(SignedNote(text, ROOT_NAME, own_id, other))
    file.refuse("right_key_id_and_anothers_signature", SignatureError, note=forged, **members)
    return file


def _verifier_key() -> VectorFile:
    file = VectorFile("verifier_key", "SPEC 13.1")
    key = NORTH.root_key
    text = encode_verifier_key(ROOT_NAME, key)
    name, key_id, encoded = text.split("+", 2)
    file.accept("root", text=text, signer=ROOT_NAME)
    file.accept("directory", text=encode_verifier_key(DIRECTORY_NAME, key), signer=DIRECTORY_NAME)
    other_kind = base64.b64encode(b"\x02" + key).decode()
    for fault, altered in (
        ("empty", ""),
        ("other_name", encode_verifier_key(DIRECTORY_NAME, key)),
        ("id_of_another_name", f"{name}+{note_key_id(DIRECTORY_NAME, key).hex()}+{encoded}"),
        ("capital_id", f"{name}+{key_id.upper()}+{encoded}"),
        ("short_id", f"{name}+{key_id[:-1]}+{encoded}"),
        ("other_algorithm", f"{name}+{key_id}+{other_kind}"),
        ("key_cut", f"{name}+{key_id}+{encoded[:-4]}"),
        ("key_alone", encoded),
        ("newline_behind", text + "\n"),
        ("space_before", " " + text),
    ):
        file.refuse(fault, MalformedNoteError, text=altered, signer=ROOT_NAME)
    small = encode_verifier_key(ROOT_NAME, (1).to_bytes(32, "little"))
    file.refuse("small_order", MalformedKeyError, text=small, signer=ROOT_NAME)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_signed_note(), _verifier_key()]
