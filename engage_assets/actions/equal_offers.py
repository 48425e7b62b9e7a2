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
    """What thresholds by group cost and do: expected USD and offers given up, smallest offer rate over that of all.

    Customers who are held out count as well: they keep the action that would have been sent.
    """

    attribute: str
    price_usd: float
    offers_given_up: int
    smallest_ratio_before: float
    smallest_ratio_after: float


def columns_of(attribute: str) -> tuple[str, ...]:
    """The columns that an attribute's groups are made of."""
    return tuple(attribute.split(CROSSED))


def groups_of(customers: pa.Table, attribute: str) -> npt.NDArray[np.str_]:
    """Each customer's group, shape (customers,); a missing value is a group of its own, ``not given``."""
    columns = columns_of(attribute)
    texts = [pc.fill_null(customers[name].cast(pa.string()), "not given") for name in columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, ", ")
    return np.asarray(joined.to_pylist(), dtype=np.str_)


def equal_share(
    values: npt.NDArray[np.float64], groups: npt.NDArray[np.str_], customer_ids: npt.NDArray[np.str_]
) -> npt.NDArray[np.bool_]:
    """Who is offered the best action open to them, given its value in USD; zero where none pays.

    In each group the customers of the highest values above zero, the same share of every group; of equal values, those
    whose id comes first. All arrays have shape (customers,).
    Raises ActionError when no group is large enough to compare, or when a large group is offered nothing at all.
    """
    pays = values > 0
    members = {str(name): np.flatnonzero(groups == name) for name in np.unique(groups)}
    rates = {name: float(pays[rows].mean()) for name, rows in members.items() if len(rows) >= MIN_CUSTOMERS}
    if not rates:
        raise ActionError(
            f"no group has {MIN_CUSTOMERS} customers, the largest has {max(map(len, members.values()), default=0)}: "
            "offer rates cannot be compared. Set ENGAGE_EQUAL_OFFERS_BY to none, or to an attribute with larger groups"
        )
    least = min(rates, key=lambda name: rates[name])
    if rates[least] == 0 and pays.any():
        raise ActionError(
            f"no action pays for any of the {len(members[least])} customers of the group {least}: at its rate nobody "
            "would be offered anything. Set ENGAGE_EQUAL_OFFERS_BY to none, or to another attribute"
        )
    offered = np.zeros(len(values), dtype=np.bool_)
    for rows in members.values():
        best_first = rows[np.lexsort((customer_ids[rows], -values[rows]))]
        offered[best_first[: round(rates[least] * len(rows))]] = True
    return offered & pays


def price_of(
    values: npt.NDArray[np.float64], equal: npt.NDArray[np.bool_], groups: npt.NDArray[np.str_], attribute: str
) -> Price:
    """The price of the offers `equal`, made by `equal_share`, against one threshold for all, held-out ones included."""
    common = values > 0
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
