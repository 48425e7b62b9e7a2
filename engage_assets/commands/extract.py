"""A user's own extract on the command line: what was given, the home that is begun with it, and its weeks."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from engage_assets.contracts import ContractError
from engage_assets.errors import InputError
from engage_assets.extracts import ExtractContract, Ingestion, load_extract_contract
from engage_assets.extracts.sufficiency import sufficiency_of
from engage_assets.own_extract import extract_folder, record_extract, take_in
from engage_assets.platform_contract import catalogue_of
from engage_assets.settings import Settings


@dataclass(frozen=True)
class Extract:
    """What was given: the place of the data, the contract's file, and what it says."""

    base: str
    file: Path
    contract: ExtractContract


def extract_of(place: str | None, contract: Path | None) -> Extract | None:
    """The extract of the command line's two options; None when neither is given."""
    if place is None and contract is None:
        return None
    if place is None or contract is None:
        missing = "--extract, the folder of the data" if place is None else "--contract, the file that describes it"
        raise InputError(f"{missing}, is missing: the two belong together. `engage init DIR` proposes a contract.")
    try:
        own = load_extract_contract(contract)
    except ContractError as error:
        raise InputError(str(error)) from None
    catalogue_of(own, contract)
    base = place if "://" in place else str(Path(place).expanduser().absolute())
    if "://" not in place and not Path(base).is_dir():
        raise InputError(f"{place} is not a folder. Give the one that holds the files of the contract.")
    return Extract(base, contract, own)


def is_own(settings: Settings) -> bool:
    """Whether the home holds a user's own extract."""
    return (settings.home / "extract.json").exists()


def adopt_extract(settings: Settings, extract: Extract) -> None:
    """Makes the home one of this extract: reads it, and keeps the contract and the place.

    Raises
    ------
    InputError
        When the home holds a simulated platform, or another extract.
    EngageError
        When too many rows are refused.
    """
    kept = settings.home / "contract.yaml"
    if (settings.home / "platform.json").exists():
        raise InputError(f"{settings.home} holds a simulated platform. Use another --home for your own data.")
    if kept.exists() and (known := load_extract_contract(kept).name) != extract.contract.name:
        raise InputError(f"{settings.home} holds the extract {known}, not {extract.contract.name}. Use another --home.")
    started = time.monotonic()
    print(f"reading {extract.base}", flush=True)
    ingestion = take_in(extract.contract, extract.base, settings)
    print_ingestion(ingestion)
    size = sufficiency_of(extract.contract, extract_folder(settings))
    for line in size.lines():
        print(f"  {line}")
    if size.nothing_to_learn:
        raise InputError(f"{extract.base}: nothing can be learned from its outcomes. {size.remedy}.")
    print(f"  {time.monotonic() - started:.1f} s", flush=True)
    if not kept.exists() or kept.read_bytes() != extract.file.read_bytes():
        beside = kept.with_name(".contract.yaml")
        shutil.copy(extract.file, beside)
        beside.replace(kept)
    for name in extract.contract.own_models:
        model = extract.file.parent / "models" / f"{name}.sql"
        if model.exists():
            (settings.home / "models_of_contract").mkdir(exist_ok=True)
            shutil.copy(model, settings.home / "models_of_contract" / model.name)
    record_extract(extract.contract, extract.base, settings)


def print_ingestion(ingestion: Ingestion) -> None:
    """Rows in, kept and quarantined of each table, by rule, and the columns that differ from the contract."""
    for name, counts in ingestion.tables.items():
        share = counts.rows_quarantined / counts.rows_in if counts.rows_in else 0.0
        print(
            f"  {name}: {counts.rows_in:,} rows in, {counts.rows_kept:,} kept, "
            f"{counts.rows_quarantined:,} quarantined ({share:.1%})"
        )
        for rule, count in sorted(counts.by_rule.items(), key=lambda pair: -pair[1]):
            print(f"    {rule}: {count:,}")
        for line in counts.schema_changes():
            print(f"    {line}")
