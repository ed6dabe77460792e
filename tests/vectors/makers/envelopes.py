"""Opening what was sealed, and refusing what was tampered with. Source: SPEC §5, §6, §10.6."""

from collections.abc import Mapping
from typing import Any

from crypto.errors import (
    MalformedEnvelopeError,
    MalformedKeyError,
    MalformedSubmissionError,
    NotForReaderError,
    OpeningError,
    SealedIntakeError,
)
from crypto.wire.envelope import Purpose
from crypto.wire.roles import Role
from tests.authority import seed_of
from tests.vectors.makers.sealed_objects import (
    INSTANCE,
    NORTH,
    PLACES,
    SEALED_OBJECTS,
    SEEDS,
    SOUTH,
)
from tests.vectors.makers.sealed_parts import (
    END,
    IDENTITY,
    KEY,
    LOCK,
    OTHER_INSTANCE,
    PARTS,
    PROTECTION,
    REPORT,
    REWARD,
    ROWS,
    Written,
    desk_seed,
    part_of,
    raw_of,
)
from tests.vectors.makers.vector_file import VectorFile


def _envelope() -> VectorFile:
    file = VectorFile("envelope", "SPEC 6.1, 6.3", bases_from=SEALED_OBJECTS)
    for purpose in PLACES:
        base, size = purpose.name.lower(), len(raw_of(purpose.name.lower()))
        members = {"purpose": int(purpose)}
        file.accept(base, raw={"base": base}, **members)
        other = int(Purpose.REPLY if purpose is Purpose.RELEASE else Purpose.RELEASE)
        wrong: tuple[tuple[str, Written], ...] = (
            ("suite_0", {"offset": 0, "set": "0000"}),
            ("suite_2", {"offset": 0, "set": "0002"}),
            ("version_0", {"offset": 2, "set": "00000000"}),
            ("other_purpose", {"offset": 6, "set": f"{other:02x}"}),
            ("no_slot", {"offset": 7, "set": "00"}),
            ("more_slots", {"offset": 7, "set": "09"}),
            ("one_byte_short", {"truncate": size - 1}),
            ("one_byte_long", {"append": "00"}),
            ("header_alone", {"truncate": 72 + 1184}),
            ("cut_in_header", {"truncate": 71}),
            ("empty", {"truncate": 0}),
        )
        for name, op in wrong:
            raw = {"base": base, "mutate": [op]}
            file.refuse(f"{base}_{name}", MalformedEnvelopeError, raw=raw, **members)
        raw = {"base": base}
        file.refuse(f"{base}_as_other", MalformedEnvelopeError, raw=raw, purpose=other)
    for name in PARTS:
        number = {"report": 1, "identity": 2, "protection": 4, "reward": 5}[name]
        ops = [{"truncate": LOCK}] if name == "identity" else []
        file.accept(name, raw=part_of(name, *ops), purpose=number)
    file.accept("identity_part", raw=part_of("identity", {"slices": [[LOCK, 8528]]}), purpose=3)
    return file


def _open_envelope() -> VectorFile:
    file = VectorFile("open_envelope", "SPEC 6.2, 6.4", bases_from=SEALED_OBJECTS)
    stranger = seed_of("stranger").hex()
    for purpose, seed in SEEDS.items():
        base, raw = purpose.name.lower(), {"base": purpose.name.lower()}
        members = {"purpose": int(purpose), "seed": seed.hex(), "instance": INSTANCE.hex()}
        slots = 2 if purpose is Purpose.EVENT else 1
        header, size = 72 + 1184 * slots, len(raw_of(base))
        file.accept(base, raw=raw, **members)
        file.refuse(
            f"{base}_to_a_stranger", NotForReaderError, raw=raw, **{**members, "seed": stranger}
        )
        file.refuse(
            f"{base}_at_another_instance",
            OpeningError,
            raw=raw,
            **{**members, "instance": OTHER_INSTANCE},
        )
        # The first and last byte of each region; a box that doesn't open is nobody's.
        for name, error, offset in (
            ("version", OpeningError, 5),
            ("place_first", OpeningError, 8),
            ("place_last", OpeningError, 39),
            ("ephemeral_key", NotForReaderError, 40),
            ("box_tag", NotForReaderError, 72),
            ("kem_ciphertext_first", NotForReaderError, 88),
            ("kem_ciphertext_last", NotForReaderError, 40 + 48 + 1087),
            ("inner_tag", NotForReaderError, 40 + 48 + 1088),
            ("inner_last", NotForReaderError, 40 + 1183),
            ("commitment_first", OpeningError, header - 32),
            ("commitment_last", OpeningError, header - 1),
            ("body_first", OpeningError, header),
            ("body_last", OpeningError, size - 17),
            ("tag_first", OpeningError, size - 16),
            ("tag_last", OpeningError, size - 1),
        ):
            for bit in (2, 128):
                altered = {"base": base, "mutate": [{"offset": offset, "xor": bit}]}
                file.refuse(f"{base}_{name}_bit_{bit}", error, raw=altered, **members)
    _open_odd_envelopes(file)
    return file


def _open_odd_envelopes(file: VectorFile) -> None:
    instance = INSTANCE.hex()
    event = {"purpose": int(Purpose.EVENT), "instance": instance}
    for role in (Role.TRIAGE, Role.OVERSIGHT):
        file.accept(
            f"event_by_{role.wire_name}", raw={"base": "event"}, seed=desk_seed(role), **event
        )
    file.refuse(
        "event_by_protection",
        NotForReaderError,
        raw={"base": "event"},
        seed=desk_seed(Role.PROTECTION),
        **event,
    )
    slots = [[0, 40], [1224, 2408], [40, 1224], [2408, len(raw_of("event"))]]
    swapped = {"base": "event", "mutate": [{"slices": slots}]}
    file.refuse("slots_swapped", OpeningError, raw=swapped, seed=desk_seed(Role.TRIAGE), **event)
    one_only = {"base": "event", "mutate": [{"offset": 40, "xor": 1}]}
    file.refuse(
        "other_slot_damaged", OpeningError, raw=one_only, seed=desk_seed(Role.OVERSIGHT), **event
    )
    members = {
        "purpose": int(Purpose.ACKNOWLEDGEMENT),
        "seed": SEEDS[Purpose.ACKNOWLEDGEMENT].hex(),
        "instance": instance,
    }
    file.refuse("other_key_inside", OpeningError, raw={"base": "other_key_inside"}, **members)
    top = {"base": "acknowledgement", "mutate": [{"offset": 71, "xor": 128}]}
    file.refuse("ephemeral_key_top_bit", NotForReaderError, raw=top, **members)
    for name, u in (("zero", 0), ("one", 1), ("p", 2**255 - 19)):
        low = {"offset": 40, "set": u.to_bytes(32, "little").hex()}
        altered = {"base": "acknowledgement", "mutate": [low]}
        file.refuse(f"ephemeral_key_{name}", NotForReaderError, raw=altered, **members)
    _moved_slots(file, members)


def _moved_slots(file: VectorFile, members: Mapping[str, Any]) -> None:
    """Wrapped keys and bodies of one envelope put into another that the same key opens."""
    sound, other = raw_of("acknowledgement"), raw_of("other_key_inside")
    head, slot, rest = slice(0, 40), slice(40, 1224), slice(1224, None)
    moved = sound[head] + other[slot] + sound[rest]
    file.refuse("slot_of_another_envelope", OpeningError, raw=moved.hex(), **members)
    moved = sound[:1256] + other[1256:]
    file.refuse("body_of_another_envelope", OpeningError, raw=moved.hex(), **members)
    as_reply = raw_of("reply")
    moved = as_reply[head] + sound[slot] + as_reply[rest]
    purpose = {**members, "purpose": int(Purpose.REPLY)}
    file.refuse("slot_of_another_purpose", OpeningError, raw=moved.hex(), **purpose)


def _wrapped_key() -> VectorFile:
    file = VectorFile("wrapped_key", "SPEC 5", bases_from=SEALED_OBJECTS)
    base = {"base": "wrapped_key"}
    members = {
        "seed": desk_seed(Role.PROTECTION),
        "instance": INSTANCE.hex(),
        "purpose": int(Purpose.IDENTITY),
        "key_set_version": 1,
    }
    file.accept("sound", wrapped_key=base, **members)
    for name, change in (
        ("other_instance", {"instance": OTHER_INSTANCE}),
        ("other_purpose", {"purpose": int(Purpose.PROTECTION)}),
        ("other_version", {"key_set_version": 2}),
    ):
        file.refuse(name, OpeningError, wrapped_key=base, **{**members, **change})
    for role in NORTH.desks:
        if role is not Role.PROTECTION:
            other = {**members, "seed": desk_seed(role)}
            file.refuse(f"{role.wire_name}_desk", NotForReaderError, wrapped_key=base, **other)
    other = {**members, "seed": SOUTH.desks[Role.PROTECTION].seed.hex()}
    file.refuse("desk_of_another_authority", NotForReaderError, wrapped_key=base, **other)
    for offset in (0, 31, 32, 47, 48, 600, 1135, 1136, 1151, 1183):
        altered = {"base": "wrapped_key", "mutate": [{"offset": offset, "xor": 1}]}
        file.refuse(f"bit_at_{offset}", NotForReaderError, wrapped_key=altered, **members)
    for name, op in (
        ("cut", {"truncate": 1183}),
        ("more_behind", {"append": "00"}),
        ("box_overhead_alone", {"truncate": 48}),
        ("shorter_than_a_box", {"truncate": 47}),
        ("empty", {"truncate": 0}),
    ):
        altered = {"base": "wrapped_key", "mutate": [op]}
        file.refuse(name, NotForReaderError, wrapped_key=altered, **members)
    return file


def _submission() -> VectorFile:
    file = VectorFile("submission", "SPEC 10.6, 10.8", bases_from=SEALED_OBJECTS)
    file.accept("ordinary", raw={"base": "submission"})
    file.accept("about_staff", raw={"base": "submission_about_staff"})
    rows = [[ROWS, ROWS + 32], [ROWS + 32, ROWS + 64]]
    same_rows = {"slices": [[0, ROWS], rows[0], rows[0], [ROWS + 64, END]]}
    swapped_rows = {"slices": [[0, ROWS], rows[1], rows[0], [ROWS + 64, END]]}
    wrong, envelope = MalformedSubmissionError, MalformedEnvelopeError
    faults: tuple[tuple[str, type[SealedIntakeError], Written], ...] = (
        ("empty", wrong, {"truncate": 0}),
        ("one_byte_short", wrong, {"truncate": END - 1}),
        ("one_byte_long", wrong, {"append": "00"}),
        ("suite_0", wrong, {"offset": 0, "set": "0000"}),
        ("suite_2", wrong, {"offset": 0, "set": "0002"}),
        ("version_changed", wrong, {"offset": 5, "xor": 3}),
        ("version_0", wrong, {"offset": 2, "set": "00000000"}),
        ("key_of_small_order", MalformedKeyError, {"offset": KEY, "set": "00" * 32}),
        ("key_beyond_modulus", MalformedKeyError, {"offset": KEY + 32, "set": "ffff"}),
        ("row_ids_equal", wrong, same_rows),
        ("row_ids_swapped", wrong, swapped_rows),
        ("identity_row_changed", wrong, {"offset": ROWS, "xor": 1}),
        ("protection_row_changed", wrong, {"offset": ROWS + 32, "xor": 1}),
        ("reward_row_changed", wrong, {"offset": ROWS + 64, "xor": 1}),
        ("report_suite", envelope, {"offset": REPORT + 1, "xor": 3}),
        ("report_purpose", envelope, {"offset": REPORT + 6, "set": "04"}),
        ("report_slots", envelope, {"offset": REPORT + 7, "set": "01"}),
        ("report_version", wrong, {"offset": REPORT + 5, "xor": 3}),
        ("report_version_0", envelope, {"offset": REPORT + 2, "set": "00000000"}),
        ("report_with_place", wrong, {"offset": REPORT + 8, "xor": 1}),
        ("lock_suite", envelope, {"offset": IDENTITY + 1, "xor": 3}),
        ("lock_version", wrong, {"offset": IDENTITY + 5, "xor": 3}),
        ("lock_place", wrong, {"offset": IDENTITY + 8, "xor": 1}),
        ("identity_purpose", envelope, {"offset": IDENTITY + LOCK + 6, "set": "02"}),
        ("identity_version", wrong, {"offset": IDENTITY + LOCK + 5, "xor": 3}),
        ("identity_place", wrong, {"offset": IDENTITY + LOCK + 8, "xor": 1}),
        ("protection_purpose", envelope, {"offset": PROTECTION + 6, "set": "05"}),
        ("protection_version", wrong, {"offset": PROTECTION + 5, "xor": 3}),
        ("protection_place", wrong, {"offset": PROTECTION + 8, "xor": 1}),
        ("reward_slots", envelope, {"offset": REWARD + 7, "set": "00"}),
        ("reward_version", wrong, {"offset": REWARD + 5, "xor": 3}),
        ("reward_place", wrong, {"offset": REWARD + 8, "xor": 1}),
    )
    for name, error, op in faults:
        file.refuse(name, error, raw={"base": "submission", "mutate": [op]})
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_envelope(), _open_envelope(), _wrapped_key(), _submission()]
