"""The model card in Markdown: what a version is for, what it was made of, how good, how fair, and who let it score.

Made from the version's own files, the verdict on it and the log of decisions, whenever somebody asks: an override or a
rollback is on it from the moment it happens.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from engage_assets.records.mitigation import mitigation_prices
from engage_assets.records.model_registry import Verdict, read_verdict
from engage_assets.records.promotions import champion_version, read_log
from engage_assets.resources.lake import Lake

if TYPE_CHECKING:
    from engage_reports.house_words import Words

TITLES = {
    "auc": "AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "expected_calibration_error": "Expected calibration error",
}


def render_card(registry: Lake, version: str, words: "Words") -> str:
    """The card of a version, in the words of the contract."""
    card = registry.read_json(f"{version}/card.json")
    evidence = registry.read_json(f"{version}/evidence.json")
    verdict = read_verdict(registry, version)
    parts = [
        _title(registry, version, card),
        _use(words),
        _data(card),
        _models(card),
        _quality(card),
        _fairness(evidence, words),
        _verdicts(verdict),
        _decisions(registry, version),
        "## Limits\n\n" + "\n".join(f"* {limit}" for limit in card["limits"]),
    ]
    return words.said("\n\n".join(part for part in parts if part) + "\n")


def _title(registry: Lake, version: str, card: dict[str, Any]) -> str:
    state = "the champion: it scores customers" if version == champion_version(registry) else "not the champion"
    return f"# Model card {version}\n\nTrained for the week of {card['week']} by run {card['run_id']}. It is {state}."


def _use(words: "Words") -> str:
    return (
        f"## Use\n\nRanks customers by the probability of leaving{words.over('within')}, with three reasons, and "
        "predicts their engagement, revenue, segment and how unusual they are, to decide whom to offer what. Not for "
        f"decisions about prices, credit, moderation or access.\n\n{words.churn_means}"
    )


def _data(card: dict[str, Any]) -> str:
    data = card["data"]
    return (
        f"## Data\n\n{card['split']['description']} {data['training_rows']:,} training rows, "
        f"{data['validation_rows']:,} validation rows; of these {data['validation_rows_active']:,} are of active "
        f"customers, of whom {data['churn_rate_active']:.1%} left. {len(card['features'])} features; age, gender and "
        f"location are not among them. SHA-256 of the data {data['sha256']}."
    )


def _models(card: dict[str, Any]) -> str:
    weights = ", ".join(f"{name} {weight:.3f}" for name, weight in card["ensemble"]["weights"].items())
    return f"## Churn model\n\nStacking weights on the log-odds scale, fitted out of fold: {weights}."


def _quality(card: dict[str, Any]) -> str:
    rows = [row for row in card["metrics"] if row["model"] == "churn" and row["metric"] in TITLES]
    body = [
        [TITLES[row["metric"]], row["population"], f"{row['value']:.4f}", f"{row['lower']:.4f} to {row['upper']:.4f}"]
        for row in rows
    ]
    return "## Quality on held-out customers of a later week\n\n" + _table(
        ("metric", "customers", "value", "95 % interval"), body
    )


def _fairness(evidence: dict[str, Any], words: "Words") -> str:
    rows = evidence["fairness"]
    failed = [row for row in rows if row["state"] == "failed"]
    judged = [row for row in rows if row["state"] != "insufficient" and row["selection_rate_ratio"] is not None]
    attributes = sorted({row["attribute"].replace("_", " ") for row in rows})
    lines = [
        f"{len(rows)} groups of {', '.join(attributes)} were audited; {len(rows) - len(judged)} are too small, or too "
        "near the limit, to tell."
    ]
    if failed:
        named = ", ".join(f"{row['attribute']} {row['group_name']}" for row in failed)
        lines.append(f"Proven to be treated unlike the others: {named}.")
    elif judged:
        low = min(judged, key=lambda row: float(row["selection_rate_ratio"]))
        lines.append(
            "No group is proven to be treated unlike the others. The lowest selection-rate ratio is "
            f"{low['selection_rate_ratio']:.2f} ({low['attribute'].replace('_', ' ')} {low['group_name']})."
        )
    gaps = [row for row in judged if row.get("calibration_gap") is not None]
    if gaps:
        widest = max(gaps, key=lambda row: abs(float(row["calibration_gap"])))
        lines.append(
            f"Where probabilities are least right, for {widest['attribute'].replace('_', ' ')} {widest['group_name']}, "
            f"{widest['calibration_gap']:+.1%} more left than predicted."
        )
    parts = ["## Fairness", " ".join(lines)]
    if proxies := evidence.get("proxies"):
        body = [_proxy(row) for row in proxies]
        parts.append(
            _table(("attribute", "AUC from the features (0.5: nothing)", "95 % interval", "told most by"), body)
        )
    parts += _prices(evidence.get("mitigation") or {}, words)
    return "\n\n".join(parts)


def _proxy(row: dict[str, Any]) -> list[str]:
    auc = row["auc"]
    told = ", ".join(f"{name} {share:.0%}" for name, share in row["features"].items())
    interval = f"{auc['lower']:.3f} to {auc['upper']:.3f}"
    return [row["attribute"].replace("_", " "), f"{auc['value']:.3f}", interval, told]


def _prices(mitigation: dict[str, Any], words: "Words") -> list[str]:
    """What mitigation does or would cost, a sentence each."""
    return [
        f"{row['mitigation']} by {row['attribute'].replace('_', ' ')}: AUC {row['auc_change']:+.4f}, "
        f"{row['leavers_change']:+,.0f} leavers and {row['revenue_change_usd']:+,.0f} {words.currency} of revenue"
        f"{words.over('within')} reached by the selected tenth, smallest selection-rate ratio "
        f"{row['ratio_change']:+.3f}."
        for row in mitigation_prices(mitigation)
    ]


def _verdicts(verdict: Verdict | None) -> str:
    if verdict is None:
        return "## Gates\n\nIts gates have not been judged."
    overrides = [f"**{gate} was overridden by hand: {reason}**" for gate, reason in verdict.overrides.items()]
    body = [[each.gate, each.state, each.message] for each in verdict.shown()]
    return "## Gates\n\n" + "\n\n".join([*overrides, _table(("gate", "state", "finding"), body)])


def _decisions(registry: Lake, version: str) -> str:
    lines = [
        f"* {each.at[:16].replace('T', ' ')} UTC: {each.version} {each.event} ({each.rule}): {each.reason}"
        for each in read_log(registry)
        if version in (each.version, each.previous)
    ]
    return "## Decisions\n\n" + "\n".join(lines) if lines else ""


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "/") for cell in line) + " |" for line in lines)
