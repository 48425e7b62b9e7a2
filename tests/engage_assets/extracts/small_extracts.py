"""Small extracts and their contracts, written to a folder."""

from pathlib import Path
from typing import Any

import yaml

from engage_assets.extracts import ExtractContract, ingest, load_extract_contract

SNAPSHOT: dict[str, Any] = {
    "name": "shop",
    "kind": "snapshot",
    "as_of": "2026-11-16",
    "tables": {
        "clients": {
            "files": "clients.csv",
            "columns": {
                "id": {"role": "key"},
                "visits": {"role": "behaviour", "type": "int", "min": 0, "max": 1000},
                "paid": {"role": "money", "as": "revenue"},
                "plan": {"role": "category", "categories": ["basic", "gold"]},
                "since": {"role": "signup", "type": "date"},
                "left": {"role": "label", "true": ["yes"], "false": ["no"]},
            },
        }
    },
    "actions": {
        "call": {
            "name": "Call", "channel": "phone", "cost_usd": 1.0, "eligible_when": [], "effect_by_theme": {},
            "default_effect": 0.1, "description": "A call.",
        }
    },
}  # fmt: skip

HISTORY: dict[str, Any] = {
    "name": "orders",
    "kind": "history",
    "horizon_days": 14,
    "tables": {
        "orders": {
            "files": "orders.csv",
            "grain": "event",
            "columns": {
                "client": {"role": "key"},
                "at": {"role": "time"},
                "items": {"role": "behaviour", "type": "int"},
                "amount": {"role": "money", "as": "revenue"},
                "channel": {"role": "category", "categories": ["app", "shop"]},
            },
        }
    },
    "actions": SNAPSHOT["actions"],
}

HEADER = "id,visits,paid,plan,since,left"
CLEAN = "a1,3,10.5,basic,2024-01-31,no"


def contract_of(content: dict[str, Any], folder: Path, **changes: Any) -> ExtractContract:
    """The contract, after a way through its file; `changes` are of its first table."""
    import copy

    content = copy.deepcopy(content)
    next(iter(content["tables"].values())).update(changes)
    file = folder / "contract.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return load_extract_contract(file)


def ingested(folder: Path, content: bytes | str, *, name: str = "clients.csv", **changes: Any) -> Any:
    """What becomes of `content` under the snapshot's contract: (counts of the table, the folder of the rows)."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    contract = contract_of(SNAPSHOT, folder, **({"files": name} | changes))
    target = folder / "taken"
    target.mkdir(exist_ok=True)
    return ingest(contract, str(folder), target).tables["clients"], target
