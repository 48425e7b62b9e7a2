"""The best that can be known of churn from observable history, measured once for each version of the generator.

The hidden state is never seen; what was logged of it is. The best ranking of customers from their logs orders them by
the expected true probability given those logs. It is fitted to the TRUE probabilities of a large simulated
population, which are free of the noise that outcomes have: first each hidden term by ridge regression on a long
history of every raw column (the week, and running means over 2, 5 and 13 weeks), then the log-probability by ridge
regression on the estimated terms, their squares and products. Customers are split: one half fits, the other measures.

It is a floor of the true ceiling: a better fit to the same logs could lie above it. The result is kept in
``observable_ceiling.json`` and counts for the generator's code that made it.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engage_assets.synthetic.platform import REFERENCE_WEEK, Platform, week_index
from engage_assets.synthetic.scorecard import expected_auc
from engage_assets.synthetic.traits import draw_traits
from engage_assets.synthetic.truth import DRIVERS
from engage_assets.synthetic.walk import Walk
from engage_assets.synthetic.writing import CHUNK, week_tables

Floats = NDArray[np.float64]

FILE = Path(__file__).with_name("observable_ceiling.json")
HISTORY_WEEKS = 26
MEMORIES = (0.0, 0.5, 0.8, 0.92)
"""Weights of the past in the running means: the week itself, and about 2, 5 and 13 weeks."""
TERMS = tuple(name for name in DRIVERS if name not in ("baseline", "season"))
NOT_GENERATOR = frozenset({"scorecard.py", "drivers.py", "ceiling.py", "platform_dataset.py", "__init__.py"})
"""Files of this room that do not change what is simulated."""


@dataclass(frozen=True)
class Ceiling:
    """Skill of the best fit to observable history, of the hidden state's: (AUC - 0.5) / (AUC of the truth - 0.5)."""

    generator: str
    customers: int
    seeds: tuple[int, ...]
    observable_share: float
    lower: float
    upper: float
    observable_auc: float
    hidden_state_auc: float


def generator_version() -> str:
    """A digest of the code that simulates."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.name not in NOT_GENERATOR:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def observable_share() -> float | None:
    """The kept figure, or None when it was measured on another generator."""
    if not FILE.exists():
        return None
    kept = json.loads(FILE.read_text())
    return float(kept["observable_share"]) if kept["generator"] == generator_version() else None


def measure(
    customers: int, seeds: Sequence[int], *, week: date = REFERENCE_WEEK, log: Callable[[str], None] = print
) -> Ceiling:
    """Simulates `customers` for each seed and fits. The interval is that of the mean over the seeds (t, 95 %)."""
    shares, best, hidden = [], [], []
    for seed in seeds:
        history, terms, true = observed_history(Platform(customers=customers, seed=seed), week)
        fitted = best_fit(history, terms, true)
        odd = np.arange(len(true)) % 2 == 1
        [found], [known] = expected_auc(fitted[odd], true[odd]), expected_auc(true[odd], true[odd])
        best.append(float(found))
        hidden.append(float(known))
        shares.append((found - 0.5) / (known - 0.5))
        log(f"seed {seed}: AUC {found:.4f} from the logs, {known:.4f} from the hidden state, share {shares[-1]:.4f}")
    mean = float(np.mean(shares))
    reach = _t_quantile(len(shares)) * float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else 0.0
    averages = float(np.mean(best)), float(np.mean(hidden))
    return Ceiling(generator_version(), customers, tuple(seeds), mean, mean - reach, mean + reach, *averages)


def keep(ceiling: Ceiling) -> None:
    """Writes the file that ``observable_share`` reads."""
    rounded = {name: round(value, 5) if isinstance(value, float) else value for name, value in asdict(ceiling).items()}
    FILE.write_text(json.dumps(rounded, indent=1) + "\n")


def observed_history(platform: Platform, week: date) -> tuple[Floats, Floats, Floats]:
    """What was logged of customers active in the last four weeks: (columns, rows); hidden terms; true probability."""
    last = week_index(week)
    columns, terms, true = [], [], []
    for start in range(0, platform.customers, CHUNK):
        walk = Walk(platform, draw_traits(platform, start, min(CHUNK, platform.customers - start)))
        means: list[Floats] = []
        seen = np.full(len(walk.traits), -99)
        for index in range(last + 1):
            walk.begin_week()
            seen[walk.active] = index
            if index > last - HISTORY_WEEKS:
                logged = _logged(platform, walk)
                means = [logged if not means else m * means[i] + (1 - m) * logged for i, m in enumerate(MEMORIES)]
            if index < last:
                walk.end_week()
        truth = week_tables(platform, walk)["truth"]
        present = walk.traits.signup_week <= last
        recent = (seen > last - 4)[present]
        away = (last - seen)[present][recent][None, :]
        columns.append(np.vstack([*(mean[:, present][:, recent] for mean in means), away, away == 0]))
        terms.append(np.array([truth[f"driver_{name}"].to_numpy()[recent] for name in (*TERMS, "absence")]))
        true.append(truth["churn_probability_30d"].to_numpy()[recent])
    return np.hstack(columns), np.hstack(terms), np.concatenate(true)


def _logged(platform: Platform, walk: Walk) -> Floats:
    """Every number that the raw tables hold of each account of the chunk, on a signed logarithmic scale."""
    present = walk.traits.signup_week <= walk.week
    tables = week_tables(platform, walk)
    rows: list[Floats] = []
    for name in ("activity", "billing", "customers"):
        for field in tables[name].schema:
            values = _numbers(tables[name][field.name])
            if values is not None:
                full = np.zeros(len(present))
                full[present] = values
                rows.append(full)
    return np.array(rows)


def _numbers(column: pa.ChunkedArray) -> Floats | None:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return None
    plain = column.cast(kind) if pa.types.is_dictionary(column.type) else column
    values = np.asarray(plain.cast(pa.float64()).fill_null(0.0), dtype=np.float64)
    return np.sign(values) * np.log1p(np.abs(values))


def best_fit(history: Floats, terms: Floats, true: Floats) -> Floats:
    """The expected log-odds given the history, for every row; the even rows fit."""
    fit = np.arange(len(true)) % 2 == 0
    scaled = _scaled(np.vstack([history, history == 0.0])).T
    target = np.log(true / (1 - true))
    estimated = _ridge(scaled, np.vstack([terms, target]).T, fit, penalty=30.0)
    centred = (estimated - estimated[fit].mean(axis=0)) / (estimated[fit].std(axis=0) + 1e-9)
    in_week = (history[-1] == 1)[:, None].astype(np.float64)
    parts = [centred, np.clip(centred, -4, 4) ** 2, np.clip(centred, -4, 4) ** 3, in_week]
    size = centred.shape[1]
    parts += [centred[:, [a]] * centred[:, b : b + 1] for a in range(size) for b in range(a + 1, size)]
    parts += [centred * in_week]
    wide = np.hstack(parts)
    fitted = _ridge(_scaled(wide.T).T, target[:, None], fit, penalty=10.0)[:, 0]
    return np.asarray(fitted)


def _scaled(columns: Floats) -> Floats:
    spread = columns.std(axis=1, keepdims=True)
    return np.asarray((columns - columns.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0))


def _ridge(x: Floats, y: Floats, fit: NDArray[np.bool_], *, penalty: float) -> Floats:
    middle = y[fit].mean(axis=0)
    gram = x[fit].T @ x[fit] + penalty * np.eye(x.shape[1])
    return np.asarray(x @ np.linalg.solve(gram, x[fit].T @ (y[fit] - middle)) + middle)


def _t_quantile(seeds: int) -> float:
    from scipy.stats import t  # imports in a second, and only this measurement needs it

    return float(t.ppf(0.975, seeds - 1))
