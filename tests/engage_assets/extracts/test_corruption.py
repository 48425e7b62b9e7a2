"""Clean extracts, damaged on purpose: every record is accounted for, the damaged ones and only those are refused."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_assets.contracts import ContractError
from engage_assets.extracts import sources
from tests.engage_assets.extracts.small_extracts import CLEAN, HEADER, ingested

ROWS = 400


SNAPSHOT_LEFT = {"role": "label", "true": ["yes"], "false": ["no"]}


def clean_lines(rows=ROWS):
    plans, labels = ("basic", "gold"), ("no", "yes")
    return [
        f"c{n:05d},{n % 50},{n * 1.25:.2f},{plans[n % 2]},2024-0{n % 9 + 1}-15,{labels[n % 5 == 0]}"
        for n in range(rows)
    ]


def file_of(lines, end="\n"):
    return end.join([HEADER, *lines]) + end


def put(place, value):
    """A damage: another value in the field at `place`."""

    def change(line):
        fields = line.split(",")
        fields[place] = value(fields[place]) if callable(value) else value
        return ",".join(fields)

    return change


# What becomes of a line, and the rule that must refuse it; None where it must be kept.
DAMAGES = {
    "a wrong type": (put(1, "many"), "wrong_type"),
    "not a number": (put(2, "NaN"), "non_finite"),
    "infinity": (put(2, "inf"), "non_finite"),
    "negative money": (put(2, "-5"), "out_of_range"),
    "beyond the range": (put(1, "100000"), "out_of_range"),
    "year 9999": (put(4, "9999-12-31"), "future_timestamp"),
    "the year 1": (put(4, "0001-01-01"), "out_of_range"),
    "no such day": (put(4, "2024-02-31"), "wrong_type"),
    "an unknown category": (put(3, "silver"), "unknown_category"),
    "an unknown label": (put(5, "maybe"), "wrong_type"),
    "no key": (put(0, ""), "null_key"),
    "a field too many": (lambda line: line + ",more", "unreadable_row"),
    "a field too few": (lambda line: line.rpartition(",")[0], "unreadable_row"),
    "shifted by one": (lambda line: "x," + line.rpartition(",")[0], "wrong_type"),
    "an open quote": (put(3, lambda plan: '"' + plan), "unreadable_row"),
    "ten megabytes in a field": (put(0, "k" * 10_000_000), "out_of_range"),
    "an emoji for an id": (put(0, lambda key: "🙂" + key), None),
    "a quoted delimiter and line end": (put(0, lambda key: f'"{key},\nx"'), None),
    "spaces around": (lambda line: " , ".join(line.split(",")) + " ", None),
    "an empty value": (put(1, ""), None),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_exactly_the_damaged_rows_are_refused(tmp_path, damage):
    change, rule = DAMAGES[damage]
    lines = clean_lines()
    damaged = sorted(np.random.default_rng(1).choice(ROWS, 1 if "megabytes" in damage else 12, replace=False).tolist())
    for place in damaged:
        lines[place] = change(lines[place])
    counts, folder = ingested(tmp_path, file_of(lines), max_quarantined_share=0.5)
    assert counts.rows_in == ROWS == counts.rows_kept + counts.rows_quarantined
    refused = pq.read_table(folder / "quarantine/clients")
    if rule is None:
        assert counts.rows_quarantined == 0
        return
    assert refused["row_number"].to_pylist() == damaged  # precision and recall are one
    assert set(refused["rule"].to_pylist()) == {rule}
    assert all(refused["repair"].to_pylist())


def test_copies_are_refused_across_files_and_the_first_is_kept(tmp_path):
    (tmp_path / "drop").mkdir()
    lines = clean_lines()
    (tmp_path / "drop" / "one.csv").write_text(file_of(lines[:200]))
    (tmp_path / "drop" / "two.csv").write_text(file_of(lines[150:]))
    counts, folder = ingested(tmp_path, "", name="unused.txt", files="drop", max_quarantined_share=0.5)
    assert (counts.rows_in, counts.by_rule) == (450, {"duplicate_key": 50})
    kept = pq.read_table(folder / "rows/clients")["customer_id"].to_pylist()
    assert sorted(kept) == [line.split(",")[0] for line in lines]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_change_nothing(tmp_path, end, mark):
    counts, folder = ingested(tmp_path, mark + file_of(clean_lines(), end).encode())
    assert (counts.rows_in, counts.rows_kept) == (ROWS, ROWS)
    assert "c00000" in pq.read_table(folder / "rows/clients")["customer_id"].to_pylist()


def test_shuffled_columns_are_read_by_their_names(tmp_path):
    order = [5, 3, 0, 4, 2, 1]
    lines = [",".join(line.split(",")[place] for place in order) for line in [HEADER, *clean_lines()]]
    _, shuffled = ingested(tmp_path, "\n".join(lines))
    one = pq.read_table(shuffled / "rows/clients").to_pylist()
    _, plain = ingested(tmp_path, file_of(clean_lines()))
    assert one == pq.read_table(plain / "rows/clients").to_pylist()


def test_rows_in_another_encoding_are_refused_one_by_one(tmp_path):
    lines = [line.encode() for line in clean_lines(20)]
    lines[7] = lines[7].replace(b"c00007", "Zoë".encode("latin-1"))
    content = b"\n".join([HEADER.encode(), *lines])
    counts, folder = ingested(tmp_path, content, max_quarantined_share=0.5)
    assert counts.by_rule == {"wrong_encoding": 1}
    assert pq.read_table(folder / "quarantine/clients")["row_number"].to_pylist() == [7]
    counts, _ = ingested(tmp_path, content, encoding="latin-1")
    assert counts.rows_kept == 20


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_other_encodings_are_read_when_the_contract_says_so(tmp_path, encoding):
    content = file_of([CLEAN.replace("a1", "Zoë")]).encode(encoding)
    counts, folder = ingested(tmp_path, content, encoding=encoding)
    assert counts.rows_kept == 1
    assert pq.read_table(folder / "rows/clients")["customer_id"].to_pylist() == ["Zoë"]


def test_an_open_quote_costs_one_record_even_at_the_end(tmp_path):
    lines = clean_lines(30)
    lines[29] = '"' + lines[29]
    lines[3] = lines[3].replace("gold", '"gold').replace("basic", '"basic')
    counts, folder = ingested(tmp_path, file_of(lines), max_quarantined_share=0.5)
    assert (counts.rows_in, counts.by_rule) == (30, {"unreadable_row": 2})
    assert pq.read_table(folder / "quarantine/clients")["row_number"].to_pylist() == [3, 29]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"id,id\n1,2\n", "more than once"),
        (b"id;visits\n1;2\n", "lacks the columns id, visits, paid, plan, since, left"),
        (b"\xff\xfei\x00d\x00", "utf-16"),
        (HEADER.encode().replace(b"paid", b"pa\xffid"), "set the table's encoding"),
    ],
)
def test_a_file_that_cannot_be_judged_is_named(tmp_path, content, message):
    with pytest.raises(ContractError, match=message):
        ingested(tmp_path, content)


def test_a_header_alone_is_no_extract(tmp_path):
    counts, _ = ingested(tmp_path, HEADER + "\n")
    assert counts.refused == "has no rows"


def test_a_compressed_file_is_read_and_a_damaged_one_named(tmp_path):
    content = gzip.compress(file_of(clean_lines()).encode())
    counts, _ = ingested(tmp_path, content, name="clients.csv.gz")
    assert counts.rows_kept == ROWS
    with pytest.raises(ContractError, match=r"clients.csv.gz cannot be read .*export it again"):
        ingested(tmp_path, content[: len(content) // 2], name="clients.csv.gz")


def test_a_bomb_is_refused_before_it_unfolds(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FREE_EXPANSION", 1_000_000)
    bomb = gzip.compress(HEADER.encode() + b"\n" + b"0" * 20_000_000)
    with pytest.raises(ContractError, match="deliver it uncompressed"):
        ingested(tmp_path, bomb, name="clients.csv.gz")


def test_json_lines(tmp_path):
    names = HEADER.split(",")
    lines = [json.dumps(dict(zip(names, line.split(","), strict=True))) for line in clean_lines(50)]
    lines[5] = lines[5][:-3]
    lines[6] = "[1, 2]"
    lines[7] = json.dumps(
        {"id": "j7", "visits": 3, "paid": 1.5, "plan": "gold", "since": "2024-05-01", "left": "no", "new": {}}
    )
    lines[8] = json.dumps({"id": "j8", "visits": [3], "paid": 1.5, "plan": "gold", "since": "2024-05-01", "left": "no"})
    counts, folder = ingested(tmp_path, "\n".join(lines), name="clients.jsonl", max_quarantined_share=0.5)
    assert (counts.rows_in, counts.by_rule) == (50, {"unreadable_row": 2, "wrong_type": 1})
    assert counts.added == ["new"]
    assert sorted(pq.read_table(folder / "quarantine/clients")["row_number"].to_pylist()) == [5, 6, 8]


def test_nested_fields_have_dotted_names(tmp_path):
    row = '{"who": {"id": "a1"}, "visits": 3, "paid": 1, "plan": {"now": {"name": "gold"}}, "left": "no", "seen": []}'
    columns = {
        "who.id": {"role": "key"}, "visits": {"role": "behaviour", "type": "int"},
        "plan.now.name": {"role": "category", "categories": ["gold"]}, "left": SNAPSHOT_LEFT,
    }  # fmt: skip
    counts, folder = ingested(tmp_path, f"{row}\n{row}\n", name="clients.jsonl", columns=columns)
    assert (counts.rows_in, counts.rows_kept, counts.by_rule) == (2, 1, {"duplicate_key": 1})
    [kept] = pq.read_table(folder / "rows" / "clients").to_pylist()
    assert (kept["customer_id"], kept["plan_now_name"]) == ("a1", "gold")


@pytest.mark.parametrize("name", ["clients.csv", "clients.parquet"])
def test_a_whole_number_as_key_is_the_same_however_it_is_written(tmp_path, name):
    columns = {
        "id": {"role": "key", "type": "int"},
        "visits": {"role": "behaviour", "type": "int"},
        "left": SNAPSHOT_LEFT,
    }
    texts = ["17.0", "18", "17", "19.5", "x", ""]
    if name == "clients.parquet":
        table = pa.table({"id": [17.0, 18.0, 17.0, 19.5, None], "visits": [1.0] * 5, "left": ["no"] * 5})
        pq.write_table(table, tmp_path / name)
        content = (tmp_path / name).read_bytes()
    else:
        content = "id,visits,left\n" + "".join(f"{text},1.0,no\n" for text in texts)
    counts, folder = ingested(tmp_path, content, name=name, columns=columns)
    assert pq.read_table(folder / "rows" / "clients")["customer_id"].to_pylist() == ["17", "18"]
    wrong = {"wrong_type": 2} if name == "clients.csv" else {"wrong_type": 1}
    assert counts.by_rule == {"duplicate_key": 1, "null_key": 1, **wrong}


def test_parquet_with_its_own_types(tmp_path):
    rows = {
        "id": ["a", "b", "c"], "visits": [1, 2, 3], "paid": [1.0, float("nan"), None], "plan": ["basic", "gold", None],
        "since": pa.array([19_000, 19_001, 19_002], pa.date32()), "left": ["yes", "no", "no"],
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "clients.parquet")
    counts, _ = ingested(
        tmp_path, (tmp_path / "clients.parquet").read_bytes(), name="clients.parquet", max_quarantined_share=0.5
    )
    assert (counts.rows_in, counts.by_rule) == (3, {"non_finite": 1})
    with pytest.raises(ContractError, match="cannot be read as Parquet"):
        ingested(tmp_path, b"PAR1 but not really", name="clients.parquet")


def test_columns_that_come_and_go_are_named_and_judged_by_the_contract(tmp_path):
    wider = "\n".join([HEADER + ",extra", *(line + ",1" for line in clean_lines(10))])
    counts, _ = ingested(tmp_path, wider)
    assert counts.added == ["extra"]
    with pytest.raises(ContractError, match="does not know: extra"):
        ingested(tmp_path, wider, added_columns="refuse")
    narrower = "\n".join(",".join([*line.split(",")[:3], *line.split(",")[4:]]) for line in [HEADER, *clean_lines(10)])
    with pytest.raises(ContractError, match="lacks the columns plan"):
        ingested(tmp_path, narrower)
    counts, _ = ingested(tmp_path, narrower, dropped_columns="accept")
    assert counts.missing == ["plan"]
