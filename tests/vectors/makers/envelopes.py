"""Opening what was sealed, and refusing what was tampered with. Source: SPEC §5, §6, §8.2, §10."""

from collections.abc import Mapping
from typing import Any, Final

from crypto.custody.opening import open_lock
from crypto.errors import (
    MalformedEnvelopeError,
    MalformedKeyError,
    MalformedSubmissionError,
    NotForReaderError,
    OpeningError,
    SealedIntakeError,
    WrongPlaceError,
)
from crypto.sealing.derivation import row_id
from crypto.wire.envelope import Purpose
from crypto.wire.roles import Role
from tests.authority import seed_of
from tests.vectors.makers.sealed_objects import (
    INSTANCE,
    KEYS,
    NORTH,
    PLACES,
    SEALED_OBJECTS,
    SEEDS,
    SOUTH,
)
from tests.vectors.makers.vector_file import VectorFile
from tests.vectors.notation import expand, read_file

Written = dict[str, Any]
_OTHER_INSTANCE: Final = SOUTH.instance_id.hex()

# Where the parts of a submission lie (SPEC §10.6).
_KEY, _ROWS, _REPORT, _IDENTITY, _PROTECTION, _REWARD, _END = (
    *(38, 1254, 1350, 20190, 28718, 38182, 43550),
)
_LOCK: Final = 4344
_PARTS: Final = {
    "report": (_REPORT, _IDENTITY),
    "identity": (_IDENTITY, _PROTECTION),
    "protection": (_PROTECTION, _REWARD),
    "reward": (_REWARD, _END),
}


def _part(name: str, *ops: Written, of: str = "submission") -> Written:
    start, end = _PARTS[name]
    return {"base": of, "mutate": [{"slices": [[start, end]]}, *ops]}


def _row(purpose: Purpose, n: int = 0) -> str:
    return row_id(KEYS.case_ref, purpose, n).hex()


def _seed(role: Role) -> str:
    return NORTH.desks[role].seed.hex()


def _envelope() -> VectorFile:
    file = VectorFile("envelope", "SPEC 6.1, 6.3", bases_from=SEALED_OBJECTS)
    for purpose in PLACES:
        base, size = purpose.name.lower(), len(_raw(purpose.name.lower()))
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
    for name in _PARTS:
        number = {"report": 1, "identity": 2, "protection": 4, "reward": 5}[name]
        ops = [{"truncate": _LOCK}] if name == "identity" else []
        file.accept(name, raw=_part(name, *ops), purpose=number)
    file.accept("identity_part", raw=_part("identity", {"slices": [[_LOCK, 8528]]}), purpose=3)
    return file


def _raw(base: str) -> bytes:
    return expand({"base": base}, read_file(SEALED_OBJECTS)["bases"])


def _open_envelope() -> VectorFile:
    file = VectorFile("open_envelope", "SPEC 6.2, 6.4", bases_from=SEALED_OBJECTS)
    stranger = seed_of("stranger").hex()
    for purpose, seed in SEEDS.items():
        base, raw = purpose.name.lower(), {"base": purpose.name.lower()}
        members = {"purpose": int(purpose), "seed": seed.hex(), "instance": INSTANCE.hex()}
        slots = 2 if purpose is Purpose.EVENT else 1
        header, size = 72 + 1184 * slots, len(_raw(base))
        file.accept(base, raw=raw, **members)
        file.refuse(
            f"{base}_to_a_stranger", NotForReaderError, raw=raw, **{**members, "seed": stranger}
        )
        file.refuse(
            f"{base}_at_another_instance",
            OpeningError,
            raw=raw,
            **{**members, "instance": _OTHER_INSTANCE},
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
        file.accept(f"event_by_{role.wire_name}", raw={"base": "event"}, seed=_seed(role), **event)
    file.refuse(
        "event_by_protection",
        NotForReaderError,
        raw={"base": "event"},
        seed=_seed(Role.PROTECTION),
        **event,
    )
    slots = [[0, 40], [1224, 2408], [40, 1224], [2408, len(_raw("event"))]]
    swapped = {"base": "event", "mutate": [{"slices": slots}]}
    file.refuse("slots_swapped", OpeningError, raw=swapped, seed=_seed(Role.TRIAGE), **event)
    one_only = {"base": "event", "mutate": [{"offset": 40, "xor": 1}]}
    file.refuse(
        "other_slot_damaged", OpeningError, raw=one_only, seed=_seed(Role.OVERSIGHT), **event
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
    sound, other = _raw("acknowledgement"), _raw("other_key_inside")
    head, slot, rest = slice(0, 40), slice(40, 1224), slice(1224, None)
    moved = sound[head] + other[slot] + sound[rest]
    file.refuse("slot_of_another_envelope", OpeningError, raw=moved.hex(), **members)
    moved = sound[:1256] + other[1256:]
    file.refuse("body_of_another_envelope", OpeningError, raw=moved.hex(), **members)
    as_reply = _raw("reply")
    moved = as_reply[head] + sound[slot] + as_reply[rest]
    purpose = {**members, "purpose": int(Purpose.REPLY)}
    file.refuse("slot_of_another_purpose", OpeningError, raw=moved.hex(), **purpose)


def _wrapped_key() -> VectorFile:
    file = VectorFile("wrapped_key", "SPEC 5", bases_from=SEALED_OBJECTS)
    base = {"base": "wrapped_key"}
    members = {
        "seed": _seed(Role.PROTECTION),
        "instance": INSTANCE.hex(),
        "purpose": int(Purpose.IDENTITY),
        "key_set_version": 1,
    }
    file.accept("sound", wrapped_key=base, **members)
    for name, change in (
        ("other_instance", {"instance": _OTHER_INSTANCE}),
        ("other_purpose", {"purpose": int(Purpose.PROTECTION)}),
        ("other_version", {"key_set_version": 2}),
    ):
        file.refuse(name, OpeningError, wrapped_key=base, **{**members, **change})
    for role in NORTH.desks:
        if role is not Role.PROTECTION:
            other = {**members, "seed": _seed(role)}
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
    rows = [[_ROWS, _ROWS + 32], [_ROWS + 32, _ROWS + 64]]
    same_rows = {"slices": [[0, _ROWS], rows[0], rows[0], [_ROWS + 64, _END]]}
    swapped_rows = {"slices": [[0, _ROWS], rows[1], rows[0], [_ROWS + 64, _END]]}
    wrong, envelope = MalformedSubmissionError, MalformedEnvelopeError
    faults: tuple[tuple[str, type[SealedIntakeError], Written], ...] = (
        ("empty", wrong, {"truncate": 0}),
        ("one_byte_short", wrong, {"truncate": _END - 1}),
        ("one_byte_long", wrong, {"append": "00"}),
        ("suite_0", wrong, {"offset": 0, "set": "0000"}),
        ("suite_2", wrong, {"offset": 0, "set": "0002"}),
        ("version_changed", wrong, {"offset": 5, "xor": 3}),
        ("version_0", wrong, {"offset": 2, "set": "00000000"}),
        ("key_of_small_order", MalformedKeyError, {"offset": _KEY, "set": "00" * 32}),
        ("key_beyond_modulus", MalformedKeyError, {"offset": _KEY + 32, "set": "ffff"}),
        ("row_ids_equal", wrong, same_rows),
        ("row_ids_swapped", wrong, swapped_rows),
        ("identity_row_changed", wrong, {"offset": _ROWS, "xor": 1}),
        ("protection_row_changed", wrong, {"offset": _ROWS + 32, "xor": 1}),
        ("reward_row_changed", wrong, {"offset": _ROWS + 64, "xor": 1}),
        ("report_suite", envelope, {"offset": _REPORT + 1, "xor": 3}),
        ("report_purpose", envelope, {"offset": _REPORT + 6, "set": "04"}),
        ("report_slots", envelope, {"offset": _REPORT + 7, "set": "01"}),
        ("report_version", wrong, {"offset": _REPORT + 5, "xor": 3}),
        ("report_version_0", envelope, {"offset": _REPORT + 2, "set": "00000000"}),
        ("report_with_place", wrong, {"offset": _REPORT + 8, "xor": 1}),
        ("lock_suite", envelope, {"offset": _IDENTITY + 1, "xor": 3}),
        ("lock_version", wrong, {"offset": _IDENTITY + 5, "xor": 3}),
        ("lock_place", wrong, {"offset": _IDENTITY + 8, "xor": 1}),
        ("identity_purpose", envelope, {"offset": _IDENTITY + _LOCK + 6, "set": "02"}),
        ("identity_version", wrong, {"offset": _IDENTITY + _LOCK + 5, "xor": 3}),
        ("identity_place", wrong, {"offset": _IDENTITY + _LOCK + 8, "xor": 1}),
        ("protection_purpose", envelope, {"offset": _PROTECTION + 6, "set": "05"}),
        ("protection_version", wrong, {"offset": _PROTECTION + 5, "xor": 3}),
        ("protection_place", wrong, {"offset": _PROTECTION + 8, "xor": 1}),
        ("reward_slots", envelope, {"offset": _REWARD + 7, "set": "00"}),
        ("reward_version", wrong, {"offset": _REWARD + 5, "xor": 3}),
        ("reward_place", wrong, {"offset": _REWARD + 8, "xor": 1}),
    )
    for name, error, op in faults:
        file.refuse(name, error, raw={"base": "submission", "mutate": [op]})
    return file


def _documents() -> list[VectorFile]:
    instance = INSTANCE.hex()
    report = VectorFile("open_report", "SPEC 6.5, 8.2, 10.7", bases_from=SEALED_OBJECTS)
    row = VectorFile("open_row", "SPEC 8.2, 10.7", bases_from=SEALED_OBJECTS)
    staff = "submission_about_staff"
    report.accept("ordinary", raw=_part("report"), seed=_seed(Role.TRIAGE), instance=instance)
    raw = _part("report", of=staff)
    report.accept("about_staff", raw=raw, seed=_seed(Role.OVERSIGHT), instance=instance)
    purposes = {"protection": Purpose.PROTECTION, "reward": Purpose.REWARD}
    readers = {"protection": Role.PROTECTION, "reward": Role.REWARD}
    independent = {
        "protection": Role.INDEPENDENT_PROTECTION,
        "reward": Role.INDEPENDENT_REWARD,
    }
    for name, purpose in purposes.items():
        members = {"purpose": int(purpose), "instance": instance}
        row.accept(
            name, raw=_part(name), row_id=_row(purpose), seed=_seed(readers[name]), **members
        )
        raw = _part(name, of=staff)
        place, seed = _row(purpose, 1), _seed(independent[name])
        row.accept(f"{name}_about_staff", raw=raw, row_id=place, seed=seed, **members)
        for fault, error, change in (
            ("wrong_row", WrongPlaceError, {"row_id": _row(Purpose.IDENTITY)}),
            ("row_of_another_n", WrongPlaceError, {"row_id": _row(purpose, 1)}),
            ("other_instance", OpeningError, {"instance": _OTHER_INSTANCE}),
        ):
            sound = {"row_id": _row(purpose), "seed": _seed(readers[name]), **members}
            row.refuse(f"{name}_{fault}", error, raw=_part(name), **{**sound, **change})
    _wrong_readers(report, row)
    return [report, row, *_identity_documents()]


def _wrong_readers(report: VectorFile, row: VectorFile) -> None:
    """Every desk that is not the one reader of SPEC §10.7."""
    instance = INSTANCE.hex()
    for of, n, reader in (
        ("submission", 0, Role.TRIAGE),
        ("submission_about_staff", 1, Role.OVERSIGHT),
    ):
        for role in NORTH.desks:
            if role is not reader:
                name = f"{of}_by_{role.wire_name}"
                raw = _part("report", of=of)
                report.refuse(name, NotForReaderError, raw=raw, seed=_seed(role), instance=instance)
        for part, purpose, readers in (
            ("protection", Purpose.PROTECTION, (Role.PROTECTION, Role.INDEPENDENT_PROTECTION)),
            ("reward", Purpose.REWARD, (Role.REWARD, Role.INDEPENDENT_REWARD)),
        ):
            for role in NORTH.desks:
                if role is not readers[n]:
                    row.refuse(
                        f"{of}_{part}_by_{role.wire_name}",
                        NotForReaderError,
                        raw=_part(part, of=of),
                        purpose=int(purpose),
                        row_id=_row(purpose, n),
                        seed=_seed(role),
                        instance=instance,
                    )


def _inner(of: str, n: int, role: Role) -> bytes:
    start, end = _PARTS["identity"]
    opened = open_lock(
        _raw(of)[start:end],
        bytes.fromhex(_row(Purpose.IDENTITY, n)),
        (NORTH.opening(role),),
        instance=INSTANCE,
    )
    if opened.lock is None:
        raise AssertionError("a lock has a lock")
    return opened.lock.inner_wrapped_key


def _identity_documents() -> list[VectorFile]:
    instance, staff = INSTANCE.hex(), "submission_about_staff"
    lock = VectorFile("open_lock", "SPEC 8.2, 10.5", bases_from=SEALED_OBJECTS)
    identity = VectorFile("open_identity", "SPEC 8.2, 10.5", bases_from=SEALED_OBJECTS)
    place, staff_place = _row(Purpose.IDENTITY), _row(Purpose.IDENTITY, 1)
    custodian, independent = Role.CUSTODIAN, Role.INDEPENDENT_CUSTODIAN
    inner = _inner("submission", 0, custodian)
    staff_inner = _inner(staff, 1, independent)
    identity.bases.update({"inner": inner.hex(), "staff_inner": staff_inner.hex()})
    members = {"row_id": place, "seed": _seed(custodian), "instance": instance}
    lock.accept("ordinary", raw=_part("identity"), **members)
    changed = {"row_id": staff_place, "seed": _seed(independent)}
    lock.accept("about_staff", raw=_part("identity", of=staff), **{**members, **changed})
    for role in NORTH.desks:
        other = {**members, "seed": _seed(role)}
        if role is not custodian:
            name = f"by_{role.wire_name}"
            lock.refuse(name, NotForReaderError, raw=_part("identity"), **other)
    wrong_row = {**members, "row_id": _row(Purpose.PROTECTION)}
    lock.refuse("wrong_row", WrongPlaceError, raw=_part("identity"), **wrong_row)
    altered = _part("identity", {"offset": 8527, "xor": 1})
    lock.refuse("identity_part_changed", WrongPlaceError, raw=altered, **members)
    spliced = _raw("submission")[_IDENTITY : _IDENTITY + _LOCK]
    other_part = _raw(staff)[_IDENTITY + _LOCK : _PROTECTION]
    raw = (spliced + other_part).hex()
    lock.refuse("identity_part_of_another", WrongPlaceError, raw=raw, **members)
    base: Written = {"inner_wrapped_key": {"base": "inner"}, "row_id": place, "instance": instance}
    handler = {"seed": _seed(Role.PROTECTION)}
    identity.accept("ordinary", raw=_part("identity"), **base, **handler)
    staffs: Written = {
        "inner_wrapped_key": {"base": "staff_inner"},
        "row_id": staff_place,
        "seed": _seed(Role.INDEPENDENT_PROTECTION),
    }
    identity.accept("about_staff", raw=_part("identity", of=staff), **{**base, **staffs})
    for role in NORTH.desks:
        if role is not Role.PROTECTION:
            name, seed = f"by_{role.wire_name}", _seed(role)
            identity.refuse(name, NotForReaderError, raw=_part("identity"), **base, seed=seed)
    identity.refuse(
        "inner_of_another_submission",
        NotForReaderError,
        raw=_part("identity"),
        **{**base, "inner_wrapped_key": {"base": "staff_inner"}},
        **handler,
    )
    other = {**base, "row_id": _row(Purpose.REWARD)}
    identity.refuse("wrong_row", WrongPlaceError, raw=_part("identity"), **other, **handler)
    altered = _part("identity", {"offset": 8527, "xor": 1})
    identity.refuse("part_changed", OpeningError, raw=altered, **base, **handler)
    other = {**base, "instance": _OTHER_INSTANCE}
    identity.refuse("other_instance", OpeningError, raw=_part("identity"), **other, **handler)
    return [lock, identity]


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_envelope(), _open_envelope(), _wrapped_key(), _submission(), *_documents()]
