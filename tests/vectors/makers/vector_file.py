"""One vector file while it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crypto.errors import SealedIntakeError
from tests.vectors.notation import Written, read_file
from tests.vectors.runners import RUNNERS, Given


@dataclass(slots=True)
class VectorFile:
    """A file of one format; what must be refused is said by hand, the rest is computed.

    Attributes:
        bases_from: another file's stem, whose bases this file uses as well.
    """

    format: str
    rule: str
    bases: dict[str, Written] = field(default_factory=dict)
    bases_from: str | None = None
    vectors: list[dict[str, Any]] = field(default_factory=list)

    def _run(self, members: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a vector holds any JSON
        borrowed = read_file(self.bases_from)["bases"] if self.bases_from else {}
        return RUNNERS[self.format](Given({**borrowed, **self.bases}), **members)

    def accept(self, name: str, **members: Any) -> None:  # noqa: ANN401
        """A vector that gives a value."""
        self.vectors.append({"name": name, **members, "expect": self._run(members)})

    def refuse(self, name: str, error: type[SealedIntakeError], **members: Any) -> None:  # noqa: ANN401
        """A vector with one fault and the error that names it.

        Raises:
            AssertionError: it is accepted, or refused with another error.
        """
        try:
            got = f"accepted: {self._run(members)}"
        except SealedIntakeError as raised:
            got = type(raised).__name__
        if got != error.__name__:
            raise AssertionError(f"{self.format}/{name}: want {error.__name__}, got {got}")
        self.vectors.append({"name": name, **members, "error": error.__name__})

    @property
    def document(self) -> dict[str, Any]:
        """What is written into the file."""
        return {
            "rule": self.rule,
            "format": self.format,
            **({"bases_from": self.bases_from} if self.bases_from else {}),
            **({"bases": self.bases} if self.bases else {}),
            "vectors": self.vectors,
        }
