"""``engage tune``: a search for better model parameters on the training set that exists, and what it was worth."""

from datetime import date
from typing import Any

import dagster as dg

from engage_assets.commands.home import adopt_platform, locked, prepare_home
from engage_assets.commands.recovery import recover
from engage_assets.commands.run import execute
from engage_assets.definitions import build_defs
from engage_assets.errors import InputError
from engage_assets.records.model_registry import read_tuning
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake
from engage_assets.settings import Settings


def tune_models(settings: Settings, *, week: date | None) -> None:
    """Runs the job ``tune`` for `week`, by default the newest one that was worked on, and prints what it found.

    Raises
    ------
    InputError
        When no week has been run in this home: there is no training set.
    """
    lake: Lake = build_resources(settings)["lake"]
    worked_on = lake.weeks("gate_log")
    chosen = week or (worked_on[-1] if worked_on else None)
    if chosen is None:
        raise InputError(f"no week has been run in {settings.home}. `engage run` builds the training set.")
    dagster_home = prepare_home(settings)
    with locked(settings.home):
        settings = adopt_platform(settings, customers=None, seed=None)
        definitions = build_defs(settings)
        with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
            recover(instance, settings.home, build_resources(settings)["compute"])
            print(f"tuning on the training set of week {chosen}, {settings.tuning_seconds} s at most", flush=True)
            execute(definitions, "tune", instance, [chosen], home=settings.home)
    print(summary(read_tuning(build_resources(settings)["registry"])))


def summary(found: dict[str, Any]) -> str:
    """What the newest search found, in words."""
    gain, error = found["log_loss_gain"], found["standard_error"]
    lines = [
        f"{found['trials']} trials, {found['pruned']} given up early, {found['minutes']:.1f} minutes",
        f"log loss on customers that the search has not seen: {found['log_loss_in_use']:.5f} in use, "
        f"{found['log_loss_found']:.5f} found: gain {gain:+.5f} (standard error {error:.5f}), "
        f"{found['log_loss_gain_per_minute']:+.6f} a minute",
        f"AUC on active customers: {found['auc_gain_active']:+.4f}",
    ]
    if found["adopted"]:
        lines.append(f"adopted as {found['churn_trees']['source']}: the next training reads it")
    else:
        lines.append("not adopted: the gain does not exceed its standard error; the parameters in use stay")
    return "\n".join(f"  {line}" for line in lines)
