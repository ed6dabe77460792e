"""Texts, hashes, derivations, places, headers, sizes. Source: SPEC §1 to §4, §6.1, §10."""

from crypto.errors import (
    MalformedEnvelopeError,
    MalformedKeySetError,
    MalformedTextError,
    WrongPlaceError,
)
from crypto.sealing.derivation import destruction_key
from crypto.wire.submission import destruction_id
from tests.authority import ORIGIN, make_authority, seed_of
from tests.vectors.makers.vector_file import VectorFile


def _base64url() -> VectorFile:
    file = VectorFile("base64url", "SPEC 2.1")
    for name, text in (
        ("empty", ""),
        ("one_byte", "AA"),
        ("two_bytes", "_-8"),
        ("three_bytes", "YWJj"),
        ("thirty_two_bytes", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
    ):
        file.accept(name, text=text)
    for name, text in (
        ("spare_bits_of_two_symbols", "AB"),
        ("spare_bits_of_three_symbols", "YWJ"),
        ("one_symbol", "A"),
        ("five_symbols", "YWJjZ"),
        ("padding", "AA=="),
        ("padding_of_whole_groups", "YWJj===="),
        ("standard_alphabet", "+/8"),
        ("space_inside", "YW Jj"),
        ("newline_at_end", "YWJj\n"),
        ("newline_at_start", "\nYWJj"),
        ("full_width_symbol", "\uff21A"),
        ("stray_character", "YW!Jj"),
        ("zero_character", "YWJj\u0000"),
        ("byte_order_mark", "\ufeffYWJj"),
    ):
        file.refuse(name, MalformedTextError, text=text)
    return file


def _hashes() -> list[VectorFile]:
    crockford = VectorFile("crockford", "SPEC 2.2")
    for name, raw in (
        ("empty", ""),
        ("zero", "00"),
        ("all_ones", "ff"),
        ("five_bytes", "0123456789"),
        ("thirty_two_bytes", seed_of("crockford").hex()),
    ):
        crockford.accept(name, raw=raw)
    hashed = VectorFile("labelled_hash", "SPEC 1.2, 1.3")
    for label in ("authority", "instance", "case", "digest", "feed", "feed-head", "key-set"):
        hashed.accept(label, label=label, data=seed_of("data").hex())
    hashed.accept("no_data", label="digest", data="")
    hashed.accept("no_name", label="", data="00")
    hashed.accept("long_data", label="digest", data={"repeat": "0102030405", "size_bytes": 8528})
    kdf = VectorFile("kdf", "SPEC 1.4")
    ikm, salt = seed_of("ikm").hex(), seed_of("salt").hex()
    kdf.accept("no_salt", ikm=ikm, salt="", label="commit", extra="", length_bytes=32)
    kdf.accept("salted", ikm=ikm, salt=salt, label="payload", extra="", length_bytes=39)
    kdf.accept("extra", ikm=ikm, salt="", label="row", extra="0300000001", length_bytes=32)
    kdf.accept("two_blocks", ikm=ikm, salt=salt, label="key/mlkem768", extra="", length_bytes=64)
    kdf.accept("zero_salt", ikm=ikm, salt="00" * 32, label="commit", extra="", length_bytes=32)
    kdf.accept("one_byte", ikm="00", salt="ff", label="x", extra="ff", length_bytes=1)
    kdf.accept("most", ikm=ikm, salt="", label="x", extra="", length_bytes=8160)
    return [crockford, hashed, kdf]


def _times() -> list[VectorFile]:
    instant, day = VectorFile("instant", "SPEC 2.4"), VectorFile("day", "SPEC 2.4")
    for name, text in (
        ("first", "2000-01-01T00:00:00Z"),
        ("last", "9999-12-31T23:59:59Z"),
        ("leap_day", "2024-02-29T12:30:45Z"),
        ("leap_century", "2400-02-29T00:00:00Z"),
    ):
        instant.accept(name, text=text)
    for name, text in (
        ("no_leap_year", "2023-02-29T00:00:00Z"),
        ("no_leap_century", "2100-02-29T00:00:00Z"),
        ("month_zero", "2024-00-01T00:00:00Z"),
        ("month_thirteen", "2024-13-01T00:00:00Z"),
        ("day_zero", "2024-01-00T00:00:00Z"),
        ("day_thirty_one", "2024-04-31T00:00:00Z"),
        ("hour_twenty_four", "2024-01-01T24:00:00Z"),
        ("minute_sixty", "2024-01-01T00:60:00Z"),
        ("leap_second", "2016-12-31T23:59:60Z"),
        ("second_sixty_one", "2016-12-31T23:59:61Z"),
        ("year_1999", "1999-12-31T23:59:59Z"),
        ("year_of_five_digits", "12024-01-01T00:00:00Z"),
        ("small_letters", "2024-01-01t00:00:00z"),
        ("no_zone", "2024-01-01T00:00:00"),
        ("numeric_zone", "2024-01-01T00:00:00+00:00"),
        ("fraction", "2024-01-01T00:00:00.0Z"),
        ("space", "2024-01-01 00:00:00Z"),
        ("space_behind", "2024-01-01T00:00:00Z "),
        ("newline_behind", "2024-01-01T00:00:00Z\n"),
        ("one_digit", "2024-1-01T00:00:00Z"),
        ("other_digits", "\u0662\u0660\u0662\u0664-01-01T00:00:00Z"),
        ("empty", ""),
        ("day_alone", "2024-01-01"),
    ):
        instant.refuse(name, MalformedTextError, text=text)
    day.accept("first", text="2000-01-01")
    day.accept("leap_day", text="2024-02-29")
    day.accept("last", text="9999-12-31")
    for name, text in (
        ("no_leap_year", "2023-02-29"),
        ("year_1999", "1999-12-31"),
        ("month_thirteen", "2024-13-01"),
        ("no_hyphens", "20240101"),
        ("week", "2024-W01-1"),
        ("with_time", "2024-01-01T00:00:00Z"),
        ("newline_behind", "2024-01-01\n"),
        ("empty", ""),
    ):
        day.refuse(name, MalformedTextError, text=text)
    minute = VectorFile("minute", "SPEC 2.4")
    for name, number in (("epoch_2000", 15_778_080 - 5 * 525_600), ("today", 29_540_640)):
        minute.accept(name, minute=number)
    return [instant, day, minute]


def _origin() -> VectorFile:
    file = VectorFile("origin", "SPEC 2.5")
    for name, text in (
        ("https", "https://report.example"),
        ("http", "http://localhost"),
        ("onion", "http://abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz.onion"),
        ("port", "https://report.example:8443"),
        ("address", "http://127.0.0.1:8080"),
        ("highest_port", "https://a:65535"),
        ("lowest_port", "https://a:1"),
        ("port_443_of_http", "http://a:443"),
        ("longest", "https://" + "a" * 247),
    ):
        file.accept(name, text=text)
    for name, text in (
        ("too_long", "https://" + "a" * 248),
        ("slash_behind", "https://report.example/"),
        ("path", "https://report.example/a"),
        ("query", "https://report.example?a"),
        ("fragment", "https://report.example#a"),
        ("user", "https://a@report.example"),
        ("capital_host", "https://Report.example"),
        ("capital_scheme", "HTTPS://report.example"),
        ("other_scheme", "ftp://report.example"),
        ("no_host", "https://"),
        ("empty_label", "https://report..example"),
        ("dot_behind", "https://report.example."),
        ("dot_before", "https://.example"),
        ("default_port_of_https", "https://a:443"),
        ("default_port_of_http", "http://a:80"),
        ("port_zero", "https://a:0"),
        ("port_with_leading_zero", "https://a:08443"),
        ("port_too_high", "https://a:65536"),
        ("no_port", "https://a:"),
        ("underscore", "https://a_b"),
        ("other_script", "https://\u4e3e\u62a5.example"),
        ("six_words", "https://[::1]"),
        ("space", "https://a b"),
        ("newline_behind", "https://a\n"),
        ("empty", ""),
    ):
        file.refuse(name, MalformedTextError, text=text)
    return file


def _names() -> list[VectorFile]:
    north, south = make_authority("north"), make_authority("south")
    role = VectorFile("role", "SPEC 13.3")
    for text in ("triage", "oversight", "custodian", "protection", "reward", "auditor"):
        role.accept(text, text=text)
    for text in ("independent-custodian", "independent-protection", "independent-reward"):
        role.accept(text, text=text)
    role.accept("approver", text="approver")
    for name, text in (
        ("capital", "Triage"),
        ("underscore", "independent_custodian"),
        ("space_behind", "triage "),
        ("number", "1"),
        ("empty", ""),
        ("inherited_name", "constructor"),
    ):
        role.refuse(name, MalformedKeySetError, text=text)
    authority = VectorFile("authority_id", "SPEC 3.1")
    authority.accept("north", root_key=north.root_key.hex())
    authority.accept("south", root_key=south.root_key.hex())
    instance = VectorFile("instance_id", "SPEC 3.2")
    north_id, south_id = north.authority_id.hex(), south.authority_id.hex()
    instance.accept("north", authority=north_id, origin=ORIGIN)
    instance.accept("same_origin_of_south", authority=south_id, origin=ORIGIN)
    instance.accept("other_origin", authority=north_id, origin="http://127.0.0.1:8080")
    instance.refuse("no_origin", MalformedTextError, authority=north_id, origin="https://A")
    finger = VectorFile("fingerprint", "SPEC 3.3")
    finger.accept("north", verification_key=north.root_key.hex())
    finger.accept("south", verification_key=south.root_key.hex())
    officer = VectorFile("officer_id", "SPEC 4.4")
    for person in (north, south):
        pair = next(iter(person.members.values()))
        officer.accept(
            person.name,
            verification_key=pair.verification_key.hex(),
            recipient_key=pair.recipient_key.hex(),
        )
    return [role, authority, instance, finger, officer]


def _places() -> list[VectorFile]:
    case = seed_of("case").hex()
    slot, row = VectorFile("slot", "SPEC 11.3"), VectorFile("row", "SPEC 10.3")
    for role in range(1, 11):
        slot.accept(f"role_{role}", slot_key=seed_of("slot key").hex(), role=role, i=0)
    slot.accept("later", slot_key=seed_of("slot key").hex(), role=1, i=7)
    slot.accept("last", slot_key=seed_of("slot key").hex(), role=1, i=2**32 - 1)
    slot.accept("other_key", slot_key=seed_of("other slot key").hex(), role=1, i=0)
    for purpose in (3, 4, 5):
        row.accept(f"purpose_{purpose}", case_ref=case, purpose=purpose, n=0)
    row.accept("second", case_ref=case, purpose=3, n=1)
    row.accept("last", case_ref=case, purpose=3, n=2**32 - 1)
    row.accept("other_case", case_ref=seed_of("other case").hex(), purpose=3, n=0)
    chain = VectorFile("chain", "SPEC 16.1")
    for kind in (1, 2, 3, 4):
        chain.accept(f"kind_{kind}", case_ref=case, kind=kind)
    reference = VectorFile("case_reference", "SPEC 10.1")
    reference.accept("north", claim_key=make_authority("north").root_key.hex())
    reference.accept("south", claim_key=make_authority("south").root_key.hex())
    return [slot, row, _destruction(), chain, reference]


def _headers() -> list[VectorFile]:
    file = VectorFile("header", "SPEC 6.1")
    place, commitment = seed_of("place").hex(), seed_of("commitment").hex()
    keys = [{"repeat": f"{n:02x}", "size_bytes": 1184} for n in range(1, 10)]

    def members(purpose: int, slots: int, version: int = 7) -> dict[str, object]:
        return {
            "purpose": purpose,
            "key_set_version": version,
            "place": place,
            "wrapped_keys": keys[:slots],
            "commitment": commitment,
        }

    sizes = VectorFile("envelope_bytes", "SPEC 6.3")
    for purpose, slots in ((1, 2), (2, 1), (3, 0), (4, 1), (5, 1), (6, 1), (7, 1), (8, 1), (9, 1)):
        file.accept(f"purpose_{purpose}", **members(purpose, slots))
        sizes.accept(f"purpose_{purpose}", purpose=purpose, readers=slots)
        file.refuse(f"more_for_{purpose}", MalformedEnvelopeError, **members(purpose, slots + 1))
    for readers in (1, 2, 8):
        file.accept(f"event_for_{readers}", **members(10, readers))
        sizes.accept(f"event_for_{readers}", purpose=10, readers=readers)
    for readers in (0, 9):
        file.refuse(f"event_for_{readers}", MalformedEnvelopeError, **members(10, readers))
        sizes.refuse(f"event_for_{readers}", MalformedEnvelopeError, purpose=10, readers=readers)
    file.accept("audit", **members(11, 1))
    sizes.accept("audit", purpose=11, readers=1)
    file.accept("file", **members(12, 0))
    file.accept("highest_version", **members(1, 2, 2**32 - 1))
    file.refuse("report_with_one_slot", MalformedEnvelopeError, **members(1, 1))
    file.refuse("version_zero", MalformedEnvelopeError, **members(1, 2, 0))
    return [file, sizes]


def _destruction() -> VectorFile:
    file = VectorFile("destruction", "SPEC 12.5")
    slot_key = seed_of("slot key").hex()
    for n in (0, 1, 2**32 - 1):
        shown = destruction_key(seed_of("slot key"), n).hex()
        file.accept(f"submission_{n}", slot_key=slot_key, n=n, shown=shown)
    first = destruction_key(seed_of("slot key"), 0).hex()
    other = seed_of("another slot key").hex()
    for name, members in {
        "of_another_submission": {"slot_key": slot_key, "n": 1, "shown": first},
        "of_another_case": {"slot_key": other, "n": 0, "shown": first},
        "the_id_itself": {
            "slot_key": slot_key,
            "n": 0,
            "shown": destruction_id(bytes.fromhex(first)).hex(),
        },
    }.items():
        file.refuse(name, WrongPlaceError, **members)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_base64url(), *_hashes(), *_times(), _origin(), *_names(), *_places(), *_headers()]
