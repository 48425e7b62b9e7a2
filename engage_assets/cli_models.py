"""``engage models``: the verbs about model versions."""

from typing import Annotated

import typer

from engage_assets.cli_options import Home, print_table
from engage_assets.settings import Settings

models_app = typer.Typer(help="List model versions; promote one by hand; go back to the champion before.")
Reason = Annotated[str, typer.Option(help="Why, in a sentence. It is kept in the log, the card and the reports.")]


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, home: Home = None) -> None:
    """List the model versions with their figures on held-out customers, and why each is or is not the champion."""
    from engage_assets.commands.models import list_versions, registry_of

    if context.invoked_subcommand is None:
        print_table(*list_versions(registry_of(Settings.from_environment(home=home))))


@models_app.command()
def history(home: Home = None) -> None:
    """Show every decision about the champion, oldest first."""
    from engage_assets.commands.models import print_history, registry_of

    print_history(registry_of(Settings.from_environment(home=home)))


@models_app.command()
def card(
    version: Annotated[str | None, typer.Argument(help="A model version. [default: the champion]")] = None,
    home: Home = None,
) -> None:
    """Print the model card of a version in Markdown."""
    from engage_assets.commands.models import read_card

    print(read_card(Settings.from_environment(home=home), version), end="")


@models_app.command()
def promote(
    version: Annotated[str, typer.Argument(help="The model version that is to score from now on.")],
    reason: Reason,
    override: Annotated[
        bool, typer.Option("--override", help="Promote it in spite of a gate that it did not pass.")
    ] = False,
    home: Home = None,
) -> None:
    """Make a version the champion by hand."""
    from engage_assets.commands.models import explain, promote_by_hand

    promotion = promote_by_hand(Settings.from_environment(home=home), version, reason=reason, override=override)
    print(f"champion: {promotion.version}\n  {explain(promotion)}")


@models_app.command()
def rollback(reason: Reason, home: Home = None) -> None:
    """Make the champion before the present one champion again."""
    from engage_assets.commands.models import explain, roll_back

    promotion = roll_back(Settings.from_environment(home=home), reason=reason)
    print(f"champion: {promotion.version}, before: {promotion.previous}\n  {explain(promotion)}")
