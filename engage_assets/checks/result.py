"""What a gate says. It passes only on evidence: empty, missing or non-finite input, and an exception, are no pass.

Three states. ``passed``: the evidence shows that the requirement holds. ``failed``: it shows that it does not, or
there is no evidence where there must be. ``insufficient``: there is evidence, but too little of it to tell.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

    def to_row(self, *, asset: str, evaluated_at: datetime) -> dict[str, Any]:
        """The row of the gates table, without week and run_id. asset: what was judged. evaluated_at: UTC."""
        if evaluated_at.tzinfo is not None:
            evaluated_at = evaluated_at.astimezone(UTC).replace(tzinfo=None)
        return {
            "gate": self.gate,
            "asset": asset,
            "state": self.state,
            "value": self.value,
            "limit_text": self.limit,
            "message": self.message,
            "evaluated_at": evaluated_at,
        }


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


def overall_state(
    results: Iterable[GateResult],
    *,
    may_be_insufficient: frozenset[str] = frozenset(),
    required: frozenset[str] = frozenset(),
) -> State:
    """The state of several gates together.

    failed: a gate failed, a required gate is absent, or there is no result at all. insufficient: none failed, and a
    gate that is not in ``may_be_insufficient`` is insufficient. passed: otherwise.
    """
    judged = list(results)
    if not judged or required - {result.gate for result in judged}:
        return "failed"
    if any(result.state not in ("passed", "insufficient") for result in judged):
        return "failed"
    undecided = {result.gate for result in judged if result.state == "insufficient"}
    return "insufficient" if undecided - may_be_insufficient else "passed"


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
