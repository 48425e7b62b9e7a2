"""A user's own extract: the contract that describes it, its bounded reading, and the weeks that are made of it.

Here: files, prefixes and queries in, the platform's four weekly tables out. Not here: Dagster, the warehouse, models.
"""

from engage_assets.extracts.contract import ExtractColumn, ExtractContract, ExtractTable
from engage_assets.extracts.ingestion import Ingestion, ingest
from engage_assets.extracts.loading import load_extract_contract
from engage_assets.extracts.platform_tables import platform_contract_of
from engage_assets.extracts.weeks import week_digests, week_range, write_weeks_of

__all__ = [
    "ExtractColumn",
    "ExtractContract",
    "ExtractTable",
    "Ingestion",
    "ingest",
    "load_extract_contract",
    "platform_contract_of",
    "week_digests",
    "week_range",
    "write_weeks_of",
]
