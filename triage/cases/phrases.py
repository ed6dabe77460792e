"""Fixed phrases for reporters: they say how a case stands and never repeat what it holds.

Both languages stand together, so that neither can be changed alone. Source: DOMAIN §6, feedback.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crypto.wire.reply import CASE_STATES
from triage.errors import WrongUseError


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase.

    Attributes:
        state: what it says of the case; None where it says nothing of it.
    """

    chinese: str
    english: str
    state: str | None = None

    def text(self, language: str | None) -> str:
        """In the reporter's language, or in both where it is not known."""
        if language == "zh-CN":
            return self.chinese
        return self.english if language == "en" else f"{self.chinese}\n{self.english}"


PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {
        "registered": Phrase(
            "您的举报已登记。", "Your report has been registered.", state="registered"
        ),
        "examining": Phrase("您的举报正在核查。", "Your report is being examined.", "examining"),
        "accepted": Phrase("您的举报已受理。", "Your report has been accepted.", "accepted"),
        "not_accepted": Phrase(
            "您的举报不属于受理范围，未予受理。您可以继续补充。",
            "Your report was not accepted here. You can still add to it.",
            "not_accepted",
        ),
        "closed": Phrase("您的举报已办结。", "Work on your report has ended.", "closed"),
        "thanks": Phrase(
            "收到，谢谢。补充的内容已并入您的举报。",
            "Received, thank you. What you added belongs to your report now.",
        ),
        "more": Phrase(
            "请在安全的情况下补充：时间、地点、经过，以及您是如何得知的。",
            "Where it is safe for you, please add: when, where, what happened, how you know.",
        ),
        "stay_safe": Phrase(
            "请不要自行调查、取证或告诉他人。遇到危险请立即拨打110。",
            "Please don't investigate, collect evidence or tell others. In danger, call 110.",
        ),
        "protection": Phrase(
            "如果您或近亲属有危险，可以凭查询码申请保护。",
            "If you or a close relative is in danger, you can ask for protection with your code.",
        ),
        "later": Phrase(
            "目前没有可以告知的进展。请过些时候再来查看。",
            "There is nothing to tell yet. Please come back later.",
        ),
    }
)


def phrase(code: str) -> Phrase:
    """A phrase by its code; the states are codes too.

    Raises:
        WrongUseError: no such phrase.
    """
    found = PHRASES.get(code)
    if found is None:
        raise WrongUseError(f"no such phrase: want one of {', '.join(PHRASES)}")
    return found


def check_state(state: str) -> None:
    """Refuse what is no state of a case.

    Raises:
        WrongUseError: no such state.
    """
    if state not in CASE_STATES:
        raise WrongUseError(f"no such state: want one of {', '.join(CASE_STATES)}")
