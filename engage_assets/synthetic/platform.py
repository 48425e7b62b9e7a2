"""What is simulated: how many customers, from which seed, with which planted defects, and the calendar of it.

``customers`` is the number of accounts open at the end of the reference week (2026-11-09). Accounts keep being
opened: about 14 % of them opened between the epoch and the reference week, and after it the platform goes on growing
by 0.15 % of ``customers`` a week. So the reference week has exactly ``customers`` accounts, the weeks before it
slightly fewer and the weeks after it slightly more. Accounts are never deleted: customers who left stay as lapsed
accounts.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from engage_assets.synthetic.defects import Defect

EPOCH = date(2025, 1, 6)
"""The Monday on which every hidden state starts walking."""

BURN_IN_WEEKS = 26
"""Weeks after the epoch before absences and moods have forgotten how they were started."""

FIRST_WEEK = EPOCH + timedelta(weeks=BURN_IN_WEEKS)
REFERENCE_WEEK = date(2026, 11, 9)
LAST_WEEK = EPOCH + timedelta(weeks=52 * 20)
DEFAULT_SEED = 20250106
MAXIMUM_CUSTOMERS = 100_000_000

REFERENCE_INDEX = (REFERENCE_WEEK - EPOCH).days // 7
GROWTH_PER_WEEK = 0.0015
"""New accounts a week, as a share of ``customers``."""


@dataclass(frozen=True)
class Platform:
    """A simulated platform. Two equal platforms write equal bytes.

    Raises
    ------
    ValueError
        When ``customers`` or ``seed`` is out of range, or a defect is planted twice.
    """

    customers: int
    seed: int = DEFAULT_SEED
    defects: tuple[Defect, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.customers <= MAXIMUM_CUSTOMERS:
            raise ValueError(
                f"customers is {self.customers}; expected 1 to {MAXIMUM_CUSTOMERS:,}. Give a positive number."
            )
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed is {self.seed}; expected 0 to 2^63 - 1. Give a non-negative whole number.")
        names = [defect.name for defect in self.defects]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"defect {name} is planted {names.count(name)} times; expected once. Give it one set of options."
                )

    def defect(self, name: str) -> Defect | None:
        """The planted defect of that name, if any."""
        return next((defect for defect in self.defects if defect.name == name), None)

    def accounts(self, week: int) -> int:
        """Customers whose index is simulated for a week index; after the reference week it grows."""
        return self.customers + opened_after_reference(self.customers, week - REFERENCE_INDEX)


def opened_after_reference(customers: int, weeks: int) -> int:
    """Accounts opened in the ``weeks`` weeks after the reference week; 0 before it."""
    return int(customers * GROWTH_PER_WEEK * weeks) if weeks > 0 else 0


def week_index(week: date) -> int:
    """Weeks since the epoch.

    Raises
    ------
    ValueError
        When ``week`` is no Monday or outside ``FIRST_WEEK`` … ``LAST_WEEK``.
    """
    if week.weekday() != 0:
        monday = week - timedelta(days=week.weekday())
        raise ValueError(f"week {week} is a {week:%A}; expected the Monday that opens a week. Use {monday}.")
    if not FIRST_WEEK <= week <= LAST_WEEK:
        raise ValueError(
            f"week {week} is outside the simulated time; expected {FIRST_WEEK} to {LAST_WEEK} "
            f"(the state starts on {EPOCH} and needs {BURN_IN_WEEKS} weeks to settle). Choose a week in that range."
        )
    return (week - EPOCH).days // 7


def monday(index: int) -> date:
    """The Monday of a week index."""
    return EPOCH + timedelta(weeks=index)
