"""The benchmarks' own parts; what they measure is never asserted."""

import json
from pathlib import Path

from crypto.wire.submission import parse_submission
from deploy.bench.figures import bounded, compared, write_figures
from deploy.bench.load import with_fresh_ids
from deploy.bench.slot_timing import distance
from deploy.bench.throw_away import found_authority, seal_reports


def test_results_have_the_keys_that_are_promised(tmp_path: Path) -> None:
    """EXAM: name, value, unit, limit, ratio, goal."""
    figures = [
        compared("a", 35.0, 100.0, unit="/s", goal=0.35),
        bounded("b", 3.0, unit="ms", goal=2),
    ]

    write_figures(tmp_path / "var" / "bench.json", figures)

    assert json.loads((tmp_path / "var" / "bench.json").read_text()) == [
        {"name": "a", "value": 35, "unit": "/s", "limit": 100, "ratio": 0.35, "goal": 0.35},
        {"name": "b", "value": 3, "unit": "ms", "limit": None, "ratio": None, "goal": 2},
    ]
    assert [figure.verdict for figure in figures] == ["reached", "short"]


def test_the_distance_of_two_samples_is_that_of_their_distributions() -> None:
    """Kolmogorov and Smirnov: 0 for the same, 1 for samples that do not overlap."""
    assert distance([1, 2, 3], [3, 2, 1]) == 0
    assert distance([1, 2], [3, 4]) == 1
    assert distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5


def test_the_load_generator_sends_submissions_that_parse_and_differ() -> None:
    """The server must have everything to do that a sealed submission gives it."""
    raw = seal_reports(found_authority("http://127.0.0.1:8080").key_set, 1)[0]

    first, second = (parse_submission(with_fresh_ids(raw)) for _ in range(2))

    kept = {first.acknowledgement_slot, second.acknowledgement_slot}
    kept |= {*first.row_ids, *second.row_ids}
    assert len(kept) == 8
    assert first.report == second.report == parse_submission(raw).report
