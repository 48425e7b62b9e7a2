"""Thresholds by group: the same share of every group is offered an action.

Without it an action is offered when its expected value is above zero, one threshold for all. With it each group has a
threshold of its own, never below zero, under which as large a share of it is offered an action as of the group that is
offered least. No offer loses money; some that would pay are not made, and `price_usd` says how much that is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.actions.catalogue import ActionError

MIN_CUSTOMERS = 200
"""Customers of a group from which on its own rate counts; a smaller group gets the rate of the others."""
CROSSED = "_x_"
"""Joins the columns of a crossed group, such as ``gender_x_age_band``."""


@dataclass(frozen=True)
class Price:
    """What thresholds by group cost and do: expected USD and offers given up, smallest offer rate over that of all."""

    attribute: str
    price_usd: float
    offers_given_up: int
    smallest_ratio_before: float
    smallest_ratio_after: float


def groups_of(customers: pa.Table, attribute: str) -> npt.NDArray[np.str_]:
    """Each customer's group, shape (customers,); a missing value is a group of its own, ``not given``.

    Raises ActionError when the table lacks a column of the attribute.
    """
    columns = attribute.split(CROSSED)
    if missing := [name for name in columns if name not in customers.column_names]:
        raise ActionError(
            f"offers by {attribute} need the column {missing[0]}, which the features lack; choose another"
        )
    texts = [pc.fill_null(customers[name].cast(pa.string()), "not given") for name in columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, ", ")
    return np.asarray(joined.to_pylist(), dtype=np.str_)


def equal_share(values: npt.NDArray[np.float64], groups: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Who is offered the best action open to them, given its value in USD; zero where none pays.

    In each group the customers of the highest values above zero, the same share of every group; of equal values, the
    first in the table.
    """
    pays = values > 0
    members = {name: np.flatnonzero(groups == name) for name in np.unique(groups)}
    shares = [float(pays[rows].mean()) for rows in members.values() if len(rows) >= MIN_CUSTOMERS]
    share = min(shares, default=1.0)
    offered = np.zeros(len(values), dtype=np.bool_)
    for rows in members.values():
        offered[rows[np.argsort(-values[rows], kind="stable")[: round(share * len(rows))]]] = True
    return offered & pays


def price_of(values: npt.NDArray[np.float64], groups: npt.NDArray[np.str_], attribute: str) -> Price:
    """The price of `equal_share` against one threshold for all."""
    common, equal = values > 0, equal_share(values, groups)
    return Price(
        attribute=attribute,
        price_usd=float(values[common & ~equal].sum()),
        offers_given_up=int((common & ~equal).sum()),
        smallest_ratio_before=_smallest_ratio(common, groups),
        smallest_ratio_after=_smallest_ratio(equal, groups),
    )


def _smallest_ratio(offered: npt.NDArray[np.bool_], groups: npt.NDArray[np.str_]) -> float:
    rates = [
        float(offered[groups == name].mean())
        for name in np.unique(groups)
        if int((groups == name).sum()) >= MIN_CUSTOMERS
    ]
    overall = float(offered.mean()) if len(offered) else 0.0
    return min(rates) / overall if rates and overall > 0 else 1.0
