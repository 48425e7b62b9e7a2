"""Pages of the architecture report: lineage, stages, gates, what starts a run, settings, versions, source contract."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reportlab.platypus import Flowable

from engage_reports.architecture.lineage import Lineage
from engage_reports.architecture.stages import Stage
from engage_reports.architecture_facts import ArchitectureFacts, AssetFact, CheckFact
from engage_reports.binding import Ledger
from engage_reports.engagement.evidence import Gate
from engage_reports.kit.blocks import Band, Column, call_outs, loose_heading, section, table, text, title_block
from engage_reports.wording import count, first_sentence, listed, plain, plural, shortened

DESCRIPTION_LENGTH = 110
LINEAGE_HEIGHT = 385.0

ASSETS, CHECKS, JOBS, STARTS = "definitions.assets", "definitions.checks", "definitions.jobs", "definitions.starts"
STAGES, CONTRACT, GATE_STATES = "definitions.groups", "contract.tables", "monitoring.gate_results.state"
"""What the counts of this report count."""


def overview(ledger: Ledger, facts: ArchitectureFacts, stages: Sequence[Stage], subtitle: str) -> list[Flowable]:
    """Key figures and the lineage of the stages."""
    if not facts.assets:
        return [*title_block("Architecture report", subtitle), text("Not available: no definitions were handed over.")]
    of_assets = plural(ledger.counted(facts.assets, ASSETS), "asset")
    starts = plural(ledger.counted(facts.schedules, STARTS), "schedule or sensor", "schedules and sensors")
    blocking = ledger.counted(sum(check.blocking for check in facts.checks), f"{CHECKS}: blocking")
    first, last = stages[0], stages[-1]
    against = [
        f"{plain(stage.name)} also reads {listed([plain(n) for n in stage.against])}"
        for stage in stages
        if stage.against
    ]
    caption = (
        "Each box is a group of assets, each line what a group reads; a dependency that a longer way implies is "
        "left out. Drawn from the loaded definitions."
    )
    return [
        *title_block("Architecture report", subtitle),
        text(
            f"{of_assets} in {plural(ledger.counted(stages, STAGES), 'stage')}, from "
            f"{plain(first.name).lower()} to {plain(last.name).lower()}. The same assets run on one machine and on "
            "AWS; the resources that reach them differ.",
            "lead",
        ),
        call_outs(
            [
                (
                    count(ledger.counted(facts.assets, ASSETS)),
                    f"assets in {plural(ledger.counted(stages, STAGES), 'stage')}",
                ),
                (count(ledger.counted(facts.checks, CHECKS)), f"checks, {count(blocking)} of them blocking"),
                (
                    count(ledger.counted(facts.jobs, JOBS)),
                    f"jobs, {starts}",
                ),
                (
                    count(
                        ledger.counted(sum(source.columns for source in facts.source_tables), f"{CONTRACT}: columns")
                    ),
                    f"contract columns in {plural(ledger.counted(facts.source_tables, CONTRACT), 'source table')}",
                ),
            ]
        ),
        text("What reads what, and where it runs", "heading"),
        Lineage(stages, min(LINEAGE_HEIGHT, 62.0 * (1 + max(stage.layer for stage in stages)))),
        text(" ".join([caption, *(f"{sentence}." for sentence in against)]), "caption"),
    ]


def stage_tables(ledger: Ledger, stages: Sequence[Stage]) -> list[Flowable]:
    """Every asset, stage by stage."""
    if not stages:
        return []
    largest = max(stages, key=lambda stage: len(stage.assets))
    story = section(
        "Stages",
        f"{plain(largest.name)} is the largest stage, with {plural(ledger.counted(largest.assets, ASSETS), 'asset')}",
    )
    columns = [Column("Asset", 2.75), Column("Reads", 2.5), Column("What it is", 4.8)]
    body: list[Sequence[str] | Band] = []
    group = {asset.key: asset.group for stage in stages for asset in stage.assets}
    for stage in stages:
        number = plural(ledger.counted(stage.assets, ASSETS), "asset")
        body.append(Band(f"{plain(stage.name)}: {number}. Here: {stage.local}. On AWS: {stage.aws}."))
        body += [_asset_line(ledger, asset, group) for asset in stage.assets]
    return [*story, *table(columns, body, "Several assets of one group are counted, a single one is named.")]


def gates(
    ledger: Ledger, facts: ArchitectureFacts, verdicts: Sequence[Gate], stages: Sequence[Stage]
) -> list[Flowable]:
    """The gates (blocking checks that say what must hold) one by one, the other checks counted by stage."""
    if not facts.checks:
        return [
            *section("Gates", "No check is defined", new_page=False),
            text("Not available: the definitions hold no check."),
        ]
    blocking = [check for check in facts.checks if check.blocking]
    number = plural(ledger.counted(blocking, f"{CHECKS}: blocking"), "blocking check")
    takeaway = f"{number} can stop a week before it is published"
    story = section("Gates", takeaway, new_page=False)
    if verdicts:
        states = Counter(gate.state for gate in verdicts)
        found = [f"{count(ledger.counted(many, GATE_STATES))} {state}" for state, many in states.most_common()]
        story.append(text(f"In this run: {listed(found)}."))
    else:
        story.append(text("Verdicts of this run not available: none is recorded."))
    named = [check for check in blocking if check.description.strip()]
    columns = [Column("Gate", 2.2), Column("Asset", 2.6), Column("What must hold", 5)]
    body = [[c.name, c.asset, first_sentence(c.description, 2 * DESCRIPTION_LENGTH)] for c in named]
    if body:
        story += table(columns, body, "A gate that fails stops what is downstream, and publishing refuses the week.")
    return [*story, *_other_checks(ledger, [check for check in facts.checks if check not in named], facts, stages)]


def _other_checks(
    ledger: Ledger, checks: Sequence[CheckFact], facts: ArchitectureFacts, stages: Sequence[Stage]
) -> list[Flowable]:
    """Data tests and reporting checks, counted: which stage, how many, on how many assets."""
    if not checks:
        return []
    group = {asset.key: asset.group for asset in facts.assets}
    by_stage: dict[str, list[CheckFact]] = {}
    for check in checks:
        by_stage.setdefault(group.get(check.asset, "elsewhere"), []).append(check)
    order = [stage.name for stage in stages if stage.name in by_stage]
    body = [
        [
            plain(name),
            count(ledger.counted(by_stage[name], CHECKS)),
            count(ledger.counted(sum(check.blocking for check in by_stage[name]), CHECKS)),
            count(ledger.counted(len({check.asset for check in by_stage[name]}), CHECKS)),
        ]
        for name in [*order, *(name for name in by_stage if name not in order)]
    ]
    columns = [Column("Stage", 4), *(Column(head, 2, "right") for head in ("Checks", "Blocking", "On assets"))]
    heading = f"{plural(ledger.counted(checks, CHECKS), 'further check')}: grains, identities, ranges"
    return [*loose_heading(heading), *table(columns, body, "Data tests and checks without a text of their own.")]


def operation(ledger: Ledger, facts: ArchitectureFacts) -> list[Flowable]:
    """What starts a run, the settings, the versions, the source contract."""
    story = section("Operation", _operation_takeaway(ledger, facts), new_page=False)
    jobs = [
        [each.name, count(ledger.counted(each.assets, JOBS)), first_sentence(each.description, DESCRIPTION_LENGTH)]
        for each in facts.jobs
    ]
    story += _named("Jobs", [Column("Job", 2), Column("Assets", 1, "right"), Column("What it does", 6)], jobs)
    starts = [[each.name, each.job, each.trigger] for each in facts.schedules]
    story += _named("What starts or watches them", [Column("Name", 2.4), Column("Job", 1.6), Column("When", 5)], starts)
    settings = [[each.name, each.value, each.meaning] for each in facts.settings]
    story += _named(
        "Settings of this run", [Column("Setting", 3), Column("Value", 2.4), Column("Meaning", 4.4)], settings
    )
    sources = [
        [
            plain(source.name),
            count(ledger.counted(source.columns, CONTRACT)),
            count(ledger.counted(source.nullable_columns, CONTRACT)),
            ", ".join(f"{count(ledger.counted(number, CONTRACT))} {role}" for role, number in source.roles.items()),
            source.description,
        ]
        for source in facts.source_tables
    ]
    columns = [Column("Table", 1.8), Column("Columns", 1, "right"), Column("Nullable", 1, "right")]
    story += _named("Source contract", [*columns, Column("Columns by role", 3.4), Column("Content", 3.4)], sources)
    return [*story, *_versions(facts)]


def _asset_line(ledger: Ledger, asset: AssetFact, group: Mapping[str, str]) -> list[str]:
    by_group: dict[str, list[str]] = {}
    for key in asset.upstream:
        by_group.setdefault(group.get(key, "outside"), []).append(key)
    reads = [
        keys[0] if len(keys) == 1 else f"{name} ({count(ledger.counted(keys, ASSETS))})"
        for name, keys in by_group.items()
    ]
    sentence = first_sentence(asset.description, DESCRIPTION_LENGTH)
    return [asset.key, ", ".join(reads) or "nothing inside", sentence]


def _operation_takeaway(ledger: Ledger, facts: ArchitectureFacts) -> str:
    if not facts.schedules:
        return "Runs are started by hand: no schedule or sensor is defined"
    names = listed([f"{each.name} ({each.job})" for each in facts.schedules])
    return f"{plural(ledger.counted(facts.jobs, JOBS), 'job')}; what starts or watches them: {shortened(names, 90)}"


def _named(heading: str, columns: Sequence[Column], body: Sequence[Sequence[str]]) -> list[Flowable]:
    if not body:
        return [text(heading, "heading"), text("Not available: the definitions hold none.")]
    return [*loose_heading(heading), *table(columns, body)]


def _versions(facts: ArchitectureFacts) -> list[Flowable]:
    if not facts.versions:
        return [text("Versions", "heading"), text("Not available: none was handed over.")]
    pairs = sorted(facts.versions.items(), key=lambda pair: pair[0].lower())
    depth = -(-len(pairs) // 3)
    third = [pairs[start : start + depth] for start in range(0, 3 * depth, depth)]
    body = [
        [cell for part in third for cell in (part[line] if line < len(part) else ("", ""))] for line in range(depth)
    ]
    return [
        *loose_heading("Versions"),
        *table([Column("Package", 2), Column("Version", 1.2)] * 3, body, "Installed in the environment of this run."),
    ]
