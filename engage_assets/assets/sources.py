"""Sources: the raw extracts of a week, and the rows of them that the contract accepts.

``raw/*`` is what was delivered, or simulated when nothing was. ``accepted/*`` is what everything else reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import pyarrow as pa

from engage_assets.assets.metadata import table_metadata
from engage_assets.contracts import Contract, ContractError, Validation, read_extract, validate_extract
from engage_assets.errors import InputError
from engage_assets.own_extract import extract_accounting, write_own_weeks
from engage_assets.partitions import week_of, weeks_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.records.usage import metered
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.settings import Settings
from engage_assets.synthetic import Defect, Platform, write_weeks

TABLES = ("customers", "activity", "billing", "campaign_contacts")
DELIVERIES = "raw/_delivered"
"""A file ``week=YYYY-MM-DD`` in this folder says that the four extracts of the week were delivered in full."""


def build_source_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The raw and the accepted tables."""
    platform = platform_contract(settings)
    tables = platform.tables

    @dg.multi_asset(
        name="raw_extracts",
        specs=[
            dg.AssetSpec(
                ["raw", table],
                group_name="sources",
                kinds={"parquet"},
                description=f"The {table} extract of a week as it arrived. {tables.tables[table].description}",
            )
            for table in TABLES
        ],
        partitions_def=weeks_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def raw(context: dg.AssetExecutionContext, lake: Lake) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        if platform.is_own:
            with metered(lake, week_of(context), "ingest") as usage:
                written = write_own_weeks(settings, lake, weeks_of(context))
                usage.rows = sum(written.values())
            for table in TABLES:
                rows_a_week = written[table] // len(weeks_of(context))
                yield dg.MaterializeResult(asset_key=["raw", table], metadata={"dagster/row_count": rows_a_week})
            return
        with metered(lake, week_of(context), "simulate") as usage:
            missing = [week for week in weeks_of(context) if not is_delivered(lake, week)]
            if missing and not settings.simulate:
                raise InputError(
                    f"no raw extract was delivered for {', '.join(map(str, missing))}. Deliver {', '.join(TABLES)} "
                    f"below {lake.location('raw')} and the marker {DELIVERIES}/week=…, or set ENGAGE_SIMULATE=true."
                )
            rows: dict[str, int] = {}
            if missing:
                with lake.filled() as folder:
                    rows = write_weeks(platform_of(settings), missing, folder, workers=settings.threads)
            usage.rows = sum(rows.values())
        for table in TABLES:
            yield dg.MaterializeResult(
                asset_key=["raw", table],
                metadata={
                    "dagster/row_count": rows.get(table, 0) // max(len(missing), 1),
                    "simulated_weeks": len(missing),
                },
            )

    @dg.multi_asset(
        name="accepted_rows",
        specs=[
            dg.AssetSpec(
                ["accepted", table],
                deps=[["raw", table], ["raw", "customers"]],
                group_name="sources",
                kinds={"parquet"},
                description=f"Rows of the {table} extract that keep the contract; the others are in quarantine.",
            )
            for table in TABLES
        ]
        + [
            dg.AssetSpec(
                ["accepted", "accounting"],
                deps=[["raw", table] for table in TABLES],
                group_name="sources",
                kinds={"parquet"},
                description="Rows in, kept and quarantined of every extract. Kept plus quarantined is rows in.",
            )
        ],
        partitions_def=weeks_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def accepted(context: dg.AssetExecutionContext, lake: Lake) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        week = week_of(context)
        with metered(lake, week, "validate") as usage:
            for each in weeks_of(context):
                validations = accept_week(lake, each, tables, extract_accounting(settings))
                usage.rows += sum(validation.rows_in for validation in validations.values())
        for table, validation in validations.items():
            yield dg.MaterializeResult(
                asset_key=["accepted", table],
                metadata={
                    **table_metadata(validation.kept),
                    "quarantined": validation.quarantined.num_rows,
                    "quarantined_by_rule": dg.MetadataValue.json(dict(validation.counts)),
                },
            )
        yield dg.MaterializeResult(
            asset_key=["accepted", "accounting"],
            metadata=table_metadata(lake.read_table(week_folder("accounting", week))),
        )

    return [raw, accepted]


def platform_of(settings: Settings) -> Platform:
    """The simulated platform of these settings. Raises InputError for a defect that is not known."""
    try:
        defects = tuple(Defect.parse(text) for text in settings.defects)
        return Platform(customers=settings.customers, seed=settings.seed, defects=defects)
    except ValueError as error:
        raise InputError(str(error)) from None


def is_delivered(lake: Lake, week: date) -> bool:
    """Whether the extracts of a week were delivered in full."""
    return f"week={week.isoformat()}" in lake.names(DELIVERIES)


def accept_week(
    lake: Lake, week: date, contract: Contract, extract: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Validation]:
    """Validates the four extracts of a week; writes kept rows, quarantined rows and the accounting.

    extract: the accounting of a user's own extract, from which the four tables were made; it comes first.

    Raises
    ------
    InputError
        When an extract cannot be read or lacks columns of the contract: there are no rows to quarantine.
    """
    validations: dict[str, Validation] = {}
    known_customers: pa.ChunkedArray | None = None
    for table in TABLES:
        folder = week_folder(f"raw/{table}", week)
        with lake.opened(folder) as place:
            try:
                rows = read_extract(place)
                validation = validate_extract(contract.tables[table], rows, week=week, known_customers=known_customers)
            except ContractError as error:
                raise InputError(str(error).replace(str(place), lake.location(folder))) from None
        if table == "customers":
            known_customers = validation.kept["customer_id"]
        validations[table] = validation
        lake.write_table(week_folder(f"accepted/{table}", week), validation.kept)
        lake.clear(week_folder(f"quarantine/{table}", week))
        if validation.quarantined.num_rows:
            lake.write_table(week_folder(f"quarantine/{table}", week), validation.quarantined)
    lake.write_table(week_folder("accounting", week), accounting_rows(validations, week, extract))
    return validations


def accounting_rows(
    validations: dict[str, Validation], week: date, extract: Sequence[Mapping[str, Any]] = ()
) -> pa.Table:
    """One row a table: source_table, rows_in, rows_kept, rows_quarantined, week."""
    own = [
        {
            "source_table": table,
            "rows_in": validation.rows_in,
            "rows_kept": validation.kept.num_rows,
            "rows_quarantined": validation.quarantined.num_rows,
        }
        for table, validation in validations.items()
    ]
    rows = [*extract, *own]
    return pa.table(
        {
            **{name: [row[name] for row in rows] for name in own[0]},
            "week": pa.array([week] * len(rows), pa.date32()),
        }
    )
