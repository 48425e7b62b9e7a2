"""What a gate says. It passes only on evidence: empty, missing or non-finite input, and an exception, are no pass.

Three states. ``passed``: the evidence shows that the requirement holds. ``failed``: it shows that it does not, or
there is no evidence where there must be. ``insufficient``: there is evidence, but too little of it to tell.
"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, ParamSpec

State = Literal["passed", "failed", "insufficient"]
P = ParamSpec("P")


@dataclass(frozen=True)
class GateResult:
    """The verdict of one gate.

    gate: its name. value: the figure that was judged, None when there was none. limit: what the figure is held
    against, in words. message: one sentence for the person who has to act. details: figures behind the verdict,
    JSON-serialisable.
    """

    gate: str
    state: State
    value: float | None
    limit: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            object.__setattr__(self, "value", None)
        if self.state == "passed" and self.value is None:
            object.__setattr__(self, "state", "failed")
            object.__setattr__(self, "message", f"the judged figure is missing or not finite; {self.message}")

    @classmethod
    def passed(cls, gate: str, value: float, limit: str, message: str, /, **details: Any) -> "GateResult":
        """The requirement holds. A value that is not finite makes it failed."""
        return cls(gate, "passed", float(value), limit, message, details)

    @classmethod
    def failed(cls, gate: str, value: float | None, limit: str, message: str, /, **details: Any) -> "GateResult":
        """The requirement does not hold, or what would show it is missing."""
        return cls(gate, "failed", None if value is None else float(value), limit, message, details)

    @classmethod
    def insufficient(cls, gate: str, value: float | None, limit: str, message: str, /, **details: Any) -> "GateResult":
        """Too few rows to tell."""
        return cls(gate, "insufficient", None if value is None else float(value), limit, message, details)


class EvidenceError(Exception):
    """The figures that a gate judges are missing or unusable."""


def gate(name: str, limit: str) -> Callable[[Callable[P, GateResult]], Callable[P, GateResult]]:
    """Makes a rule fail closed: whatever it raises becomes a failed result that names the cause.

    This is the one place where an exception becomes a verdict. The verdict is the refusing one, and the cause stays
    in it.
    """

    def decorate(rule: Callable[P, GateResult]) -> Callable[P, GateResult]:
        @functools.wraps(rule)
        def judge(*args: P.args, **kwargs: P.kwargs) -> GateResult:
            try:
                return rule(*args, **kwargs)
            except EvidenceError as cause:
                return GateResult.failed(name, None, limit, str(cause))
            except Exception as cause:
                kind = type(cause).__name__
                message = (
                    f"the rule could not be evaluated ({kind}: {cause}); repair its input, nothing passes without it"
                )
                return GateResult.failed(name, None, limit, message, exception=kind)

        return judge

    return decorate


def number(evidence: Mapping[str, Any], *path: str) -> float:
    """The finite number at ``path`` in nested mappings; EvidenceError naming the path when there is none."""
    found: Any = evidence
    for step in path:
        if not isinstance(found, Mapping) or step not in found:
            raise EvidenceError(f"the evidence has no {'.'.join(path)}; train again with a program that writes it")
        found = found[step]
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise EvidenceError(f"{'.'.join(path)} is {found!r}; expected a finite number")
    return float(found)


@dataclass(frozen=True)
class Interval:
    """A point estimate with its interval, lower <= value <= upper."""

    value: float
    lower: float
    upper: float

    @property
    def width(self) -> float:
        """upper - lower."""
        return self.upper - self.lower

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.lower:.4f} to {self.upper:.4f})"


def interval(evidence: Mapping[str, Any], *path: str) -> Interval:
    """The {value, lower, upper} at ``path``; EvidenceError when a part is missing, not finite or out of order."""
    found = Interval(*(number(evidence, *path, part) for part in ("value", "lower", "upper")))
    if not found.lower <= found.upper:
        raise EvidenceError(f"{'.'.join(path)} is {found}; its lower limit is above its upper limit")
    return found
