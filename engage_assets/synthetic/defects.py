"""Planted faults, by name, for the tests of the gates. A platform without any is clean.

drift : from a week on activity is recorded too low; the customers are the same, the data are not.
    Options: from (a Monday, required), shift (1.2, in standard deviations of the level).
leak : profile_quality_score tells whether the customer will be gone. Option: strength (0.95, 1 is all of it).
biased_group : a group is treated worse: its satisfaction sinks, and it leaves more.
    Options: gender or age_band (gender=Female), shift (1.5).
dirty_rows : a share of the rows of every raw table breaks the contract.
    Options: share (0.1), from (a Monday; without it every week).

As text: ``drift:from=2026-10-05,shift=1.5``; several options are separated by commas.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
GENDERS = ("Male", "Female", "Non-binary", "Undisclosed")

Value = str | float | date


def _number(low: float, high: float) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        number = float(text)
        if not low <= number <= high:
            raise ValueError(f"expected {low:g} to {high:g}")
        return number

    return read


def _week(text: str) -> Value:
    day = date.fromisoformat(text)
    if day.weekday() != 0:
        raise ValueError("expected a Monday as YYYY-MM-DD")
    return day


def _one_of(*choices: str) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text

    return read


_OPTIONS: Mapping[str, Mapping[str, Callable[[str], Value]]] = {
    "drift": {"from": _week, "shift": _number(-3, 3)},
    "leak": {"strength": _number(0, 1)},
    "biased_group": {"gender": _one_of(*GENDERS), "age_band": _one_of(*AGE_BANDS), "shift": _number(0, 3)},
    "dirty_rows": {"share": _number(0, 1), "from": _week},
}
_DEFAULTS: Mapping[str, Mapping[str, Value]] = {
    "drift": {"shift": 1.2},
    "leak": {"strength": 0.95},
    "biased_group": {"shift": 1.5},
    "dirty_rows": {"share": 0.1},
}


@dataclass(frozen=True)
class Defect:
    """One planted fault. Build it with ``Defect.parse`` or with options given as text.

    Raises
    ------
    ValueError
        For an unknown name or option, a value that cannot be read, or a drift without its first week.
    """

    name: str
    options: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, Value] = field(init=False, compare=False, repr=False, hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in _OPTIONS:
            raise ValueError(f"defect {self.name!r} is unknown; expected one of {', '.join(_OPTIONS)}.")
        values = dict(_DEFAULTS[self.name])
        for option, text in self.options:
            values[option] = self._read(option, text)
        if self.name == "drift" and "from" not in values:
            raise ValueError("defect drift has no first week. Write drift:from=YYYY-MM-DD (a Monday).")
        if self.name == "biased_group":
            if "gender" in values and "age_band" in values:
                raise ValueError("defect biased_group names both gender and age_band; expected one of them.")
            if "gender" not in values and "age_band" not in values:
                values["gender"] = "Female"
        object.__setattr__(self, "values", MappingProxyType(values))

    def __reduce__(self) -> tuple[type["Defect"], tuple[str, tuple[tuple[str, str], ...]]]:
        return Defect, (self.name, self.options)  # a mapping proxy cannot be sent to a worker process

    def _read(self, option: str, text: str) -> Value:
        readers = _OPTIONS[self.name]
        if option not in readers:
            raise ValueError(f"defect {self.name} has no option {option!r}; expected one of {', '.join(readers)}.")
        try:
            return readers[option](text)
        except ValueError as error:
            raise ValueError(f"defect {self.name}: {option}={text} cannot be used: {error}.") from error

    @classmethod
    def parse(cls, text: str) -> "Defect":
        """Read ``name`` or ``name:option=value,option=value``."""
        name, _, rest = text.strip().partition(":")
        options = []
        for part in filter(None, (piece.strip() for piece in rest.split(","))):
            option, separator, value = part.partition("=")
            if not separator:
                raise ValueError(f"defect {text!r}: {part!r} is no option. Write name:option=value,option=value.")
            options.append((option.strip(), value.strip()))
        return cls(name, tuple(options))

    def number(self, option: str) -> float:
        """A numeric option."""
        return float(str(self.values[option]))

    def starts(self, week: date) -> bool:
        """Whether the defect is in force in ``week``; without ``from`` it always is."""
        first = self.values.get("from")
        return not isinstance(first, date) or week >= first
