"""``python -m engage_ml.tuning``: searches for better parameters of the churn boosters, and says what it was worth.

Extras: week, training_set_uri, features, models_uri, seed, max_training_rows, seconds, max_trials, churn_trees (those
in use). Reports the asset tuning/churn_trees. Exit status 1 with one line when the data cannot be used.

The search sees one fold of the training customers: it trains on seven tenths of them and is judged by log loss on the
rest. What it finds is judged against the parameters in use on the other fold, which the search has not seen, so the
gain is not the luck of the search. The found parameters are adopted when the gain exceeds one standard error.

Trials are kept in the registry as they end. A search that was stopped goes on where it was; one whose data, ranges or
starting point differ is another search.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from engage_ml.hyperparameters import RANGES, ChurnTrees
from engage_ml.parameters import TuningParameters
from engage_ml.session import Session, limit_threads, run_program

if TYPE_CHECKING:
    import optuna

    from engage_ml.training_data import TrainingData
    from engage_ml.tuning_data import TuningPart

ASSET = "tuning/churn_trees"
CHECKPOINTS = 3
"""A trial is looked at after each third of its rounds, and given up when it is worse than the median there."""
LOGARITHMIC = frozenset({"eta", "min_child_weight", "reg_lambda"})
LOWEST = {"reg_lambda": 0.3}
"""A logarithmic search cannot begin at zero."""


def tune(session: Session) -> None:
    """Reads the extras, searches, confirms, writes the parameter file, reports."""
    started = time.monotonic()
    parameters = TuningParameters.from_extras(session.extras)
    limit_threads(1)
    from engage_ml.feature_matrix import FeatureMatrix
    from engage_ml.training_data import read_training_data

    data = read_training_data(
        parameters.training_set_uri,
        FeatureMatrix(parameters.features),
        max_training_rows=parameters.max_training_rows,
        seed=parameters.seed,
    )
    name = study_name(parameters, data.digest)
    best, gain, trials = search_and_confirm(
        parameters, data, name=name, deadline=started + parameters.seconds, log=session.log
    )
    minutes = (time.monotonic() - started) / 60
    adopted = is_adopted(best, gain, parameters)
    found = {
        "study": name,
        "week": parameters.week.isoformat(),
        "trials": len(trials),
        "pruned": sum(trial["state"] == "PRUNED" for trial in trials),
        **gain,
        "log_loss_gain_per_minute": gain["log_loss_gain"] / minutes,
        "minutes": minutes,
        "adopted": adopted,
    }
    write_result(parameters, best, found)
    session.log(f"log loss {gain['log_loss_gain']:+.5f} better after {minutes:.1f} minutes; adopted: {adopted}")
    session.report(ASSET, {**found, **best.as_xgboost(), "rounds": best.rounds}, version=best.source)


def search_and_confirm(
    parameters: TuningParameters, data: "TrainingData", *, name: str, deadline: float, log: Callable[[str], None]
) -> tuple[ChurnTrees, dict[str, float], list[dict[str, Any]]]:
    """Searches on one part of the customers and judges on the other: the best, its gain, and every trial."""
    from engage_ml.tuning_data import confirm, tuning_parts

    first, second = tuning_parts(data)
    best, trials = search(parameters, first, name=name, deadline=deadline, log=log)
    return best, confirm(second, best, parameters.churn_trees, seed=parameters.seed), trials


def is_adopted(best: ChurnTrees, gain: Mapping[str, float], parameters: TuningParameters) -> bool:
    """Whether what was found takes the place of what is in use: its gain is more than one standard error."""
    return best != parameters.churn_trees and gain["log_loss_gain"] > gain["standard_error"]


def study_name(parameters: TuningParameters, data_digest: str) -> str:
    """The same data, ranges, seed and starting point make the same search."""
    described = [data_digest, {k: list(v) for k, v in RANGES.items()}, parameters.seed, asdict(parameters.churn_trees)]
    return f"study-{sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:12]}"


def search(
    parameters: TuningParameters, part: "TuningPart", *, name: str, deadline: float, log: Callable[[str], None]
) -> tuple[ChurnTrees, list[dict[str, Any]]]:
    """Runs trials until the deadline or ``max_trials``, those of an earlier run included; returns the best and all."""
    import optuna

    from engage_ml import storage

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    uri = storage.join(parameters.models_uri, "tuning", name, "trials.json")
    trials: list[dict[str, Any]] = storage.read_json(uri) if storage.exists(uri) else []
    study = optuna.create_study(
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=parameters.seed + len(trials), n_startup_trials=8),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    for earlier in trials:
        study.add_trial(_stored(earlier))
    if trials:
        log(f"{len(trials)} trials of an earlier run")
    else:
        study.enqueue_trial({key: getattr(parameters.churn_trees, key) for key in RANGES})

    while len(trials) < parameters.max_trials and time.monotonic() < deadline:
        trial = study.ask()
        candidate = suggest(trial)
        loss = _judge(trial, candidate, part, parameters.seed)
        state = optuna.trial.TrialState.PRUNED if loss is None else optuna.trial.TrialState.COMPLETE
        study.tell(trial, loss, state=state)
        frozen = study.trials[-1]
        trials.append(
            {
                "params": frozen.params,
                "state": frozen.state.name,
                "value": frozen.value,
                "steps": {str(step): value for step, value in frozen.intermediate_values.items()},
            }
        )
        storage.write_bytes(uri, json.dumps(trials, indent=1).encode())
    if all(trial["state"] != "COMPLETE" for trial in trials):
        return parameters.churn_trees, trials
    best = ChurnTrees(**study.best_params)
    same = {key: getattr(parameters.churn_trees, key) for key in RANGES} == study.best_params
    return (parameters.churn_trees if same else replace(best, source=file_name(best))), trials


def suggest(trial: "optuna.Trial") -> ChurnTrees:
    """The parameters that the sampler tries next, within ``RANGES``."""
    values: dict[str, Any] = {}
    for key, (low, high) in RANGES.items():
        if key in ("rounds", "max_depth"):
            values[key] = trial.suggest_int(key, int(low), int(high))
        else:
            values[key] = trial.suggest_float(key, LOWEST.get(key, low), high, log=key in LOGARITHMIC)
    return ChurnTrees(**values)


def file_name(trees: ChurnTrees) -> str:
    """``trees-<12 hex>``: the same parameters have the same name."""
    content = {key: getattr(trees, key) for key in RANGES}
    return f"trees-{sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]}"


def write_result(parameters: TuningParameters, best: ChurnTrees, found: dict[str, Any]) -> None:
    """Keeps what was found; adopted parameters become a file of their own and then the ones in use."""
    from engage_ml import storage

    def write(name: str, content: dict[str, Any]) -> None:
        uri = storage.join(parameters.models_uri, "tuning", name)
        storage.write_bytes(uri, json.dumps(content, indent=1).encode())

    content = {"churn_trees": asdict(best), **found}
    write(f"{found['study']}/result.json", content)
    write("newest.json", content)
    if found["adopted"]:
        write(f"{best.source}.json", content)
        write("current.json", content)


def _judge(trial: "optuna.Trial", candidate: ChurnTrees, part: "TuningPart", seed: int) -> float | None:
    """Log loss of a candidate; None when it was given up."""
    loss = float("inf")
    for step, loss in enumerate(part.losses(candidate, checkpoints=CHECKPOINTS, seed=seed)):
        trial.report(loss, step)
        if step < CHECKPOINTS - 1 and trial.should_prune():
            return None
    return loss


def _stored(trial: dict[str, Any]) -> "optuna.trial.FrozenTrial":
    import optuna

    distributions: dict[str, Any] = {}
    for key, (low, high) in RANGES.items():
        if key in ("rounds", "max_depth"):
            distributions[key] = optuna.distributions.IntDistribution(int(low), int(high))
        else:
            distributions[key] = optuna.distributions.FloatDistribution(
                LOWEST.get(key, low), high, log=key in LOGARITHMIC
            )
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState[trial["state"]],
        value=trial["value"] if trial["state"] == "COMPLETE" else None,
        params=trial["params"],
        distributions=distributions,
        intermediate_values={int(step): value for step, value in trial["steps"].items()},
    )


if __name__ == "__main__":
    sys.exit(run_program(tune, sys.argv[1:]))
