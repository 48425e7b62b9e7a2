"""What the programs are asked to do: the Pipes extras, checked and typed. Standard library only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engage_ml.errors import ProgramError
from engage_ml.hyperparameters import ChurnTrees

FEATURE_TYPES = ("numeric", "category", "boolean")
THEMES = (
    "recency",
    "activity_level",
    "activity_trend",
    "social",
    "dating",
    "satisfaction",
    "payment",
    "friction",
    "tenure",
    "spending",
    "profile",
    "campaign",
)
NEVER_FEATURES = frozenset({"age", "age_band", "gender", "location"})
"""Sensitive columns: carried for the audit, never an input."""

AUDITED = ("gender", "age_band", "location", "gender_x_age_band")
"""Attributes whose groups are audited, the last one a crossing of two."""

VERSION_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Feature:
    """One model input: its column, its type and how to speak of it."""

    name: str
    type: str
    label: str
    theme: str
    categories: tuple[str, ...] = ()
    peers: bool = False
    """Whether reasons compare a customer with those of the same category; for a number, with those who have any."""

    def as_json(self) -> dict[str, Any]:
        """The feature as it came in the extras."""
        return {
            "name": self.name,
            "type": self.type,
            "label": self.label,
            "theme": self.theme,
            "categories": list(self.categories) or None,
            "peers": self.peers,
        }


@dataclass(frozen=True)
class TrainingParameters:
    """The extras of ``engage_ml.training``."""

    week: date
    run_id: str
    training_set_uri: str
    features: tuple[Feature, ...]
    models_uri: str
    evaluation_uri: str
    seed: int
    max_training_rows: int
    threads: int
    code_version: str
    champion_version: str | None
    """The version to compare the new one with; None before the first has been promoted."""
    survival_set_uri: str | None
    """Customers followed over some weeks; None when there is no such history."""
    churn_trees: ChurnTrees
    """Tuned parameters of the boosters, or the default ones."""
    reweighted_by: str | None
    """The attribute whose groups the learners are to see leave equally often; None mitigates nothing."""
    outcome_days: int
    """Days after as_of in which the outcome was observed; 0 when it came with the data."""

    @classmethod
    def from_extras(cls, extras: Mapping[str, Any]) -> "TrainingParameters":
        """Reads and checks the extras. Raises ProgramError naming what is missing or wrong."""
        return cls(
            week=_monday(extras),
            run_id=_text(extras, "run_id"),
            training_set_uri=_text(extras, "training_set_uri"),
            features=read_features(_required(extras, "features")),
            models_uri=_text(extras, "models_uri"),
            evaluation_uri=_text(extras, "evaluation_uri"),
            seed=_whole(extras, "seed", 42, minimum=0),
            max_training_rows=_whole(extras, "max_training_rows", 200_000, minimum=100),
            threads=_whole(extras, "threads", 2, minimum=1),
            code_version=str(extras.get("code_version", "unversioned")),
            churn_trees=ChurnTrees.from_json(extras.get("churn_trees")),
            reweighted_by=_attribute(extras, "reweighted_by"),
            survival_set_uri=_text(extras, "survival_set_uri") if extras.get("survival_set_uri") else None,
            champion_version=_version(extras, "champion_version") if extras.get("champion_version") else None,
            outcome_days=_whole(extras, "outcome_days", 30, minimum=0),
        )


@dataclass(frozen=True)
class TuningParameters:
    """The extras of ``engage_ml.tuning``."""

    week: date
    training_set_uri: str
    features: tuple[Feature, ...]
    models_uri: str
    seed: int
    max_training_rows: int
    seconds: int
    max_trials: int
    churn_trees: ChurnTrees
    """The parameters in use: where the search begins, and what has to be beaten."""

    @classmethod
    def from_extras(cls, extras: Mapping[str, Any]) -> "TuningParameters":
        """Reads and checks the extras. Raises ProgramError naming what is missing or wrong."""
        return cls(
            week=_monday(extras),
            training_set_uri=_text(extras, "training_set_uri"),
            features=read_features(_required(extras, "features")),
            models_uri=_text(extras, "models_uri"),
            seed=_whole(extras, "seed", 42, minimum=0),
            max_training_rows=_whole(extras, "max_training_rows", 200_000, minimum=100),
            seconds=_whole(extras, "seconds", 120, minimum=1),
            max_trials=_whole(extras, "max_trials", 60, minimum=1),
            churn_trees=ChurnTrees.from_json(extras.get("churn_trees")),
        )


@dataclass(frozen=True)
class ScoringParameters:
    """The extras of ``engage_ml.scoring``."""

    week: date
    run_id: str
    features_uri: str
    features: tuple[Feature, ...]
    models_uri: str
    model_version: str
    predictions_uri: str
    scored_at: datetime
    threads: int
    batch_rows: int
    horizon_days: int
    accept_insufficient: bool
    """Whether a version may score whose gates had too little evidence to tell."""
    share: int
    """Which of `shares` equal parts of the customers this program scores, counted from 0."""
    shares: int

    @classmethod
    def from_extras(cls, extras: Mapping[str, Any]) -> "ScoringParameters":
        """Reads and checks the extras. Raises ProgramError naming what is missing or wrong."""
        return cls(
            week=_monday(extras),
            run_id=_text(extras, "run_id"),
            features_uri=_text(extras, "features_uri"),
            features=read_features(_required(extras, "features")),
            models_uri=_text(extras, "models_uri"),
            model_version=_version(extras, "model_version"),
            predictions_uri=_text(extras, "predictions_uri"),
            scored_at=_moment(extras, "scored_at"),
            threads=_whole(extras, "threads", 2, minimum=1),
            batch_rows=_whole(extras, "batch_rows", 50_000, minimum=1),
            horizon_days=_whole(extras, "horizon_days", 30, minimum=1),
            accept_insufficient=extras.get("accept_insufficient") is True,
            share=_share(extras),
            shares=_whole(extras, "shares", 1, minimum=1),
        )


@dataclass(frozen=True)
class ExplanationParameters:
    """The extras of ``engage_ml.explanation``."""

    features_uri: str
    models_uri: str
    model_version: str
    what_if_themes: tuple[str, ...]

    @classmethod
    def from_extras(cls, extras: Mapping[str, Any]) -> "ExplanationParameters":
        """Reads and checks the extras. Raises ProgramError naming what is missing or wrong."""
        return cls(
            features_uri=_text(extras, "features_uri"),
            models_uri=_text(extras, "models_uri"),
            model_version=_version(extras, "model_version"),
            what_if_themes=tuple(str(theme) for theme in extras.get("what_if_themes") or ()),
        )


def read_features(items: Any) -> tuple[Feature, ...]:
    """The feature list of the extras or of a model card, checked."""
    if not isinstance(items, Sequence) or not items:
        raise ProgramError(
            "features is empty; expected the list of model inputs. Give the columns a feature role in dbt."
        )
    features = tuple(_feature(item) for item in items)
    names = [feature.name for feature in features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProgramError(f"features names {', '.join(twice)} twice; expected each column once.")
    return features


def _feature(item: Mapping[str, Any]) -> Feature:
    name = str(item.get("name", ""))
    kind = item.get("type")
    theme = item.get("theme")
    if name in NEVER_FEATURES:
        raise ProgramError(
            f"feature {name} is a sensitive column and never a model input. Remove its feature role in dbt."
        )
    if kind not in FEATURE_TYPES:
        raise ProgramError(f"feature {name} has type {kind!r}; expected one of {', '.join(FEATURE_TYPES)}.")
    if theme not in THEMES:
        raise ProgramError(f"feature {name} has theme {theme!r}; expected one of {', '.join(THEMES)}.")
    categories = tuple(str(value) for value in item.get("categories") or ())
    if kind == "category" and not categories:
        raise ProgramError(f"feature {name} is a category without categories. List them in its column meta.")
    return Feature(
        name, str(kind), str(item.get("label") or name), str(theme), categories, peers=bool(item.get("peers"))
    )


def _required(extras: Mapping[str, Any], name: str) -> Any:
    if extras.get(name) is None:
        raise ProgramError(f"parameter {name} is missing. The extras need it; see the docstring of the program.")
    return extras[name]


def _text(extras: Mapping[str, Any], name: str) -> str:
    value = str(_required(extras, name)).strip()
    if not value:
        raise ProgramError(f"parameter {name} is empty; expected text.")
    return value


def _attribute(extras: Mapping[str, Any], name: str) -> str | None:
    value = extras.get(name)
    if value is not None and value not in AUDITED:
        raise ProgramError(f"{name} is {value!r}; expected one of {', '.join(AUDITED)}, or none.")
    return value


def _version(extras: Mapping[str, Any], name: str) -> str:
    version = _text(extras, name)
    if not VERSION_PATTERN.fullmatch(version):
        raise ProgramError(f"{name} is {version!r}; expected <week>-<12 hex digits>, as training reported it.")
    return version


def _whole(extras: Mapping[str, Any], name: str, default: int, *, minimum: int) -> int:
    value = extras.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ProgramError(f"parameter {name} is {value!r}; expected a whole number of at least {minimum}.")
    return value


def _share(extras: Mapping[str, Any]) -> int:
    share, shares = _whole(extras, "share", 0, minimum=0), _whole(extras, "shares", 1, minimum=1)
    if share >= shares:
        raise ProgramError(f"parameter share is {share}; expected 0 to {shares - 1}, as there are {shares} shares.")
    return share


def _monday(extras: Mapping[str, Any]) -> date:
    text = str(_required(extras, "week"))
    try:
        week = date.fromisoformat(text)
    except ValueError:
        raise ProgramError(f"week is {text!r}; expected a date like 2026-03-02.") from None
    if week.weekday() != 0:
        raise ProgramError(f"week is {text}, a {week:%A}; expected the Monday that opens the week.")
    return week


def _moment(extras: Mapping[str, Any], name: str) -> datetime:
    text = str(_required(extras, name))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ProgramError(f"{name} is {text!r}; expected an ISO timestamp like 2026-03-09T03:00:00.") from None
    if moment.tzinfo is not None:
        moment = (moment - moment.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    return moment
