"""The feed: its chain and its pages. Source: SPEC §12.2."""

from typing import Any

from crypto.errors import (
    FeedGapError,
    FeedRewrittenError,
    MalformedSubmissionError,
)
from crypto.wire.feed import head_zero, next_head
from crypto.wire.submission import REPORT_BYTES, submission_digest, value_digest
from tests.authority import seed_of
from tests.vectors.makers.actors import INSTANCE, SOUTH, Fault, Members, refuse_each
from tests.vectors.makers.vector_file import VectorFile
from tests.vectors.notation import expand


def _items(count: int) -> list[Members]:
    """A sound feed from its first item; reports are patterns of the right length."""
    items, head = [], head_zero(INSTANCE)
    for sequence in range(1, count + 1):
        rest, hashed = seed_of(f"rest {sequence}"), seed_of(f"hash {sequence}")
        pattern = f"{sequence:02x}ff"
        report = (bytes.fromhex(pattern) * (REPORT_BYTES // 2))[:REPORT_BYTES]
        head = next_head(head, submission_digest(report, rest), hashed)
        items.append(
            {
                "sequence": sequence,
                "hour": 492_344 + sequence,
                "rest": rest.hex(),
                "acknowledgement_hash": hashed.hex(),
                "head": head.hex(),
                "report": {"repeat": pattern, "size_bytes": REPORT_BYTES},
            }
        )
    return items


def _feed() -> list[VectorFile]:
    heads = VectorFile("feed_head", "SPEC 12.2")
    heads.accept(
        "first",
        instance=INSTANCE.hex(),
        report={"repeat": "01ff", "size_bytes": REPORT_BYTES},
        rest=seed_of("rest 1").hex(),
        hash=seed_of("hash 1").hex(),
    )
    file = VectorFile("feed", "SPEC 12.2")
    items, zero = _items(4), head_zero(INSTANCE).hex()
    second = {"last_sequence": 2, "last_head": items[1]["head"]}
    start = {"last_sequence": 0, "last_head": zero}
    file.accept("from_the_start", **start, items=items)
    file.accept("nothing_new", **start, items=[])
    file.accept("one", **start, items=items[:1])
    file.accept("from_the_middle", **second, items=items[2:])
    buried = _buried(items[1])
    file.accept("with_a_tombstone", **start, items=[items[0], buried, *items[2:]])
    for name, members, altered in (
        ("first_left_out", start, items[1:]),
        ("middle_left_out", start, [items[0], *items[2:]]),
        ("repeated", start, [items[0], items[0]]),
        ("swapped", start, [items[1], items[0]]),
        ("already_seen", second, items[1:]),
        ("starts_at_zero", start, [{**items[0], "sequence": 0}]),
    ):
        file.refuse(name, FeedGapError, **members, items=altered)
    other = {"repeat": "aa", "size_bytes": REPORT_BYTES}
    flipped = seed_of("other").hex()
    for name, members, altered in (
        ("report_changed", start, [{**items[0], "report": other}]),
        ("tombstone_of_another", start, [items[0], {**buried, "tombstone": [flipped, flipped]}]),
        ("rest_changed", start, [{**items[0], "rest": flipped}]),
        ("hash_changed", start, [{**items[0], "acknowledgement_hash": flipped}]),
        ("head_changed", start, [{**items[0], "head": flipped}]),
        ("last_head_changed", start, [*items[:3], {**items[3], "head": flipped}]),
        ("reports_swapped", start, [{**items[0], "report": items[1]["report"]}]),
        ("renumbered", start, [{**items[1], "sequence": 1}]),
        ("other_last_head", {**second, "last_head": flipped}, items[2:]),
        ("other_instance", {**start, "last_head": head_zero(SOUTH.instance_id).hex()}, items),
    ):
        file.refuse(name, FeedRewrittenError, **members, items=altered)
    return [heads, file, _feed_page(items)]


def _buried(item: Members) -> Members:
    """The item once its report was destroyed."""
    digest = value_digest(expand(item["report"], {})).hex()
    key = seed_of(f"destruction {item['sequence']}").hex()
    kept = {name: value for name, value in item.items() if name != "report"}
    return {**kept, "tombstone": [digest, key]}


def _record(item: Members) -> list[Any]:
    numbers = item["sequence"].to_bytes(8) + item["hour"].to_bytes(4)
    left = item.get("tombstone") or [item["report"]]
    left_bytes = 64 if "tombstone" in item else REPORT_BYTES
    length = (8 + 4 + 96 + left_bytes).to_bytes(4)
    hashes = item["rest"] + item["acknowledgement_hash"] + item["head"]
    return [(length + numbers).hex() + hashes, *left]


def _feed_page(items: list[Members]) -> VectorFile:
    file = VectorFile("feed_page", "SPEC 12.2")
    file.bases["two"] = {"parts": [*_record(items[0]), *_record(items[1])]}
    file.accept("none", raw="")
    file.accept("one", raw={"parts": _record(items[0])})
    file.accept("two", raw={"base": "two"})
    file.accept("tombstone", raw={"parts": [*_record(items[0]), *_record(_buried(items[1]))]})
    short = _record(_buried(items[0]))
    cut = {"parts": short[:-1]}
    file.refuse("tombstone_without_key", MalformedSubmissionError, raw=cut)
    record = 4 + 8 + 4 + 96 + REPORT_BYTES
    faults: tuple[Fault, ...] = (
        ("length_short", MalformedSubmissionError, {"offset": 3, "xor": 1}),
        ("length_huge", MalformedSubmissionError, {"offset": 0, "set": "ffffffff"}),
        ("cut", MalformedSubmissionError, {"truncate": 2 * record - 1}),
        ("cut_in_length", MalformedSubmissionError, {"truncate": record + 2}),
        ("more_behind", MalformedSubmissionError, {"append": "00"}),
        ("second_length", MalformedSubmissionError, {"offset": record + 3, "xor": 1}),
    )
    refuse_each(file, "two", faults, {})
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [*_feed()]
