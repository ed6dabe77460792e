"""What each desk reads, and every desk that must not. Source: SPEC §8.2, §10.5, §10.7."""

from crypto.custody.opening import open_lock
from crypto.errors import (
    NotForReaderError,
    OpeningError,
    WrongPlaceError,
)
from crypto.wire.envelope import Purpose
from crypto.wire.roles import Role
from tests.vectors.makers.sealed_objects import (
    INSTANCE,
    NORTH,
    SEALED_OBJECTS,
)
from tests.vectors.makers.sealed_parts import (
    IDENTITY,
    LOCK,
    OTHER_INSTANCE,
    PARTS,
    PROTECTION,
    Written,
    desk_seed,
    part_of,
    raw_of,
    row_place,
)
from tests.vectors.makers.vector_file import VectorFile


def _documents() -> list[VectorFile]:
    instance = INSTANCE.hex()
    report = VectorFile("open_report", "SPEC 6.5, 8.2, 10.7", bases_from=SEALED_OBJECTS)
    row = VectorFile("open_row", "SPEC 8.2, 10.7", bases_from=SEALED_OBJECTS)
    staff = "submission_about_staff"
    report.accept("ordinary", raw=part_of("report"), seed=desk_seed(Role.TRIAGE), instance=instance)
    raw = part_of("report", of=staff)
    report.accept("about_staff", raw=raw, seed=desk_seed(Role.OVERSIGHT), instance=instance)
    purposes = {"protection": Purpose.PROTECTION, "reward": Purpose.REWARD}
    readers = {"protection": Role.PROTECTION, "reward": Role.REWARD}
    independent = {
        "protection": Role.INDEPENDENT_PROTECTION,
        "reward": Role.INDEPENDENT_REWARD,
    }
    for name, purpose in purposes.items():
        members = {"purpose": int(purpose), "instance": instance}
        row.accept(
            name,
            raw=part_of(name),
            row_id=row_place(purpose),
            seed=desk_seed(readers[name]),
            **members,
        )
        raw = part_of(name, of=staff)
        place, seed = row_place(purpose, 1), desk_seed(independent[name])
        row.accept(f"{name}_about_staff", raw=raw, row_id=place, seed=seed, **members)
        for fault, error, change in (
            ("wrong_row", WrongPlaceError, {"row_id": row_place(Purpose.IDENTITY)}),
            ("row_of_another_n", WrongPlaceError, {"row_id": row_place(purpose, 1)}),
            ("other_instance", OpeningError, {"instance": OTHER_INSTANCE}),
        ):
            sound = {"row_id": row_place(purpose), "seed": desk_seed(readers[name]), **members}
            row.refuse(f"{name}_{fault}", error, raw=part_of(name), **{**sound, **change})
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
                raw = part_of("report", of=of)
                report.refuse(
                    name, NotForReaderError, raw=raw, seed=desk_seed(role), instance=instance
                )
        for part, purpose, readers in (
            ("protection", Purpose.PROTECTION, (Role.PROTECTION, Role.INDEPENDENT_PROTECTION)),
            ("reward", Purpose.REWARD, (Role.REWARD, Role.INDEPENDENT_REWARD)),
        ):
            for role in NORTH.desks:
                if role is not readers[n]:
                    row.refuse(
                        f"{of}_{part}_by_{role.wire_name}",
                        NotForReaderError,
                        raw=part_of(part, of=of),
                        purpose=int(purpose),
                        row_id=row_place(purpose, n),
                        seed=desk_seed(role),
                        instance=instance,
                    )


def _inner(of: str, n: int, role: Role) -> bytes:
    start, end = PARTS["identity"]
    opened = open_lock(
        raw_of(of)[start:end],
        bytes.fromhex(row_place(Purpose.IDENTITY, n)),
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
    place, staff_place = row_place(Purpose.IDENTITY), row_place(Purpose.IDENTITY, 1)
    custodian, independent = Role.CUSTODIAN, Role.INDEPENDENT_CUSTODIAN
    inner = _inner("submission", 0, custodian)
    staff_inner = _inner(staff, 1, independent)
    identity.bases.update({"inner": inner.hex(), "staff_inner": staff_inner.hex()})
    members = {"row_id": place, "seed": desk_seed(custodian), "instance": instance}
    lock.accept("ordinary", raw=part_of("identity"), **members)
    changed = {"row_id": staff_place, "seed": desk_seed(independent)}
    lock.accept("about_staff", raw=part_of("identity", of=staff), **{**members, **changed})
    for role in NORTH.desks:
        other = {**members, "seed": desk_seed(role)}
        if role is not custodian:
            name = f"by_{role.wire_name}"
            lock.refuse(name, NotForReaderError, raw=part_of("identity"), **other)
    wrong_row = {**members, "row_id": row_place(Purpose.PROTECTION)}
    lock.refuse("wrong_row", WrongPlaceError, raw=part_of("identity"), **wrong_row)
    altered = part_of("identity", {"offset": 8527, "xor": 1})
    lock.refuse("identity_part_changed", WrongPlaceError, raw=altered, **members)
    spliced = raw_of("submission")[IDENTITY : IDENTITY + LOCK]
    other_part = raw_of(staff)[IDENTITY + LOCK : PROTECTION]
    raw = (spliced + other_part).hex()
    lock.refuse("identity_part_of_another", WrongPlaceError, raw=raw, **members)
    base: Written = {"inner_wrapped_key": {"base": "inner"}, "row_id": place, "instance": instance}
    handler = {"seed": desk_seed(Role.PROTECTION)}
    identity.accept("ordinary", raw=part_of("identity"), **base, **handler)
    staffs: Written = {
        "inner_wrapped_key": {"base": "staff_inner"},
        "row_id": staff_place,
        "seed": desk_seed(Role.INDEPENDENT_PROTECTION),
    }
    identity.accept("about_staff", raw=part_of("identity", of=staff), **{**base, **staffs})
    for role in NORTH.desks:
        if role is not Role.PROTECTION:
            name, seed = f"by_{role.wire_name}", desk_seed(role)
            identity.refuse(name, NotForReaderError, raw=part_of("identity"), **base, seed=seed)
    identity.refuse(
        "inner_of_another_submission",
        NotForReaderError,
        raw=part_of("identity"),
        **{**base, "inner_wrapped_key": {"base": "staff_inner"}},
        **handler,
    )
    other = {**base, "row_id": row_place(Purpose.REWARD)}
    identity.refuse("wrong_row", WrongPlaceError, raw=part_of("identity"), **other, **handler)
    altered = part_of("identity", {"offset": 8527, "xor": 1})
    identity.refuse("part_changed", OpeningError, raw=altered, **base, **handler)
    other = {**base, "instance": OTHER_INSTANCE}
    identity.refuse("other_instance", OpeningError, raw=part_of("identity"), **other, **handler)
    return [lock, identity]


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [*_documents()]
