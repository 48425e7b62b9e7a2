"""What ``engage init`` proposes for extracts of the shapes that public churn data come in."""

import json
import re
import sqlite3
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from engage_assets.commands.init import propose_contract
from engage_assets.commands.validate import validate_own
from engage_assets.errors import InputError
from engage_assets.extracts import load_extract_contract

ROWS = 400
MONDAY = date(2024, 1, 1)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def random():
    return np.random.default_rng(7)


def write(folder, name, header, rows, sign=","):
    lines = [header, *(sign.join(map(str, row)) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n")


def proposed(folder):
    """The proposed contract, which is one that can be read."""
    propose_contract(str(folder), folder.parent / "contract.yaml")
    return load_extract_contract(folder.parent / "contract.yaml")


def sources(table, role):
    return [column.source for column in table.with_role(role)]


def events(random, customers=60, days=120):
    for number in range(customers):
        seen = days if number % 3 else days * 3 // 4  # a third leaves
        for day in sorted(random.choice(seen, 8, replace=False)):
            yield f"A{number:04d}", MONDAY + timedelta(days=int(day)), round(float(random.gamma(2, 10)), 2)


def test_a_bank(folder, random):
    rows = [
        (n, 15_000_000 + 7 * n, f"Name{n % 90}", random.integers(350, 850), random.choice(["France", "Spain"]),
         round(random.normal(90_000, 9_000), 2), round(random.uniform(9, 200_000), 2), int(random.random() < 0.2))
        for n in range(ROWS)
    ]  # fmt: skip
    write(folder, "bank.csv", "RowNumber,CustomerId,Surname,CreditScore,Geography,Balance,EstimatedSalary,Exited", rows)
    [table] = proposed(folder).tables.values()
    assert table.key.source == "CustomerId"
    assert sources(table, "ignore") == ["RowNumber", "Surname"]
    assert sources(table, "money") == ["Balance", "EstimatedSalary"]
    assert not [column for column in table.used if column.slot == "revenue"]  # nobody pays a balance


def test_train_and_test_files_without_a_customer_are_one_table(folder, random):
    header = "State,Account length,Area code,Total day minutes,Total day charge,Total eve charge,Churn"
    for share in (80, 20):
        rows = [
            (random.choice(["KS", "OH"]), random.integers(1, 240), random.choice([408, 415, 510]),
             round(random.normal(180, 50), 1), round(random.normal(30, 5), 2), round(random.normal(17, 5), 2),
             random.random() < 0.15)
            for _ in range(5 * share)
        ]  # fmt: skip
        write(folder, f"churn-bigml-{share}.csv", header, rows)
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert (table.files, table.generated_key) == ("churn-bigml-*.csv", True)
    assert sources(table, "behaviour") == ["Account length", "Total day minutes"]
    assert set(table.columns["Area code"].categories) == {"408", "415", "510"}
    assert table.columns["Total day charge"].slot == "revenue"
    assert validate_own(str(folder), folder.parent / "contract.yaml") == 0


@pytest.mark.parametrize(
    ("column", "left", "stayed"),
    [
        ("Attrition_Flag", "Attrited Customer", "Existing Customer"),
        ("churn", "Churned", "Stayed"),
        ("churned", "True.", "False."),
        ("retained", "0", "1"),
        ("churn_status", "gone", "active"),
        ("churn", "Not churned", "Churned"),
    ],
)
def test_the_value_of_those_who_left(folder, random, column, left, stayed):
    if left.startswith("Not"):
        left, stayed = stayed, left
    rows = [(f"c{n}", random.integers(0, 50), left if n % 4 == 0 else stayed) for n in range(ROWS)]
    write(folder, "clients.csv", f"client_id,visits,{column}", rows)
    [table] = proposed(folder).tables.values()
    [label] = table.with_role("label")
    assert (label.true, label.false) == ((left,), (stayed,))


def test_invoices_with_rows_of_nobody(folder, random, capsys):
    rows = [
        (f"{489_000 + n // 3}", f"{random.integers(10_000, 99_999)}A", random.integers(-3, 20),
         f"{day} 10:{n % 60:02d}:00", amount, "" if n % 20 == 0 else f"{12_300 + int(who[1:])}.0", "France")
        for n, (who, day, amount) in enumerate(events(random))
    ]  # fmt: skip
    write(folder, "retail.csv", "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID,Country", rows)
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert (table.key.source, table.key.kind) == ("Customer ID", "int")
    assert table.max_quarantined_share == pytest.approx(0.08)
    shown = capsys.readouterr().out
    assert "5.0% of the rows have none and go to quarantine" in shown
    assert "What is paid is Quantity x Price" in shown
    assert validate_own(str(folder), folder.parent / "contract.yaml") == 0
    assert "null_key: 24" in capsys.readouterr().out


def test_tables_of_profiles_logs_and_labels(folder, random, capsys):
    log = [(f"{who}=", f"{day:%Y%m%d}", int(amount), amount) for who, day, amount in events(random)]
    who = sorted({row[0] for row in log})
    write(folder, "logs.csv", "msno,date,num_unq,total_secs", log)
    write(folder, "members.csv", "msno,city,registered_via,registration_init_time,num_unq",
          [(each, n % 5, n % 3, 20_200_101 + n % 9, n) for n, each in enumerate(who)])  # fmt: skip
    write(folder, "train.csv", "msno,is_churn", [(each, n % 4 // 3) for n, each in enumerate(who)])
    write(folder, "transactions.csv", "msno,actual_amount_paid,transaction_date,membership_expire_date,is_cancel",
          [(each, 99 + 50 * (n % 2), 20_240_101 + n % 28, 20_240_301, n % 2)
           for n, each in enumerate(3 * who)])  # fmt: skip
    contract = proposed(folder)
    assert contract.kind == "history"
    assert list(contract.tables) == ["logs", "members", "transactions"]
    assert {table.key.source for table in contract.tables.values()} == {"msno"}
    assert sources(contract.tables["transactions"], "time") == ["transaction_date"]
    assert sources(contract.tables["members"], "signup") == ["registration_init_time"]
    assert contract.tables["members"].columns["num_unq"].role == "ignore"  # the logs have it
    assert contract.tables["transactions"].columns["is_cancel"].role == "behaviour"
    assert "train.csv is not used: a history derives its own outcome" in capsys.readouterr().out


def test_orders_whose_customer_is_in_another_table(folder, random, capsys):
    rows = [(f"o{n}", f"c{n}", f"{day} 10:00:00") for n, (_, day, _) in enumerate(events(random))]
    write(folder, "orders.csv", "order_id,customer_id,order_purchase_timestamp", rows)
    write(
        folder,
        "customers.csv",
        "customer_id,customer_unique_id",
        [(row[1], f"u{n % 50}") for n, row in enumerate(rows)],
    )
    propose_contract(str(folder), folder.parent / "contract.yaml")
    with pytest.raises(InputError, match="exactly one label"):
        validate_own(str(folder), folder.parent / "contract.yaml")
    assert (
        "each has one row only. Where another table says whose it is, join them by a query" in capsys.readouterr().out
    )


def test_a_table_whose_columns_were_renamed_is_told(folder, random, capsys):
    rows = list(events(random))
    write(folder, "first.csv", "client,at,amount", [row for row in rows if row[1] < date(2024, 3, 1)])
    write(folder, "second.csv", "client_id,day,paid", [row for row in rows if row[1] >= date(2024, 3, 1)])
    proposed(folder)
    assert capsys.readouterr().out.count("its rows begin when those of first end") == 1


def test_files_that_are_not_read_are_named(folder, random, capsys):
    write(folder, "orders.csv", "client_id,at,amount", events(random))
    for name in ("retail.xlsx", "archive.zip", "notes.md", ".hidden.xlsx"):
        (folder / name).write_bytes(b"PK")
    proposed(folder)
    assert "not read: archive.zip, retail.xlsx; if customers" in capsys.readouterr().out


def test_a_weekly_panel(folder, random):
    rows = [
        (f"ACC-{n:03d}", MONDAY + timedelta(weeks=week), random.integers(2, 40), random.integers(0, 90), 99.0 + n)
        for n in range(40)
        for week in range(20)
    ]
    write(folder, "usage.csv", "account_id,week_start,seats,logins,mrr", rows)
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert (table.grain, contract.week_start) == ("week", "monday")
    assert (table.columns["seats"].aggregate, table.columns["logins"].aggregate) == ("last", "sum")
    assert table.columns["mrr"].slot == "revenue"


def test_nested_json(folder, random):
    lines = [
        json.dumps({"account": {"id": who, "plan": {"of": "a"}}, "at": f"{day}T10:00:00Z", "use": {"clicks": day.day}})
        for who, day, _ in events(random)
    ]  # fmt: skip
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert table.key.source == "account.id"
    assert sources(table, "behaviour") == ["use.clicks"]
    assert validate_own(str(folder), folder.parent / "contract.yaml") == 0


def test_amounts_with_a_sign_codes_that_come_back_and_days_in_their_order(folder, random, capsys):
    rows = [
        (who, f"{day:%d.%m.%Y} 08:30", f"{amount:.2f} €".replace(".", ","), random.integers(1, 6))
        for who, day, amount in events(random)
    ]
    write(folder, "fahrten.csv", "Fahrgastkarte;Abfahrt;Preis (€);Bewertung", rows, sign=";")
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert contract.currency == "EUR"
    assert table.key.source == "Fahrgastkarte"
    assert (table.columns["Preis (€)"].slot, table.columns["Preis (€)"].remove) == ("revenue", "€ ")
    assert table.columns["Bewertung"].aggregate == "mean"
    evidence = (folder.parent / "contract.yaml").read_text().partition("%H:%M")[2].splitlines()[0]
    assert re.search(r"# 2024-01-0\d 08:30 to 2024-04-2\d 08:30$", evidence)  # not 01.02.2024 to 31.01.2024
    assert validate_own(str(folder), folder.parent / "contract.yaml") == 0
    assert "480 kept, 0 quarantined" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_file(folder, random, kind):
    rows = [(who, str(day), amount) for who, day, amount in events(random)]
    opened = sqlite3.connect(folder / "shop.db") if kind == "sqlite" else duckdb.connect(str(folder / "shop.duckdb"))
    opened.execute('create table "Orders" (client_id varchar, ordered_on varchar, amount double)')
    opened.executemany('insert into "Orders" values (?, ?, ?)', rows)
    opened.commit()
    opened.close()
    contract = proposed(folder)
    [table] = contract.tables.values()
    assert table.database == {"sqlite": "sqlite:///shop.db", "duckdb": "shop.duckdb"}[kind]
    assert (table.key.source, table.columns["amount"].slot) == ("client_id", "revenue")
    assert validate_own(str(folder), folder.parent / "contract.yaml") == 0


@pytest.mark.parametrize("name", ["shop.db", "shop.duckdb"])
def test_a_damaged_database_is_told(folder, name):
    start = b"SQLite format 3\0" if name == "shop.db" else b"12345678DUCK1234"
    (folder / name).write_bytes(start + b"no pages" * 500)
    with pytest.raises(InputError, match=f"{name} cannot be read as a"):
        propose_contract(str(folder), folder.parent / "contract.yaml")
