"""The weeks made of a history: what was known at as_of, in the user's time zone and week, and nothing later."""

import copy
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.contracts import ContractError
from engage_assets.extracts import ingest, week_digests, week_range, write_weeks_of
from engage_assets.extracts.features import features_of
from engage_assets.extracts.platform_tables import platform_contract_of
from engage_assets.extracts.sufficiency import sufficiency_of
from tests.engage_assets.extracts.small_extracts import HISTORY, SNAPSHOT, contract_of

MONDAY = date(2026, 1, 5)
HEADER = "client,at,items,amount,channel"


def orders(customers=40, weeks=12, seed=1):
    random = np.random.default_rng(seed)
    lines = []
    for number in range(customers):
        for _ in range(random.integers(1, 15)):
            moment = datetime.combine(MONDAY, datetime.min.time()) + timedelta(
                hours=int(random.integers(0, weeks * 168))
            )
            lines.append(f"c{number},{moment.isoformat()},{random.integers(1, 5)},{random.uniform(1, 90):.2f},app")
    last = datetime.combine(MONDAY + timedelta(weeks=weeks, days=-1), datetime.min.time())
    return [*lines, f"last,{last.isoformat()},1,5.00,shop"]


def taken_in(folder, lines, **changes):
    (folder / "orders.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    contract = contract_of({**HISTORY, **changes}, folder)
    target = folder / "taken"
    target.mkdir(exist_ok=True)
    ingest(contract, str(folder), target)
    return contract, target


def tables(contract, folder, week, raw):
    write_weeks_of(contract, folder, [week], raw)
    return {name: pq.read_table(raw / name / f"week={week}") for name in ("customers", "activity", "billing")}


def test_sums_and_days_are_those_of_the_rows(tmp_path):
    lines = ["a,2026-01-05T00:00:00,2,10,app", "a,2026-01-05T23:00:00,1,5,shop", "a,2026-01-11T12:00:00,4,1,app",
             "a,2026-01-12T00:00:00,9,99,app", "b,2026-01-18T10:00:00,1,7,shop"]  # fmt: skip
    contract, folder = taken_in(tmp_path, lines)
    first = tables(contract, folder, MONDAY, tmp_path / "raw")
    [activity], [billing], [customer] = (first[name].to_pylist() for name in ("activity", "billing", "customers"))
    assert (activity["active_days"], activity["items"]) == (2, 7)
    assert activity["first_active_at"] == datetime(2026, 1, 5)
    assert activity["last_active_at"] == datetime(2026, 1, 11, 12)
    assert (billing["amount"], billing["revenue_30d"]) == (16, 16)
    assert (customer["event_count_total"], customer["amount_13w"], customer["channel"]) == (3, 16, "app")
    second = tables(contract, folder, MONDAY + timedelta(weeks=1), tmp_path / "raw")
    rows = {row["customer_id"]: row for row in second["activity"].to_pylist()}
    assert {name: row["items"] for name, row in rows.items()} == {"a": 9, "b": 1}


def test_a_customer_is_there_from_the_first_row_on_with_zeros_when_nothing_happens(tmp_path):
    lines = ["a,2026-01-06T10:00:00,2,10,app", "b,2026-01-25T10:00:00,1,1,app"]
    contract, folder = taken_in(tmp_path, lines)
    week = tables(contract, folder, MONDAY + timedelta(weeks=1), tmp_path / "raw")
    assert week["activity"].select(["customer_id", "active_days", "items"]).to_pylist() == [
        {"customer_id": "a", "active_days": 0, "items": 0}
    ]
    assert week["customers"]["last_seen_at"].to_pylist() == [datetime(2026, 1, 6, 10)]


@pytest.mark.parametrize("weeks_back", [0, 3, 7])
def test_nothing_later_than_as_of_changes_a_week(tmp_path, weeks_back):
    lines = orders()
    contract, folder = taken_in(tmp_path, lines)
    week = week_range(contract, folder, MONDAY)[1] - timedelta(weeks=weeks_back)
    full = tables(contract, folder, week, tmp_path / "raw")
    as_of = (week + timedelta(days=7)).isoformat()
    (tmp_path / "cut").mkdir()
    contract, cut = taken_in(tmp_path / "cut", [line for line in lines if line.split(",")[1] < as_of])
    assert full == tables(contract, cut, week, tmp_path / "raw_cut")


def test_the_order_of_the_rows_and_the_files_does_not_matter(tmp_path):
    lines = orders()
    contract, folder = taken_in(tmp_path, lines)
    digests, one = week_digests(contract, folder), tables(contract, folder, MONDAY, tmp_path / "raw")
    contract, again = taken_in(tmp_path, sorted(lines, reverse=True))
    assert week_digests(contract, again) == digests
    assert tables(contract, again, MONDAY, tmp_path / "raw2") == one


def test_a_corrected_drop_changes_its_week_alone_and_a_repeated_one_nothing(tmp_path):
    lines = orders()
    before = week_digests(*taken_in(tmp_path, lines))
    assert week_digests(*taken_in(tmp_path, lines)) == before
    place = next(
        n for n, line in enumerate(lines) if line.split(",")[1] >= "2026-02-09" and line.split(",")[1] < "2026-02-16"
    )
    lines[place] = lines[place].replace(",app", ",shop")
    after = week_digests(*taken_in(tmp_path, lines))
    assert [week for week in before if before[week] != after[week]] == ["2026-02-09"]
    late = week_digests(*taken_in(tmp_path, [*lines, "new,2026-01-20T09:00:00,1,1,app"]))
    assert [week for week in after if after[week] != late[week]] == ["2026-01-19"]


def test_yes_or_no_in_the_rows_of_a_history_is_counted_by_week(tmp_path):
    content = copy.deepcopy(HISTORY)
    content["tables"]["orders"]["columns"]["items"] = {"role": "behaviour", "type": "bool"}
    lines = [f"a,2026-01-0{day}T10:00:00,{said},1,app" for day, said in ((5, "yes"), (6, "no"), (7, "yes"))]
    contract, folder = taken_in(tmp_path, [*lines, "a,2026-01-18T10:00:00,no,1,app"], tables=content["tables"])
    activity = tables(contract, folder, MONDAY, tmp_path / "raw")["activity"]
    assert activity["items"].to_pylist() == [2]
    assert pa.types.is_integer(activity.schema.field("items").type)
    assert platform_contract_of(contract).tables["activity"].columns["items"].type == "int"
    [feature] = [each for each in features_of(contract) if each.name == "items"]
    assert (feature.data_type, feature.type) == ("bigint", "numeric")


def test_a_weekly_row_says_active_when_something_was_counted_whatever_lasts(tmp_path):
    content = copy.deepcopy(HISTORY)
    content["tables"]["orders"] |= {"grain": "week"}
    content["tables"]["orders"]["columns"] |= {
        "items": {"role": "behaviour", "type": "int"}, "amount": {"role": "behaviour", "aggregate": "last"},
    }  # fmt: skip
    lines = ["a,2026-01-05T00:00:00,0,30,app", "b,2026-01-05T00:00:00,2,30,app", "b,2026-01-12T00:00:00,2,30,app"]
    contract, folder = taken_in(tmp_path, lines, tables=content["tables"])
    activity = tables(contract, folder, MONDAY, tmp_path / "raw")["activity"].to_pylist()
    assert {row["customer_id"] for row in activity if row["active_days"]} == {"b"}


def without_amounts(content):
    content = copy.deepcopy(content)
    [table] = content["tables"].values()
    table["columns"] = {name: each for name, each in table["columns"].items() if each["role"] != "money"}
    return content


def test_where_no_column_tells_it_the_contract_says_what_a_customer_is_worth(tmp_path):
    lines = ["a,2026-01-06T10:00:00,2,10,app", "b,2026-01-20T10:00:00,2,10,app", "b,2026-02-01T10:00:00,2,10,app"]
    bare = without_amounts(HISTORY)
    contract, folder = taken_in(tmp_path, lines, tables=bare["tables"])
    assert sufficiency_of(contract, folder).lines()[-1].startswith("nothing tells what a customer pays")
    contract, folder = taken_in(tmp_path, lines, tables=bare["tables"], monthly_revenue=36.525 / 1.2)
    assert not any("nothing tells" in line for line in sufficiency_of(contract, folder).lines())
    billing = tables(contract, folder, MONDAY + timedelta(weeks=3), tmp_path / "raw")["billing"].to_pylist()
    # Who was seen in the fourteen days of the horizon is worth fourteen days.
    assert {row["customer_id"]: row["revenue_30d"] for row in billing} == {"a": 0, "b": pytest.approx(14)}


def test_each_customer_of_a_snapshot_without_amounts_is_worth_what_the_contract_says(tmp_path):
    (tmp_path / "clients.csv").write_text("id,visits,plan,since,left\na,1,gold,,no\nb,2,basic,,yes\n")
    contract = contract_of({**without_amounts(SNAPSHOT), "monthly_revenue": 25}, tmp_path)
    (tmp_path / "taken").mkdir()
    ingest(contract, str(tmp_path), tmp_path / "taken")
    billing = tables(contract, tmp_path / "taken", date(2026, 11, 9), tmp_path / "raw")["billing"]
    assert billing["revenue_30d"].to_pylist() == [25, 25]


def test_an_extract_in_which_nobody_leaves_teaches_nothing_and_says_what_to_do(tmp_path):
    lines = [
        f"c{n},{(MONDAY + timedelta(days=day)).isoformat()}T10:00:00,1,1,app" for n in range(40) for day in range(84)
    ]
    found = sufficiency_of(*taken_in(tmp_path, lines))
    assert found.nothing_to_learn
    assert found.lines()[-1].startswith("nothing can be learned: 0 of 40 left. A shorter horizon_days finds more")


def test_only_whole_weeks_count(tmp_path):
    contract, folder = taken_in(tmp_path, ["a,2026-01-07T10:00:00,1,1,app", "a,2026-01-21T10:00:00,1,1,app"])
    assert week_range(contract, folder, MONDAY) == (MONDAY, date(2026, 1, 12))
    contract, folder = taken_in(tmp_path, ["a,2026-01-07T10:00:00,1,1,app"])
    with pytest.raises(ContractError, match="not a whole week"):
        week_range(contract, folder, MONDAY)


def test_times_with_an_offset_are_local_times_of_the_zone(tmp_path):
    lines = ["a,2026-01-11T23:30:00Z,1,1,app", "a,2026-01-18T10:00:00,1,1,app"]
    contract, folder = taken_in(tmp_path, lines, time_zone="Europe/Vienna")
    # 23:30 UTC on Sunday is Monday 00:30 in Vienna: the second week.
    assert tables(contract, folder, MONDAY, tmp_path / "raw")["activity"].num_rows == 0
    second = tables(contract, folder, MONDAY + timedelta(weeks=1), tmp_path / "raw")["activity"]
    assert second["active_days"].to_pylist() == [2]


@pytest.mark.parametrize(
    ("start", "inside"), [("monday", "2026-01-05"), ("sunday", "2026-01-04"), ("saturday", "2026-01-03")]
)
def test_the_week_begins_on_the_users_day(tmp_path, start, inside):
    lines = [f"a,{inside}T10:00:00,1,1,app", "a,2026-01-20T10:00:00,1,1,app"]
    contract, folder = taken_in(tmp_path, lines, week_start=start)
    assert tables(contract, folder, MONDAY, tmp_path / "raw")["activity"]["active_days"].to_pylist() == [1]


def test_how_much_a_history_can_show_is_counted_on_its_last_matured_week(tmp_path):
    contract, folder = taken_in(tmp_path, orders(customers=300, weeks=16))
    found = sufficiency_of(contract, folder)
    assert (found.customers, found.weeks, found.matured_weeks) == (301, 16, 14)
    assert 0 < found.leavers < found.labelled < 301
    assert found.detectable_auc is not None
    assert 0.5 < found.detectable_auc < 1
    few, folder = taken_in(tmp_path, orders(customers=5, weeks=4))
    assert any("weeks have an outcome" in line for line in sufficiency_of(few, folder).lines())
