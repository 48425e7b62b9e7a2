"""Pages about this build: infrastructure and service choices, security controls, retention, data, test evidence."""

from reportlab.platypus import Flowable

from engage_reports.architecture.notes import controls, services, without_note
from engage_reports.architecture_facts import ArchitectureFacts
from engage_reports.binding import Ledger
from engage_reports.kit.blocks import Column, loose_heading, section, table, text
from engage_reports.wording import count, listed, pct, plain, plural, seconds, shortened

RESOURCES, MODULES, LAYERS, SUITES = "terraform.resources", "terraform.modules", "manifest.models", "tests.functions"
RUN = "tests.recorded_run"
"""What the counts of these pages count."""


def infrastructure(ledger: Ledger, facts: ArchitectureFacts) -> list[Flowable]:
    """The services that the Terraform code declares, with the reasons for each."""
    if not facts.resources:
        return [
            *section("Infrastructure", "The Terraform code is not part of this installation"),
            text("Not available: there is no folder terraform beside this code, so nothing about AWS is drawn."),
        ]
    modules = dict.fromkeys(each.module for each in facts.resources)
    number = plural(ledger.counted(facts.resources, RESOURCES), "resource")
    of_modules = plural(ledger.counted(len(modules), MODULES), "Terraform module")
    body = [
        [
            service.name,
            count(ledger.counted(service.resources(facts), RESOURCES)),
            ", ".join(dict.fromkeys(each.module for each in service.resources(facts))),
            service.role,
            service.alternatives,
            service.trade_off,
        ]
        for service in services()
        if service.resources(facts)
    ]
    columns = [Column("Service", 1.6), Column("Count", 0.7, "right"), Column("Modules", 1.5), Column("Role", 1.8)]
    columns += [Column("Alternatives", 1.9), Column("Gained and given up", 3.4)]
    unnoted = without_note(facts.resources)
    return [
        *section(
            "Infrastructure",
            f"{number} in {of_modules} carry the platform on AWS",
            new_page=False,
            room=200.0,
        ),
        *table(
            columns, body, "Declared in the Terraform code of this build. The notes are decisions, not measurements."
        ),
        *([text(f"Resources without a note: {listed(unnoted)}.")] if unnoted else []),
    ]


def security(ledger: Ledger, facts: ArchitectureFacts) -> list[Flowable]:
    """Controls and where they are enforced in this build."""
    found = [(control, control.found(facts)) for control in controls()]
    present = ledger.counted(sum(bool(places) for _, places in found), "controls: found in this build")
    body = [
        [control.words, control.kind, ", ".join(places) if places else "NOT FOUND in this build"]
        for control, places in found
    ]
    return [
        *section(
            "Security controls",
            f"{count(present)} of {plural(ledger.counted(found, 'controls'), 'control')} were found in this build",
            new_page=False,
        ),
        *table([Column("Control", 5), Column("Kind", 1), Column("Enforced by", 4)], body, "Looked up in this build."),
    ]


def retention(facts: ArchitectureFacts) -> list[Flowable]:
    """Recovery and retention as configured."""
    if not facts.retention:
        return [text("Recovery and retention", "heading"), text("Not available: no Terraform code in this build.")]
    body = [[each.resource, plain(each.setting), shortened(each.value, 60)] for each in facts.retention]
    return [
        *section(
            "Recovery and retention", "How long things are kept, and what a deletion cannot reach", new_page=False
        ),
        *table(
            [Column("Resource", 4), Column("Setting", 2.6), Column("Value", 3.4)],
            body,
            "As the Terraform code has it; days unless it is true or false. On one machine everything stays until the "
            "home folder is deleted; a week is rebuilt by running it again, and the published one stays until then.",
        ),
    ]


def data(ledger: Ledger, facts: ArchitectureFacts) -> list[Flowable]:
    """The dbt project by layer."""
    if not facts.layers:
        return [text("Tables by layer", "heading"), text("Not available: no dbt manifest was handed over.")]
    body = [
        [plain(layer.name), *(count(ledger.counted(value, LAYERS)) for value in figures)]
        for layer in facts.layers
        for figures in [(layer.models, layer.columns, layer.described, layer.tests)]
    ]
    heads = ("Models", "Columns", "Described", "Data tests")
    return [
        *loose_heading("Tables by layer"),
        *table(
            [Column("Layer", 3), *(Column(head, 2, "right") for head in heads)],
            body,
            "From the dbt manifest. The data dictionary of the documentation lists each column.",
        ),
    ]


def tests(ledger: Ledger, facts: ArchitectureFacts) -> list[Flowable]:
    """How much is tested, and what the last recorded run said."""
    if not facts.suites:
        return [
            *section("Test evidence", "The tests are not part of this installation", new_page=False),
            text("Not available: there is no folder tests beside this code."),
        ]
    functions = ledger.counted(sum(each.tests for each in facts.suites), SUITES)
    body = [
        [each.name, count(ledger.counted(each.files, SUITES)), count(ledger.counted(each.tests, SUITES))]
        for each in facts.suites
    ]
    return [
        *section("Test evidence", _verdict(ledger, facts), new_page=False),
        *table(
            [Column("Folder", 4), Column("Files", 2, "right"), Column("Test functions", 2, "right")],
            body,
            f"{plural(functions, 'test function')} in the source of this build; one with parameters runs many times.",
        ),
        text(f"{_coverage(ledger, facts)} What the suite notices is shown by planted defects."),
    ]


def _coverage(ledger: Ledger, facts: ArchitectureFacts) -> str:
    run = facts.suite_run
    if run is None or run.coverage is None:
        return "Coverage by line is not available: that run did not measure it (make coverage does)."
    return f"{pct(ledger.bind(run.coverage / 100, f'{RUN}.coverage'))} of the packages' lines were run by it."


def _verdict(ledger: Ledger, facts: ArchitectureFacts) -> str:
    run = facts.suite_run
    if run is None:
        return "No finished run of the whole suite is recorded for this installation"
    passed, failed = (ledger.counted(number, RUN) for number in (run.passed, run.failed))
    code = "this code" if run.of_this_code else "OTHER code than this"
    parity = plural(ledger.counted(run.parity, RUN), "parity test")
    skipped, took = ledger.counted(run.skipped, RUN), ledger.bind(run.seconds, f"{RUN}.seconds")
    return (
        f"{count(passed)} passed, {count(failed)} failed, {count(skipped)} skipped in {seconds(took)} on {code}, with "
        f"{parity}"
    )
