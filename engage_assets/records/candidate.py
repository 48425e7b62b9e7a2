"""The candidate: the run whose scores of a week are being prepared, judged and, if all gates pass, published.

Everything a run writes for a week carries its run id, so that a week that was published earlier stays as it is until
the pointer moves.
"""

from dataclasses import asdict, dataclass
from datetime import date

from engage_assets.errors import InputError
from engage_assets.resources.lake import Lake


@dataclass(frozen=True)
class Candidate:
    """A run's version of a week."""

    week: str
    run_id: str
    model_version: str


def write_candidate(lake: Lake, week: date, *, run_id: str, model_version: str) -> Candidate:
    """Makes this run's scores the candidate of the week."""
    candidate = Candidate(week.isoformat(), run_id, model_version)
    lake.write_json(_path(week), asdict(candidate))
    return candidate


def read_candidate(lake: Lake, week: date) -> Candidate:
    """The candidate of the week.

    Raises
    ------
    InputError
        When the week has not been scored.
    """
    try:
        return Candidate(**lake.read_json(_path(week)))
    except FileNotFoundError:
        raise InputError(f"week {week} has not been scored. Materialize scores/predictions for it first.") from None


def _path(week: date) -> str:
    return f"candidate/week={week.isoformat()}.json"
