"""The feed: nothing dropped, swapped, replayed or rewritten (SPEC 12.2; ATTACKS A13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import (
    FeedGapError,
    FeedRewrittenError,
)
from crypto.wire.feed import FeedItem, encode_feed_page, head_zero, next_head, parse_feed_page
from crypto.wire.feed import verify_feed as verify
from crypto.wire.submission import (
    REPORT_BYTES,
    submission_digest,
)
from tests.authority import seed_of


def _feed(count: int) -> list[FeedItem]:
    items, head = [], head_zero(seed_of("instance"))
    for sequence in range(1, count + 1):
        report, rest = bytes([sequence]) * REPORT_BYTES, seed_of(f"rest {sequence}")
        head = next_head(head, submission_digest(report, rest), seed_of(f"hash {sequence}"))
        items.append(FeedItem(sequence, 7, rest, seed_of(f"hash {sequence}"), head, report))
    return items


@given(st.integers(0, 4))
def test_a_feed_page_reads_what_it_wrote(count: int) -> None:
    """SPEC 12.2."""
    items = tuple(_feed(count))

    assert parse_feed_page(encode_feed_page(items)) == items


@given(st.permutations(range(4)), st.integers(0, 4))
def test_only_the_feed_in_its_order_is_taken(order: list[int], count: int) -> None:
    """ATTACKS A13: dropped, swapped and replayed items are noticed."""
    items, chosen = _feed(4), order[:count]
    offered = [items[i] for i in chosen]
    in_order = chosen == list(range(count))

    try:
        verify(offered, last_sequence=0, last_head=head_zero(seed_of("instance")))
    except (FeedGapError, FeedRewrittenError):
        assert not in_order
        return
    assert in_order


@pytest.mark.parametrize("start", range(4))
def test_a_feed_is_continued_from_where_it_was_left(start: int) -> None:
    """SPEC 12.2."""
    items = _feed(4)
    head = items[start].head

    verify(items[start + 1 :], last_sequence=start + 1, last_head=head)

    with pytest.raises(FeedRewrittenError):
        verify(items[3:], last_sequence=3, last_head=seed_of("other head"))
