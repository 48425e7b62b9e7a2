from datetime import date

import pyarrow as pa

from engage_assets.records.evaluation import TABLES, adopt_evaluation
from engage_assets.resources.lake import LocalLake, week_folder

TRAINED, SCORED = date(2026, 11, 2), date(2026, 11, 9)


def test_a_run_that_scores_with_an_earlier_model_carries_its_evaluation(tmp_path):
    lake, registry = LocalLake(root=str(tmp_path / "lake")), LocalLake(root=str(tmp_path / "models"))
    registry.write_json("v1/card.json", {"week": TRAINED.isoformat(), "run_id": "trained"})
    rows = pa.table({"week": pa.array([TRAINED], pa.date32()), "run_id": ["trained"], "value": [0.9]})
    for table in TABLES:
        lake.write_table(week_folder(f"evaluation/{table}", TRAINED, "trained"), rows)

    for _ in range(2):
        adopt_evaluation(lake, registry, "v1", week=SCORED, run_id="scored")

    for table in TABLES:
        copied = lake.read_table(week_folder(f"evaluation/{table}", SCORED, "scored"))
        assert copied.to_pylist() == [{"week": SCORED, "run_id": "scored", "value": 0.9}]
