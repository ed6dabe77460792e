"""What may follow what: key sets and officers. Source: SPEC §13.5, §13.7."""

from typing import Any

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    KeySetForkError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedNoteError,
    SignatureError,
)
from crypto.wire.codec import encode_base64url
from crypto.wire.key_set import KEY_SET_LABEL, key_set_hash, key_set_json
from crypto.wire.officers import OFFICERS_LABEL, Officer, officers_hash, officers_json
from crypto.wire.roles import Role
from crypto.wire.signed_note import (
    DIRECTORY_NAME,
)
from tests.authority import seed_of
from tests.vectors.makers.directory import NORTH, SOUTH, Members, changed, other_authority
from tests.vectors.makers.vector_file import VectorFile


def _succession() -> VectorFile:
    file = VectorFile("succession", "SPEC 13.7")
    one = NORTH.published.decode()
    first = NORTH.key_set.hash
    two = changed(NORTH, version=2, previous=encode_base64url(first))
    strayed = changed(NORTH, version=2, previous=encode_base64url(seed_of("another")))
    three = changed(NORTH, version=3, previous=encode_base64url(first))
    file.bases.update({"one": one, "two": two, "strayed": strayed, "three": three})
    root = NORTH.root_key.hex()

    def memory(version: int, value: bytes) -> Members:
        return {"version": version, "hash": value.hex()}

    note_two = NORTH.directory_note(
        KEY_SET_LABEL,
        {**key_set_json(NORTH.body), "version": 2, "previous": encode_base64url(first)},
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
    return NORTH.directory_note(OFFICERS_LABEL, officers_json(version, officers))


def _officers() -> list[VectorFile]:
    file = VectorFile("officers", "SPEC 13.5")
    root = NORTH.root_key.hex()

    def naming(note: str) -> str:
        return changed(NORTH, directory_hash=encode_base64url(officers_hash(note)))

    def raw_note(**changes: Any) -> str:  # noqa: ANN401
        listed: Any = officers_json(1, tuple(map(NORTH.officer, (Role.TRIAGE, Role.AUDITOR))))
        listed["officers"][0].update(changes.pop("first", {}))
        return NORTH.directory_note(OFFICERS_LABEL, {**listed, **changes})

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
            other_authority(OFFICERS_LABEL, officers_json(1, ()), NORTH.directory, DIRECTORY_NAME),
        ),
        ("other_directory", SignatureError, SOUTH.officers_note),
        (
            "other_label",
            MalformedKeySetError,
            NORTH.directory_note(KEY_SET_LABEL, officers_json(1, ())),
        ),
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
            raw_note(officers=officers_json(1, (NORTH.officer(Role.TRIAGE),) * 2)["officers"]),
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


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_succession(), *_officers()]
