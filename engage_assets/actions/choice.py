"""Picks for each customer the action with the highest expected value, or none.

For a customer and an eligible action

    value_usd = churn_probability x effect x expected_ltv_12m_usd - cost_usd

effect is the action's relative reduction of the churn probability, averaged over the themes of those of reason_1..3
that raise the risk, weighted by their contributions (log-odds). Where no reason raises it, the action's default
effect holds. The action with the highest value above zero is recommended; equal values go to the action that stands
first in the catalogue; "none" when no action is worth its cost. A holdout customer keeps the action that would have
been sent: the comparison needs it. With thresholds by group (``equal_offers``) the share of each group that is offered
an action is the same, and not every offer that would pay is made.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.actions.catalogue import NO_ACTION, THEMES, Action, ActionError, Catalogue, Condition
from engage_assets.actions.equal_offers import Price, columns_of, equal_share, groups_of, price_of
from engage_assets.actions.holdout import HOLDOUT_SHARE, holdout_mask

DECISIONS_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("customer_id", pa.string()),
        ("recommended_action", pa.string()),
        ("action_name", pa.string()),
        ("channel", pa.string()),
        ("action_cost_usd", pa.float64()),
        ("expected_effect", pa.float64()),
        ("expected_action_value_usd", pa.float64()),
        ("is_holdout", pa.bool_()),
        ("decided_at", pa.timestamp("us")),
    ]
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """The decisions, with DECISIONS_SCHEMA, and what thresholds by group cost where they are in force."""

    rows: pa.Table
    price: Price | None


_REASONS = (1, 2, 3)
_PREDICTION_COLUMNS = (
    *("run_id", "customer_id", "churn_probability", "expected_ltv_12m_usd"),
    *(f"reason_{k}_{part}" for k in _REASONS for part in ("theme", "direction", "contribution")),
)
_COMPARE = {
    "==": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def _require(table: pa.Table, names: tuple[str, ...], what: str) -> None:
    if missing := [name for name in names if name not in table.column_names]:
        raise ActionError(f"{what} lack the columns {', '.join(missing)}; add them where {what} are made")


def _numbers(table: pa.Table, name: str, low: float, high: float) -> Floats:
    values: Floats = table[name].cast(pa.float64()).to_numpy()
    bad = ~((values >= low) & (values <= high))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ActionError(
            f"{name} is {values[row]} for customer {table['customer_id'][row]} ({int(bad.sum())} such rows); "
            f"expected a finite number from {low:g} to {high:g}: correct the predictions"
        )
    return values


def _align(features: pa.Table, customer_ids: pa.ChunkedArray, columns: tuple[str, ...]) -> pa.Table:
    """The eligibility columns in the order of the predictions."""
    ids = features["customer_id"].cast(pa.string())
    if pc.count_distinct(ids).as_py() != len(ids):
        raise ActionError(f"the features hold {len(ids)} rows and fewer customers; expected one row per customer")
    places = pc.index_in(customer_ids, value_set=ids)
    if places.null_count:
        absent = customer_ids.filter(pc.is_null(places))
        raise ActionError(
            f"{len(absent)} customers with a prediction have no features, the first is {absent[0]}; "
            "pass the features of the same week"
        )
    return features.select(columns).take(places)


def satisfies(condition: Condition, features: pa.Table, action: Action) -> npt.NDArray[np.bool_]:
    """Which customers satisfy a condition of an action; a missing value satisfies none."""
    column = features[condition.column]
    try:
        if isinstance(condition.value, list):
            found = pc.is_in(column, value_set=pa.array(condition.value).cast(column.type))
            found = pc.invert(found) if condition.operator == "not_in" else found
            found = pc.and_(found, pc.is_valid(column))
        else:
            found = _COMPARE[condition.operator](column, pa.scalar(condition.value))
    except pa.ArrowException:
        raise ActionError(
            f"action {action.id}: {condition.column} has type {column.type} and cannot be compared "
            f"({condition.operator}) with {condition.value!r}; correct the condition in the catalogue"
        ) from None
    mask: npt.NDArray[np.bool_] = pc.fill_null(found, False).to_numpy().astype(bool)
    return mask


def reason_weights(predictions: pa.Table) -> tuple[npt.NDArray[np.int64], Floats]:
    """Theme codes (customers, 3) and weights (customers, 3); a row sums to 1, or to 0 when no reason raises."""
    codes = np.zeros((predictions.num_rows, len(_REASONS)), dtype=np.int64)
    weights = np.zeros((predictions.num_rows, len(_REASONS)))
    for place, k in enumerate(_REASONS):
        theme = predictions[f"reason_{k}_theme"].cast(pa.string())
        code = pc.index_in(theme, value_set=pa.array(THEMES))
        unknown = pc.and_(pc.is_null(code), pc.is_valid(theme))
        if pc.any(unknown, min_count=0).as_py():
            raise ActionError(f"reason_{k}_theme is {theme.filter(unknown)[0]}; expected one of {', '.join(THEMES)}")
        contribution = predictions[f"reason_{k}_contribution"].cast(pa.float64()).to_numpy()
        raises = pc.fill_null(pc.equal(predictions[f"reason_{k}_direction"], "raises"), False).to_numpy().astype(bool)
        counts = raises & pc.is_valid(code).to_numpy().astype(bool) & np.isfinite(contribution) & (contribution > 0)
        codes[:, place] = pc.fill_null(code, 0).to_numpy()
        weights[:, place] = np.where(counts, contribution, 0.0)
    total = weights.sum(axis=1, keepdims=True)
    return codes, np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


def effects_of(action: Action, codes: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """An action's relative reduction of each customer's churn probability, given ``reason_weights``."""
    by_theme = np.array([action.effect_by_theme.get(theme, action.default_effect) for theme in THEMES])
    weighted: Floats = (by_theme[codes] * weights).sum(axis=1)
    return np.where(weights.any(axis=1), weighted, action.default_effect)


def _single_run(predictions: pa.Table) -> str:
    runs = pc.unique(predictions["run_id"]).to_pylist()
    if len(runs) != 1 or runs[0] is None:
        raise ActionError(f"the predictions hold the run ids {runs}; expected the rows of exactly one run")
    return str(runs[0])


def choose_actions(
    predictions: pa.Table,
    features: pa.Table,
    catalogue: Catalogue,
    *,
    week: date,
    salt: str,
    decided_at: datetime,
    holdout_share: float = HOLDOUT_SHARE,
    equal_offers_by: str | None = None,
) -> Decisions:
    """One decision per prediction, in the predictions' order.

    predictions: rows of one run. features: rows of the same week's customers, one each, in any order, with the
    catalogue's eligibility columns. decided_at: UTC. A decision "none" costs 0, changes 0 and is worth 0; its name
    and channel are "No action" and "none". equal_offers_by: the attribute whose groups get thresholds of their own.
    Raises ActionError for missing columns, a customer without features, an unknown theme, a probability outside 0-1,
    a value that is not finite.
    """
    _require(predictions, _PREDICTION_COLUMNS, "the predictions")
    audited = columns_of(equal_offers_by) if equal_offers_by else ()
    _require(features, ("customer_id", *catalogue.columns, *audited), "the features")
    if predictions.num_rows == 0:
        raise ActionError("there are no predictions to decide on; score the week first")
    customer_ids = predictions["customer_id"].cast(pa.string())
    if customer_ids.null_count:
        raise ActionError(f"{customer_ids.null_count} predictions have no customer_id; correct the predictions")
    known = _align(features, customer_ids, tuple(dict.fromkeys((*catalogue.columns, *audited))))
    codes, weights = reason_weights(predictions)
    at_stake = _numbers(predictions, "churn_probability", 0.0, 1.0) * _numbers(
        predictions, "expected_ltv_12m_usd", -np.finfo(float).max, np.finfo(float).max
    )

    rows = predictions.num_rows
    choice = np.full(rows, len(catalogue.actions))  # the place after the last action stands for none
    best = np.zeros(rows)
    effect = np.zeros(rows)
    for place, action in enumerate(catalogue.actions):
        effects = effects_of(action, codes, weights)
        values = at_stake * effects - action.cost_usd
        better = values > best
        for condition in action.eligible_when:
            better &= satisfies(condition, known, action)
        choice[better], best[better], effect[better] = place, values[better], effects[better]
    price = None
    if equal_offers_by:
        groups = groups_of(known, equal_offers_by)
        offered = equal_share(best, groups, np.asarray(customer_ids.to_pylist(), dtype=np.str_))
        price, withdrawn = price_of(best, offered, groups, equal_offers_by), ~offered
        choice[withdrawn], best[withdrawn], effect[withdrawn] = len(catalogue.actions), 0.0, 0.0

    places = pa.array(choice)
    texts = [
        pa.array([getattr(action, field) for action in catalogue.actions] + [none], pa.string()).take(places)
        for field, none in (("id", NO_ACTION), ("name", "No action"), ("channel", NO_ACTION))
    ]
    costs = pa.array([action.cost_usd for action in catalogue.actions] + [0.0]).take(places)
    decided = decided_at.astimezone(UTC).replace(tzinfo=None) if decided_at.tzinfo else decided_at
    columns = [
        pa.repeat(pa.scalar(week, pa.date32()), rows),
        pa.repeat(pa.scalar(_single_run(predictions), pa.string()), rows),
        customer_ids,
        *texts,
        costs,
        pa.array(effect),
        pa.array(best),
        pa.array(holdout_mask(customer_ids, salt=salt, share=holdout_share)),
        pa.repeat(pa.scalar(decided, pa.timestamp("us")), rows),
    ]
    return Decisions(pa.table(columns, schema=DECISIONS_SCHEMA), price)
