"""``engage status``: what is published, what the gates said, where to look."""

from datetime import date

from engage_assets.records.gate_log import GateRecord, read_records
from engage_assets.records.usage import read_usage
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.settings import Settings


def print_status(settings: Settings, *, week: date | None = None) -> None:
    """Prints the published weeks and, for `week` (default: the newest that was worked on), its gates and files."""
    resources = build_resources(settings)
    lake: Lake = resources["lake"]
    published = lake.weeks("published")
    if published:
        print(f"published weeks: {len(published)}, newest {published[-1]}")
    else:
        print(f"no published week in {settings.home}. `engage run` makes the first.")
    worked_on = lake.weeks("gate_log")
    chosen = week or (worked_on[-1] if worked_on else None)
    if chosen is None:
        return
    print_gates(chosen, read_records(lake, chosen))
    if chosen in published:
        [pointer] = lake.read_table(week_folder("published", chosen)).to_pylist()
        print(f"week {chosen}: published {pointer['published_at']:%Y-%m-%d %H:%M} UTC by run {pointer['run_id']}")
        print(f"  model {pointer['model_version']}")
        for place in (resources["reports"], resources["exports"]):
            for name in place.names(f"week={chosen}"):
                if "." in name:
                    print(f"  {place.location(f'week={chosen}/{name}')}")
    total = sum(stage.seconds for stage in read_usage(lake, chosen))
    if total:
        print(f'  stages took {total:.1f} s; `engage query "select * from stage_usage"` lists them')


def print_gates(week: date, records: list[GateRecord]) -> None:
    """Prints a summary of the gates, and each one that did not pass."""
    by_state = {state: [record for record in records if record.state == state] for state in _STATES}
    summary = ", ".join(f"{len(found)} {state}" for state, found in by_state.items() if found)
    print(f"gates of week {week}: {summary or 'none evaluated'}")
    for state in _STATES[1:]:
        for record in by_state[state]:
            print(f"  {state}: {record.gate}: {record.message}")


_STATES = ("passed", "failed", "insufficient")
