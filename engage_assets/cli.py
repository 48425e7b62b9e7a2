"""The command line. Exit status: 0 done; 1 a gate refused or a run failed; 2 wrong input or usage."""

import atexit
import csv
import errno
import gc
import json
import os
import sys
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from engage_assets.cli_models import models_app
from engage_assets.cli_options import AnswerFormat, Home, TableFormat, Week, print_table, whole_number
from engage_assets.errors import EngageError, InputError
from engage_assets.settings import Settings

app = typer.Typer(
    help="Predicts which customers will leave, why, and what to do about each of them, every week.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.add_typer(models_app, name="models")


@app.command()
def run(
    week: Week = None,
    customers: Annotated[
        int | None, typer.Option(parser=whole_number(500), help="Simulated customers. [default: 100000]")
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(parser=whole_number(1, 120), help="Weeks of history, this one included. [default: 13]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(parser=whole_number(0), help="Seed of the simulation and of the models.")
    ] = None,
    extract: Annotated[
        str | None, typer.Option(help="Your own data: a folder, or an s3:// prefix. Needs --contract.")
    ] = None,
    contract: Annotated[
        Path | None, typer.Option(help="The contract that describes --extract; `engage init` proposes one.")
    ] = None,
    home: Home = None,
) -> None:
    """Run the whole week: extracts, features, models, scores, decisions, results, reports."""
    from engage_assets.commands.extract import extract_of
    from engage_assets.commands.run import run_week
    from engage_assets.commands.status import print_status

    settings = Settings.from_environment(home=home, customers=customers, seed=seed)
    own = extract_of(extract, contract)
    outcome = run_week(settings, week=week, history_weeks=weeks, customers=customers, seed=seed, extract=own)
    if outcome.history_weeks:
        print(f"history of {outcome.history_weeks} weeks: {outcome.history_seconds:.1f} s")
    print(f"week {outcome.week}: {outcome.week_seconds:.1f} s")
    print_status(settings, week=outcome.week)


@app.command()
def ui(
    port: Annotated[int, typer.Option(parser=whole_number(1, 65535), help="Port.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Whoever reaches it may start runs: there is no log-in.")
    ] = "127.0.0.1",
    page_port: Annotated[
        int | None,
        typer.Option(parser=whole_number(1, 65535), help="Port of the page for questions. [default: port + 1]"),
    ] = None,
    home: Home = None,
) -> None:
    """Open Dagster's web interface, with the schedule and the sensors, and the page for questions beside it."""
    from engage_assets.commands.ui import open_ui

    settings = Settings.from_environment(home=home)
    raise typer.Exit(open_ui(settings, host=host, port=port, page_port=page_port or port + 1))


@app.command()
def page(
    port: Annotated[int, typer.Option(parser=whole_number(1, 65535), help="Port to listen on.")] = 3001,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine can reach 0.0.0.0.")
    ] = "127.0.0.1",
    dagster_port: Annotated[
        int | None, typer.Option(parser=whole_number(1, 65535), help="Port of Dagster's web interface, to link to.")
    ] = None,
    home: Home = None,
) -> None:
    """Open the page on which questions are asked, with the reports beside it."""
    from engage_assets.commands.page import serve_page

    serve_page(Settings.from_environment(home=home), host=host, port=port, dagster_port=dagster_port)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT. Tables of the published weeks are found by their name.")],
    output: Annotated[TableFormat, typer.Option("--format", help="How rows are printed.")] = TableFormat.table,
    home: Home = None,
) -> None:
    """Run read-only SQL on the published results."""
    from engage_assets.commands.query import run_query

    rows = run_query(Settings.from_environment(home=home), sql)
    if output is TableFormat.json:
        print(json.dumps(rows.to_pylist(), default=str, indent=2))
    elif output is TableFormat.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")  # for the programs of a pipe
        writer.writerow(rows.column_names)
        writer.writerows(row.values() for row in rows.to_pylist())
    else:
        print_table(rows.column_names, [[str(value) for value in row.values()] for row in rows.to_pylist()])


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question about the published weeks, in plain words.")] = "",
    output: Annotated[AnswerFormat, typer.Option("--format", help="How the answer is printed.")] = AnswerFormat.text,
    list_all: Annotated[bool, typer.Option("--list", help="List the questions that are catalogued.")] = False,
    home: Home = None,
) -> None:
    """Answer a business question from the published tables, with its query."""
    from engage_assets.commands.ask import ask as answer
    from engage_assets.commands.ask import list_questions

    if list_all:
        print("\n".join(list_questions(Settings.from_environment(home=home))))
        return
    if not question.strip():
        raise InputError('no question was given. Try `engage ask "why do customers leave"`, or `engage ask --list`.')
    raise typer.Exit(answer(Settings.from_environment(home=home), question, as_json=output is AnswerFormat.json))


@app.command()
def init(
    folder: Annotated[str, typer.Argument(help="Your own data: a folder, or an s3:// prefix.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("contract.yaml"),
) -> None:
    """Propose a contract for your own data, with the evidence for each guess. Decides nothing."""
    from engage_assets.commands.init import propose_contract

    propose_contract(folder, out)


@app.command()
def validate(
    folder: Annotated[Path, typer.Argument(help="Folder with a sub-folder for each table of the contract.")],
    contract: Annotated[Path | None, typer.Option(help="Another contract than the default one.")] = None,
    week: Week = None,
) -> None:
    """Check an extract against the contract and print what would be quarantined. Changes nothing."""
    from engage_assets.commands.validate import validate_folder
    from engage_assets.partitions import last_ended_week, parse_week

    raise typer.Exit(validate_folder(folder, contract, parse_week(week) if week else last_ended_week()))


@app.command()
def status(home: Home = None) -> None:
    """Show the last runs, the published weeks, the gates, and where the reports are."""
    from engage_assets.commands.status import print_status

    print_status(Settings.from_environment(home=home))


@app.command()
def reports(
    week: Annotated[str | None, typer.Option(help="A published week, by its Monday; the newest when left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Another folder than the home's own.")] = None,
    home: Home = None,
) -> None:
    """Draw the PDFs and the dashboard of a published week again, with the time and the memory that it took."""
    from engage_assets.commands.reports import write_reports

    write_reports(Settings.from_environment(home=home), week=week, out=out)


@app.command()
def explain(
    customer_id: Annotated[str, typer.Argument(help="A customer of the newest published week.")],
    html: Annotated[Path | None, typer.Option(help="Write the same as one HTML page into this file.")] = None,
    home: Home = None,
) -> None:
    """Explain one customer: history, probability, reasons, what would change it, why the action was chosen."""
    from engage_assets.commands.explain import explain_customer, print_explanation, write_page

    found = explain_customer(Settings.from_environment(home=home), customer_id)
    print_explanation(found)
    if html is not None:
        write_page(found, html)
        print(html)


@app.command()
def scorecard(
    home: Home = None,
    measure_ceiling: Annotated[
        bool, typer.Option(help="Measure the best fit to observable history again, after the generator has changed.")
    ] = False,
    customers: Annotated[int, typer.Option(parser=whole_number(5_000), help="Customers of a ceiling.")] = 50_000,
    seeds: Annotated[int, typer.Option(parser=whole_number(2, 50), help="Populations of a ceiling.")] = 5,
) -> None:
    """Show how good the models are: against the sealed truth, promised and realised, and what has drifted."""
    from engage_assets.commands import scorecard as work

    if measure_ceiling:
        work.measure_ceiling(customers=customers, seeds=seeds)
    else:
        work.print_scorecard(Settings.from_environment(home=home))


@app.command()
def settings(
    from_terraform: Annotated[
        Path | None,
        typer.Option(help="Folder of the Terraform root, or a file with its `terraform output -json`."),
    ] = None,
) -> None:
    """Show every setting, or print those of what Terraform has made, as the file that ENGAGE_ENV_FILE names."""
    from engage_assets.commands.settings import as_environment_file, settings_of_terraform

    if from_terraform is not None:
        print(as_environment_file(settings_of_terraform(from_terraform)), end="")
        return
    rows = [list(row) for row in Settings.from_environment().describe()]
    print_table(["variable", "value", "meaning"], rows)


@app.command()
def parity(
    against: Annotated[str, typer.Option(help="The other warehouse: athena.")] = "athena",
    week: Week = None,
    home: Home = None,
) -> None:
    """Compare the published tables of a week here with those of another warehouse."""
    from engage_assets.commands.parity import ENVIRONMENTS, print_parity, run_parity
    from engage_assets.partitions import last_ended_week, parse_week

    if against not in ENVIRONMENTS:
        raise InputError(f"--against {against!r}: expected one of {', '.join(ENVIRONMENTS)}.")
    other = Settings.from_environment(environment=ENVIRONMENTS[against])
    ours = Settings.from_environment(environment="local", home=home)
    raise typer.Exit(print_parity(run_parity(ours, other, parse_week(week) if week else last_ended_week())))


@app.command()
def restore(
    before: Annotated[
        str,
        typer.Option(
            help="The moment, such as 2026-11-16T03:00 (UTC): past, and within the days that the bucket keeps versions."
        ),
    ],
    places: Annotated[
        list[str] | None, typer.Argument(help="lake, models, reports, exports, warehouse; or all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Bring objects in S3 back to what they were at a moment, from the versions that the bucket keeps."""
    from engage_assets.commands.restore import restore as work

    raise typer.Exit(work(Settings.from_environment(), places or [], before, dry_run=dry_run))


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Folder for platform.csv and platform.parquet.")],
    customers: Annotated[int, typer.Option(parser=whole_number(1), help="Simulated customers.")] = 100_000,
    week: Week = None,
    seed: Annotated[int | None, typer.Option(parser=whole_number(0), help="Seed of the simulation.")] = None,
) -> None:
    """Write the simulated platform of one week as one file of 72 columns, CSV and Parquet."""
    from engage_assets.partitions import last_ended_week, parse_week
    from engage_assets.synthetic import Platform, write_platform_dataset

    settings = Settings.from_environment(seed=seed)
    chosen = parse_week(week) if week else last_ended_week()
    try:
        files = write_platform_dataset(Platform(customers=customers, seed=settings.seed), chosen, out)
    except PermissionError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}). Choose another --out.") from None
    for file in files:
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")


@app.command()
def bench(
    customers: Annotated[int, typer.Option(parser=whole_number(500), help="Simulated customers.")] = 100_000,
    weeks: Annotated[int, typer.Option(parser=whole_number(6, 60), help="Weeks of history.")] = 13,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")] = None,
) -> None:
    """Time each stage in a new home: seconds, rows per second, peak memory."""
    from engage_assets.commands.bench import run_bench

    run_bench(customers=customers, weeks=weeks, json_file=json_file)


@app.command()
def tune(
    minutes: Annotated[int, typer.Option(parser=whole_number(1, 600), help="Minutes that the search may take.")] = 3,
    week: Week = None,
    home: Home = None,
) -> None:
    """Search for better parameters of the churn trees; the next training reads what was adopted."""
    from engage_assets.commands.tune import tune_models
    from engage_assets.partitions import parse_week

    settings = Settings.from_environment(home=home, tuning_seconds=60 * minutes)
    tune_models(settings, week=parse_week(week) if week else None)


def run_command() -> None:
    """Runs a command; turns the errors a user can act on into one message and an exit status."""
    # Loading Dagster and dbt makes half a million objects that stay; looking at them again and again for garbage costs
    # a fifth of the start.
    gc.set_threshold(500_000, 20, 100)
    # Dagster warns of its preview features, and that jobs mix assets of one and of many weeks; both are meant.
    warnings.filterwarnings("ignore", module="dagster")
    try:
        app()
    except EngageError as error:
        print(f"engage: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("engage: stopped. Run again to continue; the last published week is untouched.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"engage: the disk is full ({error.filename or 'no file named'}).", file=sys.stderr)
        sys.exit(1)


def main() -> None:
    """The command line as a process of its own: what a command left in memory is not taken apart object by object at
    the end, which takes over a second after a week."""
    try:
        run_command()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None) or threading.active_count() > 1:
            raise
        with suppress(BrokenPipeError):  # whoever read has seen enough
            sys.stdout.flush()
        atexit._run_exitfuncs()
        os._exit(ended.code or 0)


if __name__ == "__main__":
    main()
