"""Notes, key sets, their succession, officers, acknowledgement texts. Source: SPEC §12.4, §13."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    KeySetExpiredError,
    KeySetForkError,
    KeySetNotYetValidError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedAcknowledgementError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedNoteError,
    SealedIntakeError,
    SignatureError,
)
from crypto.signing.sign import SigningKey
from crypto.signing.trust import ACKNOWLEDGEMENT_LABEL
from crypto.wire.acknowledgement import (
    AcknowledgementText,
    acknowledgement_body,
    encode_acknowledgement_text,
    parse_acknowledgement,
)
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    CERTIFICATE_LABEL,
    certificate_json,
    encode_note_text,
)
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instants import encode_instant, minute_of
from crypto.wire.key_set import KEY_SET_LABEL, encode_key_set, key_set_hash, key_set_json
from crypto.wire.officers import OFFICERS_LABEL, Officer, officers_hash, officers_json
from crypto.wire.roles import REQUIRED_DESKS, Role
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
    ROOT_NAME,
    SignedNote,
    encode_note,
    encode_verifier_key,
    note_key_id,
    parse_note,
)
from crypto.wire.strict_json import encode_json
from tests.authority import NOW, Authority, make_authority, seed_of
from tests.vectors.makers.vector_file import VectorFile

# The least number of desks keeps the files small; the fullest key set stands among them once.
_LEAST: Final = tuple(sorted(REQUIRED_DESKS))
_NORTH: Final = make_authority("north", roles=_LEAST)
_SOUTH: Final = make_authority("south", roles=_LEAST)

Members = dict[str, Any]


def _signed_note() -> VectorFile:
    file = VectorFile("signed_note", "SPEC 13.1")
    text, key = "sealed-intake/1 example\nsecond line \u2014 \u4e3e\u62a5\n", _NORTH.root
    note = key.sign_note(text, ROOT_NAME)
    members = {"signer": ROOT_NAME, "key": key.verification_key.hex()}
    line = note.rsplit("\n", 2)[1]
    blob = base64.b64decode(line.rsplit(" ", 1)[1])
    file.accept("sound", note=note, **members)
    file.accept("empty_line_in_text", note=key.sign_note("a\n\nb\n", ROOT_NAME), **members)
    file.accept("signature_line_in_text", note=key.sign_note(f"a\n\n{line}\n", ROOT_NAME), **members)

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
        ("signed_by_another_key", _SOUTH.root.sign_note(text, ROOT_NAME)),
    ):
        file.refuse(name, SignatureError, note=altered, **members)
    own_id = note_key_id(ROOT_NAME, key.verification_key)
    other = parse_note(_SOUTH.root.sign_note(text, ROOT_NAME)).signature
    forged = encode_note(SignedNote(text, ROOT_NAME, own_id, other))
    file.refuse("right_key_id_and_anothers_signature", SignatureError, note=forged, **members)
    return file


def _verifier_key() -> VectorFile:
    file = VectorFile("verifier_key", "SPEC 13.1")
    key = _NORTH.root_key
    text = encode_verifier_key(ROOT_NAME, key)
    name, key_id, encoded = text.split("+", 2)
    file.accept("root", text=text, signer=ROOT_NAME)
    file.accept(
        "directory", text=encode_verifier_key(DIRECTORY_NAME, key), signer=DIRECTORY_NAME
    )
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


# --- key sets -----------------------------------------------------------------------------------


def _changed(authority: Authority, **members: Any) -> str:  # noqa: ANN401
    return authority.publish({**key_set_json(authority.body), **members}).decode()


def _desks(*changes: Mapping[str, Any]) -> list[Members]:
    """The least desks as JSON, the first ones with members changed."""
    desks: list[Members] = [dict(desk) for desk in key_set_json(_NORTH.body)["desks"]]  # type: ignore[union-attr, arg-type]
    for desk, change in zip(desks, changes, strict=False):
        desk.update(change)
    return desks


def _extra_desk(role: str, epoch: int, *, current: bool, actor: str) -> Members:
    pair = KeyPair.from_seed(seed_of(f"north/desk/{actor}"))
    return {
        "role": role,
        "epoch": epoch,
        "recipient_key": encode_base64url(pair.recipient_key),
        "verification_key": encode_base64url(pair.verification_key),
        "current": current,
    }


def _certificate(**changes: Any) -> str:  # noqa: ANN401
    start, key = NOW - timedelta(days=30), _NORTH.directory.verification_key
    body = {**certificate_json(key, start, start + timedelta(days=330), None), **changes}
    return _NORTH.root_note(
        CERTIFICATE_LABEL, {k: v for k, v in body.items() if v is not None}
    )


def _with_certificate(certificate: str) -> str:
    return _NORTH.publish(key_set_json(_NORTH.body), certificate).decode()


def _ack_certificate(**changes: Any) -> str:  # noqa: ANN401
    start, key = NOW - timedelta(days=20), _NORTH.acknowledgement.verification_key
    body = {**certificate_json(key, start, start + timedelta(days=220), _NORTH.origin), **changes}
    return _NORTH.directory_note(
        ACKNOWLEDGEMENT_KEY_LABEL, {k: v for k, v in body.items() if v is not None}
    )


def _key_set_members(now: str = encode_instant(NOW), minimum_version: int = 1) -> Members:
    return {"root_key": _NORTH.root_key.hex(), "now": now, "minimum_version": minimum_version}


def _key_set() -> VectorFile:
    sound = _NORTH.published.decode()
    file = VectorFile("key_set", "SPEC 13", bases={"sound": sound})
    base, members = {"base": "sound"}, _key_set_members()
    file.accept("sound", published=base, **members)
    file.accept("all_desks", published=make_authority("north").published.decode(), **members)
    file.accept("last_second", published=base, **_key_set_members("2026-03-15T07:59:59Z"))
    file.accept("first_second", published=base, **_key_set_members("2026-03-02T07:00:00Z"))
    second = make_authority("north", roles=_LEAST)
    previous = encode_base64url(_NORTH.key_set.hash)
    file.accept("version_two", published=_changed(second, version=2, previous=previous), **members)
    old = [*_desks(), _extra_desk("triage", 2, current=False, actor="triage/2")]
    file.accept("earlier_epoch", published=_changed(_NORTH, desks=old), **members)
    keys = [_NORTH.acknowledgement_certificate, _ack_certificate(**{"from": "2026-01-01T00:00:00Z"})]
    file.accept(
        "two_acknowledgement_keys", published=_changed(_NORTH, acknowledgement_keys=keys), **members
    )
    for name, error, now in (
        ("expired", KeySetExpiredError, "2026-03-15T08:00:00Z"),
        ("long_expired", KeySetExpiredError, "2026-06-01T00:00:00Z"),
        ("not_yet_valid", KeySetNotYetValidError, "2026-03-02T06:59:59Z"),
        ("clock_of_2000", KeySetNotYetValidError, "2000-01-01T00:00:00Z"),
    ):
        file.refuse(name, error, published=base, **_key_set_members(now))
    file.refuse(
        "below_minimum_version",
        KeySetRollbackError,
        published=base,
        **_key_set_members(minimum_version=2),
    )
    for name, error, published in _bad_key_sets():
        file.refuse(name, error, published=published, **members)
    _refused_sources(file, base)
    return file


def _refused_sources(file: VectorFile, base: Members) -> None:
    members = _key_set_members()
    south = {**members, "root_key": _SOUTH.root_key.hex()}
    file.refuse("wrong_root", SignatureError, published=base, **south)
    file.refuse(
        "key_set_of_another_directory",
        SignatureError,
        published=encode_key_set(
            _NORTH.certificate,
            _SOUTH.directory.sign_note(
                encode_note_text(KEY_SET_LABEL, _NORTH.authority_id, key_set_json(_NORTH.body)),
                DIRECTORY_NAME,
            ),
        ).decode(),
        **members,
    )
    file.refuse(
        "certificate_signed_by_the_directory",
        SignatureError,
        published=_with_certificate(
            _NORTH.directory_note(
                CERTIFICATE_LABEL,
                certificate_json(
                    _NORTH.directory.verification_key, NOW, NOW + timedelta(days=10), None
                ),
            )
        ),
        **members,
    )


def _other_authority(label: str, body: Mapping[str, Any], key: SigningKey, name: str) -> str:
    return key.sign_note(encode_note_text(label, _SOUTH.authority_id, body), name)


def _bad_key_sets() -> list[tuple[str, type[SealedIntakeError], str]]:
    body = key_set_json(_NORTH.body)
    foreign_note = _other_authority(KEY_SET_LABEL, body, _NORTH.directory, DIRECTORY_NAME)
    cert_body = certificate_json(
        _NORTH.directory.verification_key, NOW - timedelta(days=1), NOW + timedelta(days=99), None
    )
    foreign_certificate = _other_authority(CERTIFICATE_LABEL, cert_body, _NORTH.root, ROOT_NAME)
    foreign_ack = _other_authority(
        ACKNOWLEDGEMENT_KEY_LABEL,
        certificate_json(
            _NORTH.acknowledgement.verification_key, NOW, NOW + timedelta(days=1), _NORTH.origin
        ),
        _NORTH.directory,
        DIRECTORY_NAME,
    )
    south_ack = _SOUTH.acknowledgement_certificate
    other_origin = _ack_certificate(origin="https://other.example")
    untrusted = KeySetUntrustedError
    return [
        (
            "key_set_names_another_authority",
            untrusted,
            encode_key_set(_NORTH.certificate, foreign_note).decode(),
        ),
        ("certificate_names_another_authority", untrusted, _with_certificate(foreign_certificate)),
        (
            "acknowledgement_key_names_another_authority",
            untrusted,
            _changed(_NORTH, acknowledgement_keys=[foreign_ack]),
        ),
        (
            "acknowledgement_key_for_another_origin",
            untrusted,
            _changed(_NORTH, acknowledgement_keys=[other_origin]),
        ),
        (
            "acknowledgement_key_of_another_directory",
            SignatureError,
            _changed(_NORTH, acknowledgement_keys=[south_ack]),
        ),
        (
            "certificate_expired",
            KeySetExpiredError,
            _with_certificate(_certificate(until="2026-03-02T08:00:00Z")),
        ),
        (
            "certificate_not_yet_valid",
            KeySetNotYetValidError,
            _with_certificate(_certificate(**{"from": "2026-03-02T08:00:01Z"})),
        ),
        *_bad_certificates(),
        *_bad_members(),
        *_bad_desks(),
        *_bad_shapes(),
    ]


def _bad_certificates() -> list[tuple[str, type[SealedIntakeError], str]]:
    low = encode_base64url((1).to_bytes(32, "little"))
    wrong = MalformedKeySetError
    as_ack = _NORTH.root_note(
        ACKNOWLEDGEMENT_KEY_LABEL, certificate_json(_NORTH.root_key, NOW, NOW + timedelta(1), None)
    )
    return [
        ("certificate_for_400_days_and_a_second", wrong, _with_certificate(_certificate(until="2027-03-07T08:00:01Z"))),
        ("certificate_ends_first", wrong, _with_certificate(_certificate(until="2026-01-01T00:00:00Z"))),
        ("certificate_without_key", wrong, _with_certificate(_certificate(verification_key=None))),
        ("certificate_with_more", wrong, _with_certificate(_certificate(more=1))),
        ("certificate_of_another_label", wrong, _with_certificate(as_ack)),
        ("certificate_key_low_order", MalformedKeyError, _with_certificate(_certificate(verification_key=low))),
        ("certificate_no_note", MalformedNoteError, _with_certificate("x")),
        (
            "acknowledgement_key_low_order",
            MalformedKeyError,
            _changed(_NORTH, acknowledgement_keys=[_ack_certificate(verification_key=low)]),
        ),
        (
            "acknowledgement_key_without_origin",
            wrong,
            _changed(_NORTH, acknowledgement_keys=[_ack_certificate(origin=None)]),
        ),
        (
            "acknowledgement_key_is_a_directory_certificate",
            wrong,
            _changed(_NORTH, acknowledgement_keys=[_NORTH.certificate]),
        ),
        (
            "acknowledgement_key_no_note",
            MalformedNoteError,
            _changed(_NORTH, acknowledgement_keys=["x"]),
        ),
    ]


def _bad_members() -> list[tuple[str, type[SealedIntakeError], str]]:
    changes: tuple[tuple[str, Members], ...] = (
        ("unknown_member", {"more": 1}),
        ("version_zero", {"version": 0}),
        ("version_negative", {"version": -1}),
        ("version_text", {"version": "1"}),
        ("version_true", {"version": True}),
        ("version_beyond_u32", {"version": 2**32}),
        ("version_one_with_previous", {"previous": encode_base64url(bytes(32))}),
        ("version_two_without_previous", {"version": 2}),
        ("previous_short", {"version": 2, "previous": encode_base64url(bytes(31))}),
        ("previous_number", {"version": 2, "previous": 1}),
        ("origin_with_path", {"origin": "https://report.example/"}),
        ("origin_number", {"origin": 1}),
        ("body_name_without_chinese", {"body_name": {"en": "x"}}),
        ("body_name_with_more", {"body_name": {"en": "x", "zh-CN": "x", "fr": "x"}}),
        ("body_name_text", {"body_name": "x"}),
        ("body_name_number", {"body_name": {"en": 1, "zh-CN": "x"}}),
        ("longer_than_14_days", {"until": "2026-03-16T07:00:01Z"}),
        ("ends_when_it_starts", {"until": "2026-03-02T07:00:00Z"}),
        ("ends_first", {"until": "2026-03-01T07:00:00Z"}),
        ("from_is_a_day", {"from": "2026-03-02"}),
        ("until_number", {"until": 1}),
        ("no_acknowledgement_key", {"acknowledgement_keys": []}),
        ("acknowledgement_keys_text", {"acknowledgement_keys": "x"}),
        ("acknowledgement_key_number", {"acknowledgement_keys": [1]}),
        (
            "acknowledgement_key_twice",
            {"acknowledgement_keys": [_NORTH.acknowledgement_certificate] * 2},
        ),
        ("directory_hash_short", {"directory_hash": encode_base64url(bytes(31))}),
        ("directory_hash_padded", {"directory_hash": encode_base64url(bytes(32)) + "="}),
        ("no_desks", {"desks": []}),
        ("desks_object", {"desks": {}}),
        ("desk_text", {"desks": ["triage"]}),
    )
    body = key_set_json(_NORTH.body)
    missing = [
        (f"without_{name}", MalformedKeySetError, _published({k: v for k, v in body.items() if k != name}))
        for name in ("version", "origin", "directory_hash", "desks")
    ]
    return [*((name, MalformedKeySetError, _changed(_NORTH, **new)) for name, new in changes), *missing]


def _published(body: Members) -> str:
    return _NORTH.publish(body).decode()


def _bad_desks() -> list[tuple[str, type[SealedIntakeError], str]]:
    desks = _desks()
    first, second = desks[0], desks[1]
    recipient = [decode_base64url(desk["recipient_key"]) for desk in desks]
    beyond = recipient[0][:32] + b"\xff\xff" + recipient[0][34:]
    low = bytes(32) + recipient[0][32:]
    low_point = encode_base64url((1).to_bytes(32, "little"))

    def with_key(raw: bytes) -> list[Members]:
        return _desks({"recipient_key": encode_base64url(raw)})

    key_faults: tuple[tuple[str, list[Members]], ...] = (
        ("x25519_low_order", with_key(low)),
        ("x25519_unreduced_zero", with_key((2**255 - 19).to_bytes(32, "little") + low[32:])),
        ("ml_kem_beyond_modulus", with_key(beyond)),
        ("recipient_key_short", with_key(recipient[0][:-1])),
        ("recipient_key_long", with_key(recipient[0] + b"\0")),
        ("verification_key_low_order", _desks({"verification_key": low_point})),
        ("verification_key_short", _desks({"verification_key": encode_base64url(bytes(31))})),
    )
    wrong: tuple[tuple[str, list[Members]], ...] = (
        ("x25519_twice", with_key(recipient[1][:32] + recipient[0][32:])),
        ("ml_kem_twice", with_key(recipient[0][:32] + recipient[1][32:])),
        ("verification_key_twice", _desks({"verification_key": second["verification_key"]})),
        ("same_desk_twice", [*desks, first]),
        (
            "same_epoch_twice",
            [*desks, _extra_desk("triage", 1, current=False, actor="triage/again")],
        ),
        (
            "two_current_epochs",
            [*desks, _extra_desk("triage", 2, current=True, actor="triage/2")],
        ),
        (
            "two_current_epochs_of_a_free_role",
            [
                *desks,
                _extra_desk("independent-reward", 1, current=True, actor="ir/1"),
                _extra_desk("independent-reward", 2, current=True, actor="ir/2"),
            ],
        ),
        ("no_current_triage", _desks({"current": False})),
        *((f"no_{desk['role']}", [d for d in desks if d is not desk]) for desk in desks),
        ("unknown_role", _desks({"role": "clerk"})),
        ("role_by_number", _desks({"role": 1})),
        ("epoch_zero", _desks({"epoch": 0})),
        ("epoch_text", _desks({"epoch": "1"})),
        ("current_number", _desks({"current": 1})),
        ("desk_with_more", _desks({"more": 1})),
        ("desk_without_epoch", [{k: v for k, v in first.items() if k != "epoch"}, *desks[1:]]),
        ("recipient_key_number", _desks({"recipient_key": 1})),
        ("recipient_key_padded", _desks({"recipient_key": first["recipient_key"] + "="})),
    )
    return [
        *((name, MalformedKeyError, _changed(_NORTH, desks=new)) for name, new in key_faults),
        *((name, MalformedKeySetError, _changed(_NORTH, desks=new)) for name, new in wrong),
    ]


def _bad_shapes() -> list[tuple[str, type[SealedIntakeError], str]]:
    sound = _NORTH.published.decode()
    note = _NORTH.directory_note(KEY_SET_LABEL, key_set_json(_NORTH.body))
    body = encode_json(key_set_json(_NORTH.body)).decode()
    identity = encode_base64url(_NORTH.authority_id)

    def signed(text: str) -> str:
        return encode_key_set(
            _NORTH.certificate, _NORTH.directory.sign_note(text, DIRECTORY_NAME)
        ).decode()

    wrong = MalformedKeySetError
    return [
        ("empty", wrong, ""),
        ("list", wrong, "[]"),
        ("more_behind", wrong, sound + "x"),
        ("byte_order_mark", wrong, "\ufeff" + sound),
        ("member_unknown", wrong, sound[:-1] + ',"more":1}'),
        ("member_twice", wrong, sound[:-1] + ',"key_set":"x"}'),
        ("without_certificate", wrong, encode_json({"key_set": note}).decode()),
        ("key_set_number", wrong, encode_json({"certificate": "x", "key_set": 1}).decode()),
        (
            "key_set_no_note",
            MalformedNoteError,
            encode_key_set(_NORTH.certificate, "x").decode(),
        ),
        ("officers_label", wrong, signed(f"{OFFICERS_LABEL}\n{identity}\n{body}\n")),
        ("label_with_space", wrong, signed(f"{KEY_SET_LABEL} \n{identity}\n{body}\n")),
        ("two_lines", wrong, signed(f"{KEY_SET_LABEL}\n{body}\n")),
        ("four_lines", wrong, signed(f"{KEY_SET_LABEL}\n{identity}\n{body}\n\n")),
        ("authority_short", wrong, signed(f"{KEY_SET_LABEL}\n{identity[:-4]}\n{body}\n")),
        ("authority_padded", wrong, signed(f"{KEY_SET_LABEL}\n{identity}=\n{body}\n")),
        ("json_of_two_values", wrong, signed(f"{KEY_SET_LABEL}\n{identity}\n{body}{{}}\n")),
        (
            "json_duplicate",
            wrong,
            signed(f'{KEY_SET_LABEL}\n{identity}\n{body[:-1]},"version":1}}\n'),
        ),
        (
            "text_changed",
            SignatureError,
            encode_key_set(_NORTH.certificate, note.replace("Example", "example")).decode(),
        ),
    ]


# --- succession ---------------------------------------------------------------------------------


def _succession() -> VectorFile:
    file = VectorFile("succession", "SPEC 13.7")
    one = _NORTH.published.decode()
    first = _NORTH.key_set.hash
    two = _changed(_NORTH, version=2, previous=encode_base64url(first))
    strayed = _changed(_NORTH, version=2, previous=encode_base64url(seed_of("another")))
    three = _changed(_NORTH, version=3, previous=encode_base64url(first))
    file.bases.update({"one": one, "two": two, "strayed": strayed, "three": three})
    root = _NORTH.root_key.hex()

    def memory(version: int, value: bytes) -> Members:
        return {"version": version, "hash": value.hex()}

    note_two = _NORTH.directory_note(
        KEY_SET_LABEL,
        {**key_set_json(_NORTH.body), "version": 2, "previous": encode_base64url(first)},
    )
    second = key_set_hash(note_two)
    for name, known, base in (
        ("first_ever", None, "one"),
        ("first_ever_is_version_three", None, "three"),
        ("same_again", memory(1, first), "one"),
        ("next", memory(1, first), "two"),
        ("same_second_again", memory(2, second), "two"),
    ):
        file.accept(name, memory=known, published={"base": base}, root_key=root)
    for name, error, known, base in (
        ("older", KeySetRollbackError, memory(2, second), "one"),
        ("much_older", KeySetRollbackError, memory(9, second), "two"),
        ("same_version_other_bytes", KeySetForkError, memory(1, seed_of("another")), "one"),
        ("next_with_other_predecessor", KeySetForkError, memory(1, first), "strayed"),
        ("predecessor_of_another", KeySetForkError, memory(1, seed_of("another")), "two"),
        ("leap", KeySetForkError, memory(1, first), "three"),
    ):
        file.refuse(name, error, memory=known, published={"base": base}, root_key=root)
    return file


def _officers_of(*listed: tuple[str, tuple[Role, ...]], version: int = 1) -> str:
    officers = tuple(
        Officer(name, frozenset(roles), pair.recipient_key, pair.verification_key)
        for name, roles in listed
        for pair in (KeyPair.from_seed(seed_of(f"north/officer/{name}")),)
    )
    return _NORTH.directory_note(OFFICERS_LABEL, officers_json(version, officers))


def _officers() -> list[VectorFile]:
    file = VectorFile("officers", "SPEC 13.5")
    root = _NORTH.root_key.hex()

    def naming(note: str) -> str:
        return _changed(_NORTH, directory_hash=encode_base64url(officers_hash(note)))

    def raw_note(**changes: Any) -> str:  # noqa: ANN401
        listed: Any = officers_json(1, tuple(map(_NORTH.officer, (Role.TRIAGE, Role.AUDITOR))))
        listed["officers"][0].update(changes.pop("first", {}))
        return _NORTH.directory_note(OFFICERS_LABEL, {**listed, **changes})

    pair = _officers_of(("a", (Role.TRIAGE, Role.APPROVER)), ("b", (Role.CUSTODIAN,)))
    nobody = _officers_of()
    file.bases["names_pair"] = naming(pair)
    base = {"base": "names_pair"}
    file.accept("two_officers", note=pair, published=base, root_key=root)
    file.accept("nobody", note=nobody, published=naming(nobody), root_key=root)
    other = _officers_of(("b", (Role.CUSTODIAN,)), ("a", (Role.TRIAGE, Role.APPROVER)))
    low = encode_base64url((1).to_bytes(32, "little"))
    for name, error, note in (
        ("not_the_one_named", KeySetUntrustedError, other),
        ("other_version", KeySetUntrustedError, _officers_of(("a", (Role.TRIAGE,)), version=2)),
        (
            "other_authority",
            KeySetUntrustedError,
            _other_authority(OFFICERS_LABEL, officers_json(1, ()), _NORTH.directory, DIRECTORY_NAME),
        ),
        ("other_directory", SignatureError, _SOUTH.officers_note),
        ("other_label", MalformedKeySetError, _NORTH.directory_note(KEY_SET_LABEL, officers_json(1, ()))),
        ("unknown_member", MalformedKeySetError, raw_note(more=1)),
        ("version_zero", MalformedKeySetError, raw_note(version=0)),
        ("officers_object", MalformedKeySetError, raw_note(officers={})),
        ("officer_with_more", MalformedKeySetError, raw_note(first={"name": "x"})),
        ("unknown_role", MalformedKeySetError, raw_note(first={"roles": ["clerk"]})),
        ("role_twice", MalformedKeySetError, raw_note(first={"roles": ["triage", "triage"]})),
        ("label_number", MalformedKeySetError, raw_note(first={"label": 1})),
        ("key_low_order", MalformedKeyError, raw_note(first={"verification_key": low})),
        (
            "key_short",
            MalformedKeyError,
            raw_note(first={"recipient_key": encode_base64url(bytes(32))}),
        ),
        (
            "officer_twice",
            MalformedKeySetError,
            raw_note(officers=officers_json(1, (_NORTH.officer(Role.TRIAGE),) * 2)["officers"]),
        ),
        ("no_note", MalformedNoteError, "x"),
    ):
        file.refuse(name, error, note=note, published=base, root_key=root)
    return [file, _officers_succession()]


def _officers_succession() -> VectorFile:
    file = VectorFile("officers_succession", "SPEC 13.7")
    a_custodian = _officers_of(("a", (Role.CUSTODIAN,)))
    a_handler = _officers_of(("a", (Role.PROTECTION,)))
    a_independent = _officers_of(("a", (Role.INDEPENDENT_PROTECTION,)))
    both = _officers_of(("a", (Role.INDEPENDENT_CUSTODIAN, Role.PROTECTION)))
    apart = _officers_of(("a", (Role.CUSTODIAN,)), ("b", (Role.PROTECTION, Role.TRIAGE)))
    for name, notes in (
        ("apart", [apart]),
        ("apart_again", [apart, apart]),
        ("leaves", [a_custodian, _officers_of()]),
        ("other_roles", [a_custodian, _officers_of(("a", (Role.TRIAGE, Role.AUDITOR)))]),
    ):
        file.accept(name, notes=notes)
    for name, notes in (
        ("both_at_once", [both]),
        ("custodian_then_handler", [a_custodian, a_handler]),
        ("handler_then_custodian", [a_handler, a_custodian]),
        ("custodian_then_independent_handler", [a_custodian, a_independent]),
        ("with_a_pause_between", [a_custodian, _officers_of(), a_handler]),
    ):
        file.refuse(name, KeySetUntrustedError, notes=notes)
    return file


# --- acknowledgements ---------------------------------------------------------------------------


def _acknowledgement_raw(authority: Authority, minute: int, instance: bytes) -> bytes:
    body = acknowledgement_body(
        submission_digest=seed_of("submission digest"),
        sequence=42,
        previous_head=seed_of("previous head"),
        minute=minute,
        nonce=seed_of("acknowledgement nonce"),
        verification_key=authority.acknowledgement.verification_key,
    )
    return body + authority.acknowledgement.sign(ACKNOWLEDGEMENT_LABEL, instance, body)


def _acknowledgement() -> VectorFile:
    north = _NORTH.instance_id
    raw = _acknowledgement_raw(_NORTH, minute_of(NOW), north)
    file = VectorFile("acknowledgement", "SPEC 12.1", bases={"sound": raw.hex()})
    key = _NORTH.acknowledgement.verification_key.hex()
    members = {"instance": north.hex(), "key": key}
    file.accept("sound", raw={"base": "sound"}, **members)

    def altered(*ops: Members) -> Members:
        return {"base": "sound", "mutate": list(ops)}

    for name, op in (
        ("suite", {"offset": 1, "xor": 2}),
        ("purpose", {"offset": 2, "xor": 1}),
        ("short", {"truncate": 206}),
        ("long", {"append": "00"}),
        ("empty", {"truncate": 0}),
    ):
        file.refuse(name, MalformedAcknowledgementError, raw=altered(op), **members)
    fields = (("digest", 3), ("sequence", 42), ("previous_head", 43), ("minute", 78))
    for name, offset in (*fields, ("nonce", 79), ("key", 111), ("r", 143), ("s", 175)):
        raw_changed = altered({"offset": offset, "xor": 1})
        file.refuse(f"{name}_changed", SignatureError, raw=raw_changed, **members)
    south = {**members, "instance": _SOUTH.instance_id.hex()}
    file.refuse("other_instance", SignatureError, raw={"base": "sound"}, **south)
    other = {**members, "key": _SOUTH.acknowledgement.verification_key.hex()}
    file.refuse("other_key", SignatureError, raw={"base": "sound"}, **other)
    return file


def _text(raw: bytes, directory: str, key: str) -> str:
    return encode_acknowledgement_text(
        AcknowledgementText(parse_acknowledgement(raw), directory, key)
    )


def _acknowledgement_text() -> VectorFile:
    north, minute = _NORTH.instance_id, minute_of(NOW)
    raw = _acknowledgement_raw(_NORTH, minute, north)
    directory, key = _NORTH.certificate, _NORTH.acknowledgement_certificate
    text = _text(raw, directory, key)
    file = VectorFile("acknowledgement_text", "SPEC 12.4")
    root = _NORTH.root_key.hex()
    file.accept("sound", text=text, root_key=root)
    start = minute_of(NOW - timedelta(days=20))
    for name, at in (("first_minute", start), ("last_minute", minute + 200 * 1440 - 1)):
        made = _text(_acknowledgement_raw(_NORTH, at, north), directory, key)
        file.accept(name, text=made, root_key=root)
    for name, at in (
        ("before_the_key", start - 1),
        ("behind_the_key", minute + 200 * 1440),
        ("minute_zero", 0),
        ("last_minute_of_all", 2**32 - 1),
    ):
        made = _text(_acknowledgement_raw(_NORTH, at, north), directory, key)
        file.refuse(name, KeySetUntrustedError, text=made, root_key=root)
    early = _ack_certificate(**{"from": "2026-01-01T00:00:00Z"})
    at = minute_of(NOW - timedelta(days=31))
    made = _text(_acknowledgement_raw(_NORTH, at, north), directory, early)
    file.refuse("before_the_directory_key", KeySetUntrustedError, text=made, root_key=root)
    raw_text = decode_base64url(text)
    for name, altered in (
        ("empty", ""),
        ("padded", text + "="),
        ("suite", encode_base64url(b"\0\2" + raw_text[2:])),
        ("inner_suite", encode_base64url(raw_text[:2] + b"\0\2" + raw_text[4:])),
        ("cut", encode_base64url(raw_text[:-1])),
        ("more_behind", encode_base64url(raw_text + b"\0")),
        ("certificate_not_utf_8", encode_base64url(raw_text[:211] + b"\xff" + raw_text[212:])),
        ("too_long", "A" * 16388),
        ("certificates_swapped", _text(raw, key, directory)),
        ("certificate_no_note", _text(raw, "x", key)),
    ):
        file.refuse(name, MalformedAcknowledgementError, text=altered, root_key=root)
    foreign = _SOUTH.acknowledgement_certificate
    moved = _ack_certificate(origin="https://other.example")
    for name, error, altered in (
        ("signature_changed", SignatureError, _text(raw[:-1] + bytes([raw[-1] ^ 1]), directory, key)),
        ("sequence_changed", SignatureError, _text(raw[:42] + b"\7" + raw[43:], directory, key)),
        ("of_another_instance", SignatureError, _text(raw, directory, moved)),
        ("key_of_another_directory", SignatureError, _text(raw, directory, foreign)),
        ("directory_of_another_root", SignatureError, _text(raw, _SOUTH.certificate, key)),
        (
            "signed_by_another_key",
            SignatureError,
            _text(_acknowledgement_raw(_SOUTH, minute, north), directory, key),
        ),
    ):
        file.refuse(name, error, text=altered, root_key=root)
    file.refuse("another_root", SignatureError, text=text, root_key=_SOUTH.root_key.hex())
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [
        _signed_note(),
        _verifier_key(),
        _key_set(),
        _succession(),
        *_officers(),
        _acknowledgement(),
        _acknowledgement_text(),
    ]
