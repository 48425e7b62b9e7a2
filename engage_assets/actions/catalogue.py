"""The action catalogue: what can be offered, to whom, at which cost, and what it is expected to change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engage_assets.errors import InputError
from engage_assets.yaml_file import describe_errors, read_yaml

DEFAULT_CATALOGUE = Path(__file__).with_name("catalogue.yaml")

Theme = Literal[
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
]
THEMES: tuple[Theme, ...] = get_args(Theme)

# What recommended_action says when no action is worth its cost.
NO_ACTION = "none"

Effect = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Scalar = str | bool | int | float


class ActionError(InputError):
    """A catalogue that makes no sense, or tables from which no decision can be made."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Condition(_Part):
    """One test of one column of the week's features. Null satisfies no condition."""

    column: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in"]
    value: Scalar | list[Scalar]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.operator in ("in", "not_in")) != isinstance(self.value, list):
            raise ValueError(
                f"operator {self.operator} with value {self.value!r}: in and not_in take a list, the others one value"
            )
        if isinstance(self.value, list) and (not self.value or len({type(item) for item in self.value}) > 1):
            raise ValueError(f"value {self.value!r} must be a list of at least one value, all of one type")
        return self


class Action(_Part):
    """One offer. Effects are relative reductions of the churn probability; costs are USD per customer."""

    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    cost_usd: float = Field(ge=0.0, allow_inf_nan=False)
    eligible_when: list[Condition]
    effect_by_theme: Mapping[Theme, Effect]
    default_effect: Effect
    description: str = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.id == NO_ACTION:
            raise ValueError(f"the id {NO_ACTION} means that no action is taken; choose another")
        return self


class Catalogue(_Part):
    """The actions in their order, which breaks ties."""

    actions: tuple[Action, ...] = Field(min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        """The feature columns that eligibility reads, each once, sorted."""
        return tuple(sorted({c.column for action in self.actions for c in action.eligible_when}))


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue in ``path``, or the platform's own ``catalogue.yaml``.

    Raises ActionError (file, place, value, remedy) for a missing file, invalid YAML, an id given twice, an unknown
    field, theme or operator, a negative cost, an effect outside 0-1.
    """
    path = DEFAULT_CATALOGUE if path is None else path
    return read_catalogue(read_yaml(path, ActionError), path)


def read_catalogue(content: Any, path: Path) -> Catalogue:
    """The catalogue in the `content` of a file; `path` names the file in messages. Raises ActionError as above."""
    if not isinstance(content, Mapping) or not isinstance(content.get("actions"), Mapping):
        raise ActionError(f"{path}: expected a mapping 'actions' of ids to actions, found {content!r:.80}")
    if unknown := sorted(set(content) - {"actions"}):
        raise ActionError(f"{path}: unknown entries {', '.join(unknown)}; only 'actions' is read, remove the others")
    for action_id, action in content["actions"].items():
        if not isinstance(action, Mapping):
            raise ActionError(f"{path}: actions.{action_id} must be a mapping of fields, found {action!r:.80}")
    actions = tuple({**action, "id": action_id} for action_id, action in content["actions"].items())
    try:
        return Catalogue.model_validate({"actions": actions})
    except ValidationError as cause:
        message = describe_errors(cause, names=list(content["actions"]))
        raise ActionError(f"{path} is not a valid action catalogue: {message}") from None
