"""Generated reports: the same number gives the same report, anywhere and at any time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from crypto.custody.reporter import Contents
from crypto.wire.contents import CATEGORIES, IMMINENCES, URGENCIES
from crypto.wire.strict_json import JsonObject, JsonValue
from deploy.demo.phrases import ACTS, CHINESE, DETAILS, ENGLISH, HOSTILE, NAMES, UNITS

REGIONS: Final = ("CN-11", "CN-31", "CN-44", "CN-53", "CN-65", "abroad", "unknown")
HOW_KNOWN: Final = ("saw", "told", "document", "online", "inference", "other")
THREATS: Final = ("violence", "stalking", "property", "job", "digital", "smear")
HOSTILE_ONE_IN: Final = 12
STAFF_ONE_IN: Final = 9
_DRAW_BYTES: Final = 4
_T = TypeVar("_T")


@dataclass(slots=True)
class Dice:
    """Choices that depend on nothing but a number."""

    number: int
    _drawn: int = field(default=0, init=False)

    def roll(self, sides: int) -> int:
        """The next choice, 0 to `sides` − 1."""
        self._drawn += 1
        raw = hashlib.sha256(f"{self.number}/{self._drawn}".encode()).digest()
        return int.from_bytes(raw[:_DRAW_BYTES]) % sides

    def one_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.roll(times) == 0

    def pick(self, choices: Sequence[_T]) -> _T:
        """One of several."""
        return choices[self.roll(len(choices))]


def contents_of(number: int) -> Contents:
    """What report `number` says; categories and languages take turns, the rest is drawn."""
    dice = Dice(number)
    language = CHINESE if number % 2 == 0 else ENGLISH
    about_staff = dice.one_in(STAFF_ONE_IN)
    return Contents(
        about_staff=about_staff,
        report=_report(dice, number, language, about_staff=about_staff),
        identity=_identity(dice, language) if dice.one_in(3) else None,
        protection=_protection(dice, language) if dice.one_in(6) else None,
        reward=_reward(dice) if dice.one_in(5) else None,
    )


def _report(dice: Dice, number: int, language: str, *, about_staff: bool) -> JsonObject:
    category = CATEGORIES[number // 2 % len(CATEGORIES)]
    details = "".join(dice.pick(DETAILS[language]) + " " for _ in range(dice.roll(4)))
    narrative = f"{dice.pick(ACTS[language][category[0]])} {details}".strip()
    report: dict[str, JsonValue] = {
        "language": language,
        "channel": "api",
        "about_staff": about_staff,
        "category": category,
        "narrative": narrative,
        "where": {"region": dice.pick(REGIONS), "text": dice.pick(UNITS[language])},
        "how_known": [dice.pick(HOW_KNOWN)],
        "urgency": dice.pick(URGENCIES),
        "no_secrets_confirmed": True,
        "truthful_confirmed": True,
    }
    if dice.one_in(2):
        report["who"] = [{"name": dice.pick(NAMES[language]), "unit": dice.pick(UNITS[language])}]
    if dice.one_in(3):
        report["when"] = {"text": dice.pick(DETAILS[language]), "continuing": "yes"}
    if dice.one_in(4):
        report["who_else_knows"] = {"number": "few"}
    if dice.one_in(HOSTILE_ONE_IN):
        hostile = HOSTILE[number % len(HOSTILE)]
        report["narrative"] = f"{narrative}\n{hostile}\n{narrative}"
        report["who"] = [{"name": hostile[:200], "description": hostile[-200:]}]
        report["handling_limits"] = hostile[:300]
    return report


def _identity(dice: Dice, language: str) -> JsonObject:
    if dice.one_in(2):
        return {
            "anonymity": "reachable",
            "chosen_name": dice.pick(NAMES[language]),
            "contacts": [{"method": "mailbox", "address": f"box-{dice.roll(9000)}"}],
        }
    return {
        "anonymity": "named",
        "legal_name": dice.pick(NAMES[language]),
        "contacts": [{"method": "phone", "address": f"555-{dice.roll(9000):04}"}],
        "unit_knows": False,
    }


def _protection(dice: Dice, language: str) -> JsonObject:
    return {
        "persons": [{"pseudonym": dice.pick(NAMES[language]), "near_relative": dice.one_in(2)}],
        "threats": [dice.pick(THREATS)],
        "imminence": dice.pick(IMMINENCES),
        "source": dice.pick(DETAILS[language]),
    }


def _reward(dice: Dice) -> JsonObject:
    return {
        "interest": True,
        "sharing": dice.pick(("sole", "joint", "unknown")),
        "form": dice.pick(("cash", "certificate", "undecided")),
        "reminder": dice.one_in(2),
    }
