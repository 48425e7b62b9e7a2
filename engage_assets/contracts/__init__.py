"""The source contract and its enforcement: what a raw extract must look like, and what happens to rows that do not.

Here: the model of the contract, its reader, the validator with its quarantine, the reader of extracts, and the pages
rendered from the contract. Not here: Dagster, the synthetic platform, or where the lake is.
"""

from engage_assets.contracts.dbt_sources import render_dbt_sources
from engage_assets.contracts.dictionary import render_data_dictionary
from engage_assets.contracts.extract import read_extract
from engage_assets.contracts.loading import DEFAULT_CONTRACT, load_contract
from engage_assets.contracts.model import ColumnContract, Contract, ContractError, Relation, TableContract
from engage_assets.contracts.quarantine import QUARANTINE_SCHEMA
from engage_assets.contracts.validation import REFUSAL_SHARE, RULES, Validation, validate_extract

__all__ = [
    "DEFAULT_CONTRACT",
    "QUARANTINE_SCHEMA",
    "REFUSAL_SHARE",
    "RULES",
    "ColumnContract",
    "Contract",
    "ContractError",
    "Relation",
    "TableContract",
    "Validation",
    "load_contract",
    "read_extract",
    "render_data_dictionary",
    "render_dbt_sources",
    "validate_extract",
]
