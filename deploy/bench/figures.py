"""What the benchmarks report, and how it is printed and kept."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside the limit that was measured in the same run.

    Attributes:
        value: in `unit`.
        limit: what it is compared with, in the same unit; None where there is nothing to compare.
        ratio: value over limit.
        goal: the ratio (or, without a limit, the value) that was asked for; None where it is
            reported only.
        smaller_is_better: whether the goal is an upper bound.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    goal: float | None = None
    smaller_is_better: bool = False

    @property
    def verdict(self) -> str:
        """One word for the table."""
        if self.goal is None:
            return ""
        got = self.value if self.ratio is None else self.ratio
        reached = got <= self.goal if self.smaller_is_better else got >= self.goal
        return "reached" if reached else "short"


def compared(name: str, value: float, limit: float, *, unit: str, goal: float | None) -> Figure:
    """A figure whose goal is a share of a limit."""
    return Figure(name, value, unit, limit, value / limit, goal)


def bounded(name: str, value: float, *, unit: str, goal: float) -> Figure:
    """A figure that should stay at or below its goal."""
    return Figure(name, value, unit, goal=goal, smaller_is_better=True)


def write_figures(file: Path, figures: Sequence[Figure]) -> None:
    """Keep figures as JSON: name, value, unit, limit, ratio, goal."""
    records = [asdict(figure) for figure in figures]
    for record in records:
        del record["smaller_is_better"]
        for key in ("value", "limit", "ratio"):
            record[key] = None if record[key] is None else round(record[key], 4)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def print_figures(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    print(f"\n{title}")
    width = max((_columns(figure.name) for figure in figures), default=0)
    for figure in figures:
        name = figure.name + " " * (width - _columns(figure.name))
        cells = [
            f"{_number(figure.value):>10} {figure.unit:<8}",
            f"limit {_number(figure.limit):>8}" if figure.limit is not None else " " * 14,
            f"ratio {figure.ratio:4.2f}" if figure.ratio is not None else " " * 10,
            f"goal {_goal(figure)}" if figure.goal is not None else "",
            figure.verdict,
        ]
        print("  " + name, *cells, sep="  ", flush=True)


def _goal(figure: Figure) -> str:
    sign = "<=" if figure.smaller_is_better else ">="
    return f"{sign} {figure.goal:g}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"  # noqa: PLR2004 - for the eye


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in text)
