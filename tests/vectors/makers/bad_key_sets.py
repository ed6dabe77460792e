"""Key sets that are well signed and wrong in one thing. Source: SPEC §13.2 to §13.6."""

from datetime import timedelta

from crypto.errors import (
    KeySetExpiredError,
    KeySetNotYetValidError,
    KeySetUntrustedError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedNoteError,
    SealedIntakeError,
    SignatureError,
)
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    CERTIFICATE_LABEL,
    certificate_json,
)
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.key_set import KEY_SET_LABEL, encode_key_set, key_set_json
from crypto.wire.officers import OFFICERS_LABEL
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
    ROOT_NAME,
)
from crypto.wire.strict_json import encode_json
from tests.authority import NOW
from tests.vectors.makers.directory import (
    NORTH,
    SOUTH,
    Members,
    acknowledgement_certificate,
    changed,
    directory_certificate,
    extra_desk,
    least_desks,
    other_authority,
    with_certificate,
)


def bad_key_sets() -> list[tuple[str, type[SealedIntakeError], str]]:
    """Name, error and published text of each."""
    body = key_set_json(NORTH.body)
    foreign_note = other_authority(KEY_SET_LABEL, body, NORTH.directory, DIRECTORY_NAME)
    cert_body = certificate_json(
        NORTH.directory.verification_key, NOW - timedelta(days=1), NOW + timedelta(days=99), None
    )
    foreign_certificate = other_authority(CERTIFICATE_LABEL, cert_body, NORTH.root, ROOT_NAME)
    foreign_ack = other_authority(
        ACKNOWLEDGEMENT_KEY_LABEL,
        certificate_json(
            NORTH.acknowledgement.verification_key, NOW, NOW + timedelta(days=1), NORTH.origin
        ),
        NORTH.directory,
        DIRECTORY_NAME,
    )
    south_ack = SOUTH.acknowledgement_certificate
    other_origin = acknowledgement_certificate(origin="https://other.example")
    untrusted = KeySetUntrustedError
    return [
        (
            "key_set_names_another_authority",
            untrusted,
            encode_key_set(NORTH.certificate, foreign_note).decode(),
        ),
        ("certificate_names_another_authority", untrusted, with_certificate(foreign_certificate)),
        (
            "acknowledgement_key_names_another_authority",
            untrusted,
            changed(NORTH, acknowledgement_keys=[foreign_ack]),
        ),
        (
            "acknowledgement_key_for_another_origin",
            untrusted,
            changed(NORTH, acknowledgement_keys=[other_origin]),
        ),
        (
            "acknowledgement_key_of_another_directory",
            SignatureError,
            changed(NORTH, acknowledgement_keys=[south_ack]),
        ),
        (
            "certificate_expired",
            KeySetExpiredError,
            with_certificate(directory_certificate(until="2026-03-02T08:00:00Z")),
        ),
        (
            "certificate_not_yet_valid",
            KeySetNotYetValidError,
            with_certificate(directory_certificate(**{"from": "2026-03-02T08:00:01Z"})),
        ),
        *_bad_certificates(),
        *_bad_members(),
        *_bad_desks(),
        *_bad_shapes(),
    ]


def _bad_certificates() -> list[tuple[str, type[SealedIntakeError], str]]:
    low = encode_base64url((1).to_bytes(32, "little"))
    wrong = MalformedKeySetError
    as_ack = NORTH.root_note(
        ACKNOWLEDGEMENT_KEY_LABEL, certificate_json(NORTH.root_key, NOW, NOW + timedelta(1), None)
    )
    return [
        (
            "certificate_for_400_days_and_a_second",
            wrong,
            with_certificate(directory_certificate(until="2027-03-07T08:00:01Z")),
        ),
        (
            "certificate_ends_first",
            wrong,
            with_certificate(directory_certificate(until="2026-01-01T00:00:00Z")),
        ),
        (
            "certificate_without_key",
            wrong,
            with_certificate(directory_certificate(verification_key=None)),
        ),
        ("certificate_with_more", wrong, with_certificate(directory_certificate(more=1))),
        ("certificate_of_another_label", wrong, with_certificate(as_ack)),
        (
            "certificate_key_low_order",
            MalformedKeyError,
            with_certificate(directory_certificate(verification_key=low)),
        ),
        ("certificate_no_note", MalformedNoteError, with_certificate("x")),
        (
            "acknowledgement_key_low_order",
            MalformedKeyError,
            changed(
                NORTH, acknowledgement_keys=[acknowledgement_certificate(verification_key=low)]
            ),
        ),
        (
            "acknowledgement_key_without_origin",
            wrong,
            changed(NORTH, acknowledgement_keys=[acknowledgement_certificate(origin=None)]),
        ),
        (
            "acknowledgement_key_is_a_directory_certificate",
            wrong,
            changed(NORTH, acknowledgement_keys=[NORTH.certificate]),
        ),
        (
            "acknowledgement_key_no_note",
            MalformedNoteError,
            changed(NORTH, acknowledgement_keys=["x"]),
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
            {"acknowledgement_keys": [NORTH.acknowledgement_certificate] * 2},
        ),
        ("directory_hash_short", {"directory_hash": encode_base64url(bytes(31))}),
        ("directory_hash_padded", {"directory_hash": encode_base64url(bytes(32)) + "="}),
        ("no_desks", {"desks": []}),
        ("desks_object", {"desks": {}}),
        ("desk_text", {"desks": ["triage"]}),
    )
    body = key_set_json(NORTH.body)
    missing = [
        (
            f"without_{name}",
            MalformedKeySetError,
            _published({k: v for k, v in body.items() if k != name}),
        )
        for name in ("version", "origin", "directory_hash", "desks")
    ]
    return [
        *((name, MalformedKeySetError, changed(NORTH, **new)) for name, new in changes),
        *missing,
    ]


def _published(body: Members) -> str:
    return NORTH.publish(body).decode()


def _bad_desks() -> list[tuple[str, type[SealedIntakeError], str]]:
    desks = least_desks()
    first, second = desks[0], desks[1]
    recipient = [decode_base64url(desk["recipient_key"]) for desk in desks]
    beyond = recipient[0][:32] + b"\xff\xff" + recipient[0][34:]
    low = bytes(32) + recipient[0][32:]
    low_point = encode_base64url((1).to_bytes(32, "little"))

    def with_key(raw: bytes) -> list[Members]:
        return least_desks({"recipient_key": encode_base64url(raw)})

    key_faults: tuple[tuple[str, list[Members]], ...] = (
        ("x25519_low_order", with_key(low)),
        ("x25519_unreduced_zero", with_key((2**255 - 19).to_bytes(32, "little") + low[32:])),
        ("ml_kem_beyond_modulus", with_key(beyond)),
        ("recipient_key_short", with_key(recipient[0][:-1])),
        ("recipient_key_long", with_key(recipient[0] + b"\0")),
        ("verification_key_low_order", least_desks({"verification_key": low_point})),
        ("verification_key_short", least_desks({"verification_key": encode_base64url(bytes(31))})),
    )
    wrong: tuple[tuple[str, list[Members]], ...] = (
        ("x25519_twice", with_key(recipient[1][:32] + recipient[0][32:])),
        ("ml_kem_twice", with_key(recipient[0][:32] + recipient[1][32:])),
        ("verification_key_twice", least_desks({"verification_key": second["verification_key"]})),
        ("same_desk_twice", [*desks, first]),
        (
            "same_epoch_twice",
            [*desks, extra_desk("triage", 1, current=False, actor="triage/again")],
        ),
        (
            "two_current_epochs",
            [*desks, extra_desk("triage", 2, current=True, actor="triage/2")],
        ),
        (
            "two_current_epochs_of_a_free_role",
            [
                *desks,
                extra_desk("independent-reward", 1, current=True, actor="ir/1"),
                extra_desk("independent-reward", 2, current=True, actor="ir/2"),
            ],
        ),
        ("no_current_triage", least_desks({"current": False})),
        *((f"no_{desk['role']}", [d for d in desks if d is not desk]) for desk in desks),
        ("unknown_role", least_desks({"role": "clerk"})),
        ("role_by_number", least_desks({"role": 1})),
        ("epoch_zero", least_desks({"epoch": 0})),
        ("epoch_text", least_desks({"epoch": "1"})),
        ("current_number", least_desks({"current": 1})),
        ("desk_with_more", least_desks({"more": 1})),
        ("desk_without_epoch", [{k: v for k, v in first.items() if k != "epoch"}, *desks[1:]]),
        ("recipient_key_number", least_desks({"recipient_key": 1})),
        ("recipient_key_padded", least_desks({"recipient_key": first["recipient_key"] + "="})),
    )
    return [
        *((name, MalformedKeyError, changed(NORTH, desks=new)) for name, new in key_faults),
        *((name, MalformedKeySetError, changed(NORTH, desks=new)) for name, new in wrong),
    ]


def _bad_shapes() -> list[tuple[str, type[SealedIntakeError], str]]:
    sound = NORTH.published.decode()
    note = NORTH.directory_note(KEY_SET_LABEL, key_set_json(NORTH.body))
    body = encode_json(key_set_json(NORTH.body)).decode()
    identity = encode_base64url(NORTH.authority_id)
    short = encode_base64url(NORTH.authority_id[:-1])

    def signed(text: str) -> str:
        return encode_key_set(
            NORTH.certificate, NORTH.directory.sign_note(text, DIRECTORY_NAME)
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
            encode_key_set(NORTH.certificate, "x").decode(),
        ),
        ("officers_label", wrong, signed(f"{OFFICERS_LABEL}\n{identity}\n{body}\n")),
        ("label_with_space", wrong, signed(f"{KEY_SET_LABEL} \n{identity}\n{body}\n")),
        ("two_lines", wrong, signed(f"{KEY_SET_LABEL}\n{body}\n")),
        ("four_lines", wrong, signed(f"{KEY_SET_LABEL}\n{identity}\n{body}\n\n")),
        ("authority_short", wrong, signed(f"{KEY_SET_LABEL}\n{short}\n{body}\n")),
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
            encode_key_set(NORTH.certificate, note.replace("Example", "example")).decode(),
        ),
    ]
