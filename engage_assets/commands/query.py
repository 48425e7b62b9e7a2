"""``engage query``: read-only SQL on the published results."""

import pyarrow as pa

from engage_assets.resources.bindings import build_resources
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings


def run_query(settings: Settings, sql: str) -> pa.Table:
    """The rows of one SELECT; unqualified tables are those of schema ``published``.

    Raises
    ------
    InputError
        When it is not one SELECT, or the warehouse cannot run it.
    """
    warehouse: Warehouse = build_resources(settings)["warehouse"]
    warehouse.check_select(sql)
    return warehouse.query(sql, search_path="published")
