"""Short findings of watching the models, each in a sentence or two; what is not there yet is said."""

from reportlab.platypus import Flowable

from engage_reports.engagement.facts import Facts
from engage_reports.engagement.watch import DRIFT
from engage_reports.kit.blocks import bullets, text
from engage_reports.wording import between, count, day, decimal, listed, pct, plain, plural

NAMES_SHOWN = 4
PROMISED = {"auc": "AUC", "churn_rate": "churn rate"}


def watched(facts: Facts) -> list[Flowable]:
    """Drift, survival, promises and truth."""
    return [
        text("What watching found", "heading"),
        *bullets([_drift(facts), _promises(facts), _survival(facts), _truth(facts)]),
    ]


def _drift(facts: Facts) -> str:
    found = facts.watch.drift
    if not found:
        return "Drift of features, scores and reasons not available: no earlier weeks were compared."
    drifted = [each for each in found if each.state == "drifted"]
    few = facts.counted(sum(each.state == "insufficient" for each in found), f"{DRIFT}: insufficient")
    names = listed([plain(each.name) for each in drifted[:NAMES_SHOWN]])
    which = f" ({names}{' and others' if len(drifted) > NAMES_SHOWN else ''})" if drifted else ""
    return (
        f"{count(facts.counted(drifted, f'{DRIFT}: drifted'))} of {plural(facts.counted(found, DRIFT), 'drift test')} "
        f"moved more than chance explains{which}; {count(few)} had too few customers to tell."
    )


def _promises(facts: Facts) -> str:
    found = {each.metric: each for each in facts.watch.promises}
    if not found:
        return "Promises against outcomes not available: no published week has matured yet."
    told = [
        f"{PROMISED[metric]} {decimal(each.realised, 3)}, promised {decimal(each.estimated, 3)} "
        f"({between(decimal(each.lower, 3), decimal(each.upper, 3))})"
        for metric, each in found.items()
        if metric in PROMISED
    ]
    week = next(iter(found.values())).week
    return f"Last matured week, {day(week)}, active customers: {'; '.join(told) or 'no churn rate, no AUC'}."


def _survival(facts: Facts) -> str:
    if not facts.watch.survival:
        return "Survival over weeks not available: the history is too short for held-out customers to be followed."
    last = facts.watch.survival[-1]
    return (
        f"After {plural(last.week_ahead, 'week')}, {pct(last.observed)} of the held-out customers were still here "
        f"({between(pct(last.lower), pct(last.upper))}); predicted were {pct(last.predicted)}."
    )


def _truth(facts: Facts) -> str:
    truth = facts.watch.truth
    if "auc" not in truth or "auc_of_the_hidden_state" not in truth:
        return "Comparison with the true probabilities not available: it exists for simulated data only."
    return (
        f"Simulated data, so the truth is known: AUC {decimal(truth['auc'], 3)}, where the hidden state itself would "
        f"reach {decimal(truth['auc_of_the_hidden_state'], 3)}."
    )
