"""``engage explain``: one customer's history, probability, reasons, what-ifs, and why the action was chosen."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.actions import NO_ACTION, Option, weigh_options
from engage_assets.errors import EngageError, InputError
from engage_assets.platform_contract import ALREADY_LEFT, platform_contract, words_of
from engage_assets.records.pointer import published_run
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake, LocalLake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

if TYPE_CHECKING:
    from engage_reports.house_words import Words

NEIGHBOURS, NEIGHBOUR_SHARE = (100, 400), 0.02
"""The held-out customers nearest in probability: a fiftieth of them, within these limits."""
Z = 1.96
SHOWN_CHANGES = 6


@dataclass(frozen=True)
class Neighbours:
    """Held-out customers with about the same probability, from `lowest` to `highest`: the share that left.

    With a 95 % Wilson interval.
    """

    customers: int
    lowest: float
    highest: float
    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Explanation:
    """Everything the terminal and the page show of one customer."""

    week: date
    prediction: dict[str, Any]
    features: dict[str, Any]
    history: list[dict[str, Any]]
    themes: list[dict[str, Any]]
    what_if: list[dict[str, Any]]
    neighbours: Neighbours | None
    options: list[Option]
    decision: dict[str, Any]
    days: int
    currency: str
    words: "Words | None" = None

    def said(self, text: str) -> str:
        """The text with the contract's words for customers."""
        return text if self.words is None else self.words.said(text)

    @property
    def within(self) -> str:
        """The label window; nothing where the extract tells no days."""
        return f" within {self.days} days" if self.words is None else self.words.over("within")


def explain_customer(settings: Settings, customer_id: str) -> Explanation:
    """Explains a customer of the newest published week.

    Raises
    ------
    InputError
        When no week is published, or the week has no such customer.
    """
    resources = build_resources(settings)
    lake: Lake = resources["lake"]
    registry: Lake = resources["registry"]
    warehouse: Warehouse = resources["warehouse"]
    published = lake.weeks("published")
    if not published:
        raise InputError(f"no published week in {settings.home}. `engage run` makes the first.")
    week = published[-1]
    run_id = published_run(lake, week)
    if run_id is None:
        raise EngageError(f"week {week} has no published run. Run it again.")
    prediction = _row(lake.read_table(week_folder("predictions", week, run_id)), customer_id)
    if prediction.num_rows == 0:
        raise InputError(
            f"customer {customer_id!r} is not among the customers of week {week}; expected a customer_id, such as "
            'one of: engage query "select customer_id from customer_scores limit 5".'
        )
    history = warehouse.query(
        "select * from features.customer_features where customer_id = ? and week <= ? order by week",
        [customer_id, week],
    )
    features = history.slice(history.num_rows - 1)
    contract = platform_contract(settings)
    options = weigh_options(prediction, features, contract.catalogue)
    answerable = {theme for option in options if option.is_open for theme in option.action.effect_by_theme}
    row = prediction.to_pylist()[0]
    told = run_explanation(settings, history, version=str(row["model_version"]), what_if_themes=sorted(answerable))
    outcomes = warehouse.query(
        "select week, churned_30d from features.customer_outcomes where customer_id = ?", [customer_id]
    )
    raising = {theme["theme"] for theme in told["themes"] if theme["contribution"] > 0}
    known = {each["week"].isoformat(): each["churned_30d"] for each in outcomes.to_pylist()}
    seen = {each["week"].isoformat(): each for each in history.to_pylist()}
    return Explanation(
        week=week,
        prediction=row,
        features=features.to_pylist()[0],
        history=[
            {
                **each,
                "engagement_score": seen[each["week"]].get("engagement_score"),
                "churned_30d": known.get(each["week"]),
            }
            for each in told["history"]
        ],
        themes=told["themes"],
        what_if=[each for each in told["what_if"] if each["changes"] and each["theme"] in raising],
        neighbours=held_out_neighbours(lake, registry, row),
        options=options,
        decision=_row(lake.read_table(week_folder("decisions", week, run_id)), customer_id).to_pylist()[0],
        days=contract.horizon_days,
        currency=contract.currency,
        words=words_of(contract),
    )


def run_explanation(
    settings: Settings, history: pa.Table, *, version: str, what_if_themes: list[str]
) -> dict[str, Any]:
    """What the program ``engage_ml.explanation`` reports of a customer's rows."""
    with tempfile.TemporaryDirectory(prefix="engage-explain-") as folder:
        LocalLake(root=folder).write_table("features", history)
        parameters = Path(folder) / "parameters.json"
        parameters.write_text(
            json.dumps(
                {
                    "features_uri": str(Path(folder) / "features"),
                    "models_uri": build_resources(settings)["registry"].uri,
                    "model_version": version,
                    "what_if_themes": what_if_themes,
                }
            )
        )
        completed = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "engage_ml.explanation", "--params", str(parameters)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if completed.returncode:
        raise EngageError(completed.stderr.strip().splitlines()[-1].removeprefix("error: "))
    report: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])["metadata"]
    return report


def held_out_neighbours(lake: Lake, registry: Lake, prediction: dict[str, Any]) -> Neighbours | None:
    """The held-out customers of the model's validation who are nearest in probability; None when too few."""
    card = registry.read_json(f"{prediction['model_version']}/card.json")
    folder = week_folder("evaluation/validation_predictions", date.fromisoformat(card["week"]), card["run_id"])
    held_out = lake.read_table(folder)
    alike = held_out.filter(pc.equal(held_out["is_active_30d"], prediction["is_active_30d"]))
    size = int(np.clip(NEIGHBOUR_SHARE * alike.num_rows, *NEIGHBOURS))
    if alike.num_rows < size:
        return None
    probability = alike["churn_probability"].to_numpy()
    distance = np.abs(_log_odds(probability) - _log_odds(np.array([prediction["churn_probability"]])))
    nearest = np.argsort(distance, kind="stable")[:size]
    share = float(alike["churned_30d"].to_numpy()[nearest].mean())
    centre = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    reach = Z / (1 + Z**2 / size) * float(np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)))
    return Neighbours(
        customers=size,
        lowest=float(probability[nearest].min()),
        highest=float(probability[nearest].max()),
        share=share,
        lower=max(0.0, centre - reach),
        upper=min(1.0, centre + reach),
    )


def neighbours_in_words(near: Neighbours | None) -> str:
    """What became of customers like this one."""
    if near is None:
        return "Too few held-out customers to give an interval."
    return (
        f"Of {near.customers} held-out customers with a probability from {near.lowest:.1%} to {near.highest:.1%}, "
        f"{near.share:.1%} left (95 % interval {near.lower:.1%} to {near.upper:.1%})."
    )


def print_explanation(found: Explanation) -> None:
    """Prints the explanation."""
    row = found.prediction
    print(found.said(f"customer {row['customer_id']}, week {found.week}: {row['lifecycle_stage']}, {row['segment']}"))
    print(f"probability of leaving{found.within}: {row['churn_probability']:.1%} ({row['churn_risk_tier']})")
    print(f"  {found.said(neighbours_in_words(found.neighbours))}")
    if found.words is not None and found.words.churn:
        print(f"  leaving means: {found.words.churn}")
    print("history (week, engagement 0-1, probability by today's model, what happened)")
    for each in found.history[-13:]:
        engagement = "   -" if each["engagement_score"] is None else f"{each['engagement_score']:.2f}"
        print(
            f"  {each['week']}  {engagement}  {each['churn_probability']:6.1%}  {outcome_in_words(each['churned_30d'])}"
        )
    print(found.said("reasons (log-odds against customers of the same kind)"))
    for theme in found.themes[:5]:
        print(f"  {theme['contribution']:+.2f}  {theme['theme'].replace('_', ' ')}")
        for feature in theme["features"][:2]:
            print(f"           {feature['contribution']:+.2f}  {feature['text']}")
    print("what if (the model's answer; whether an action gets there is measured by the holdout)")
    for each in found.what_if:
        changed = "; ".join(changes_in_words(each)[:2])
        print(
            f"  {each['theme'].replace('_', ' ')} as with a typical peer: {each['churn_probability']:.1%}  [{changed}]"
        )
    print(
        f"action: {found.decision['action_name']}{' (held out: not contacted)' if found.decision['is_holdout'] else ''}"
    )
    for option in found.options:
        print(f"  {option_in_words(option, chosen=found.decision['recommended_action'], currency=found.currency)}")


def write_page(found: Explanation, path: Path) -> None:
    """Writes the explanation as one HTML page."""
    from engage_reports.customer_page import CustomerFacts, customer_page
    from engage_reports.house_words import Words, spoken_in

    row = found.prediction
    held_out = found.said(" The customer is held out and is not contacted.") if found.decision["is_holdout"] else ""
    facts = CustomerFacts(
        customer_id=row["customer_id"],
        week=found.week.isoformat(),
        summary=f"{row['lifecycle_stage'].capitalize()}, {row['segment']}. Risk tier {row['churn_risk_tier']}.",
        probability=row["churn_probability"],
        interval=found.said(neighbours_in_words(found.neighbours)),
        history=[(each["week"], each["churn_probability"]) for each in found.history],
        reasons=[
            (theme["theme"].replace("_", " "), [each["text"] for each in theme["features"]], theme["contribution"])
            for theme in found.themes[:5]
        ],
        what_ifs=[
            (each["theme"].replace("_", " "), each["churn_probability"], changes_in_words(each))
            for each in found.what_if
        ],
        action=f"{found.decision['action_name']}.{held_out}",
        options=[
            option_in_words(each, chosen=found.decision["recommended_action"], currency=found.currency)
            for each in found.options
        ],
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with spoken_in(found.words or Words(days=found.days)):
            path.write_text(customer_page(facts), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}). Choose another --html.") from None


def outcome_in_words(churned: bool | None) -> str:
    """What became of a week."""
    return "not known yet" if churned is None else "left" if churned else "stayed"


def changes_in_words(what_if: dict[str, Any]) -> list[str]:
    """The numbers that a what-if changes."""
    labels = what_if["labels"]
    return [
        f"{labels[change['feature']]} {_number(change['before'])} -> {_number(change['after'])}"
        for change in what_if["changes"][:SHOWN_CHANGES]
    ]


def option_in_words(option: Option, *, chosen: str, currency: str) -> str:
    """An action, what it is worth for the customer, and why it is or is not the one."""
    action = option.action
    if not option.is_open:
        unmet = ["has left already" if each.startswith(f"{ALREADY_LEFT['column']} ") else each for each in option.unmet]
        return f"{action.name}: not open; {', '.join(unmet)}"
    worth = (
        f"{option.value_usd:+.2f} {currency} = risk x {option.effect:.1%} x lifetime value - "
        f"{action.cost_usd:.2f} {currency}"
    )
    if action.id == chosen:
        return f"{action.name}: {worth}; the highest above zero, chosen"
    if option.value_usd <= 0:
        return f"{action.name}: {worth}; not worth its cost"
    return f"{action.name}: {worth}; {'worth less' if chosen != NO_ACTION else 'not chosen'}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def _row(table: pa.Table, customer_id: str) -> pa.Table:
    return table.filter(pc.equal(table["customer_id"], customer_id))


def _log_odds(probability: Any) -> Any:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))
