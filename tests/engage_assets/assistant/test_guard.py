"""The guard: what may run, what may not, and that nothing about one person comes out of what may."""

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from engage_assets.assistant.guard import MINIMUM_GROUP, ROW_LIMIT, GuardError, guard
from engage_assets.assistant.guard_nodes import ALLOWED_NODES
from tests.engage_assets.assistant.contracts import published_types

SCHEMA = {table: tuple(columns) for table, columns in published_types().items()}
PERSON_TABLES = [table for table, columns in SCHEMA.items() if "customer_id" in columns]

ALLOWED = [
    "select * from segments",
    "select segment, customers from segments where week = date '2026-11-16' order by customers desc limit 3",
    "select count(*) from customer_scores",
    "select segment, avg(churn_probability) as p, count(*) from customer_scores group by segment order by p desc",
    "select count(*) from customer_scores where (week >= date '2026-11-16' - interval 7 day or not is_holdout) and "
    "reason_1 is not null and churn_probability between 0.1 and -(-0.5) and segment not like 'D%'",
    "select try_cast(limit_text as double) as bound from gate_results",
    "select count(distinct customer_id) from customer_scores where churn_risk_tier in ('High', 'Critical')",
    "with a as (select segment, count(*) as n from customer_scores group by segment) "
    "select s.segment, a.n, s.revenue_30d_usd from segments as s inner join a on a.segment = s.segment",
    "select week, sum(customers) over (order by week) from weekly_summary",
    "select case when customers > 99 then 'many' else 'few' end, round(avg(revenue_30d_usd), 2) from locations "
    "group by 1",
    "select max(customers) from segments union all select max(customers) from platforms",
    "from segments",
]
REFUSED = [
    # other statements, and more than one
    "", "select", "drop table segments", "select 1; drop table segments", "insert into segments values (1)",
    "update segments set customers = 0", "delete from segments", "create table x as select 1",
    "copy segments to 'x.csv'",
    "attach 'x.db'", "pragma database_list", "install httpfs", "load httpfs", "call pragma_version()",
    "set threads = 9",
    "explain select 1", "describe segments", "show tables", "values (1)", "begin", "export database 'x'",
    "select * into x from segments", "select 1 from segments for update",
    # other sources
    "select * from read_parquet('x.parquet')", "select * from read_csv('x.csv')", "select * from 'x.parquet'",
    "select * from glob('*')", "select * from read_text('/etc/passwd')", "select * from main.segments",
    "select * from main_secret.salaries", "select * from salaries", "select * from other.published.segments",
    "select * from information_schema.tables", "select * from duckdb_tables()", "select * from sqlite_master",
    "select * from range(1000000000)", "select unnest(range(10))", "select * from features.customer_features",
    # functions and constructs that are not listed
    "select getenv('HOME')", "select current_setting('threads')", "select query('drop table x')",
    "select * from query_table('segments')", "select list(segment) from segments",
    "select string_agg(segment, ',') from segments", "select columns(*) from segments",
    "select repeat('x', 1000000000)",
    "select * exclude (week) from segments", "select * replace (1 as week) from segments",
    "select * from segments using sample 10%", "select * from segments tablesample 1 rows",
    "select * from segments limit (select 1)", "select * from segments limit 50%",
    "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
    "with segments as (select 1) select * from segments", "pivot segments on segment using sum(customers)",
    "select x -> 'a' from segments", "select {'a': 1}", "select [1, 2]", "select $1", "select ?", "select random()",
    # single persons
    "select * from customer_scores", "select customer_id from action_list",
    "select churn_probability from customer_scores",
    "select distinct segment from customer_scores", "select max(churn_probability) from customer_scores",
    "select min(customer_id) from customer_scores", "select median(expected_ltv_12m_usd) from customer_scores",
    "select any_value(customer_id) from customer_scores",
    "select arg_max(customer_id, churn_probability) from customer_scores",
    "select avg(churn_probability) from customer_scores where customer_id = 'x'",
    "select avg(churn_probability) from customer_scores c where c.customer_id like 'x%'",
    "select sum(case when customer_id = 'x' then churn_probability end) from customer_scores",
    "select sum(churn_probability * is_holdout) from customer_scores",
    "select count(*) filter (where segment = 'Dormant') from customer_scores",
    "select customer_id, count(*) from customer_scores group by customer_id",
    "select segment from customer_scores group by all",
    "select segment, count(*) from customer_scores group by 1",
    "select count(*) from customer_scores group by lower(segment)",
    "select avg(p) from (select churn_probability as p from customer_scores) as t",
    "select count(*) from customer_scores as a inner join segments as b on a.segment = b.segment",
    "select count(*) from customer_scores, segments",
    "select row_number() over (order by customer_id) from customer_scores",
    "select * from (select * from customer_scores) as t",
    "with t as (select * from customer_scores) select count(*) from t",
    "select segment from customer_scores order by churn_probability limit 1",
    "select avg(churn_probability) from customer_scores where customer_scores like '%x%'",
    "select customer_id, churn_probability from (customer_scores)",
    "select customer_id from ((customer_scores))", "select customer_id from (customer_scores) as t",
    "select c.customer_id from segments join (customer_scores) as c on true",
    "select customer_id from (customer_scores join segments on true)",
    "select customer_id from (customer_scores cross join segments)", "select customer_id from (from customer_scores)",
    "select segment from segments, (customer_scores) as c", "select t.customer_id from (customer_scores) t (a)",
    "select count(*) from customer_scores where rowid = 1",
    "select count(*) from customer_scores having max(churn_probability) > 0.5",
    "select count(*) from customer_scores where churn_probability = (select max(mean_churn_probability) from segments)",
    "select (select count(*) from segments) from customer_scores group by segment",
    "select segment, count(*) from customer_scores group by rollup (segment)",
    "select s.segment, (select reason_1 from customer_scores limit 1) from segments as s",
    "select segment from segments where exists (select 1 from customer_scores where customer_id = 'x')",
    "select count(*) from customer_scores qualify row_number() over () = 1",
    "select count(*) from customer_scores where cast(reason_1 as int) = 1",
    "select count(*) from customer_scores where try_cast(reason_1 as int) = 1",
    "select count(*) from action_list where case when expected_action_value_usd > 9 then cast(reason_1 as int) end > 1",
    "select count(*) from customer_scores where churn_probability * 9 > 1",
    "select count(*) from customer_scores where lower(segment) = 'dormant'",
    "select count(*) from customer_scores where reason_1_contribution > reason_2_contribution",
    "select count(*) from customer_scores where churn_probability in (expected_ltv_12m_usd, 1)",
    "select 1 from segments union all select churn_probability from customer_scores",
]  # fmt: skip


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_may_run(sql):
    query = guard(sql, SCHEMA)
    assert query.tables
    assert query.tables <= set(SCHEMA)
    assert f"LIMIT {ROW_LIMIT + 1}" in query.sql or "LIMIT 3" in query.sql


@pytest.mark.parametrize("sql", REFUSED)
def test_what_may_not_run(sql):
    with pytest.raises(GuardError) as error:
        guard(sql, SCHEMA)
    assert len(str(error.value)) > 20


def test_every_node_of_a_refused_kind_is_unknown_to_the_list():
    for kind in (exp.Drop, exp.Insert, exp.Command, exp.Anonymous, exp.ReadCSV, exp.Lateral, exp.Unnest, exp.Into):
        assert kind not in ALLOWED_NODES


@pytest.mark.parametrize("table", PERSON_TABLES)
def test_groups_of_customers_must_be_large_enough(table):
    query = guard(f"select week, avg(churn_probability) from {table} group by week", SCHEMA).sql
    assert f"HAVING COUNT(DISTINCT customer_id) >= {MINIMUM_GROUP}" in query
    assert f'NOT "churn_probability" IS NULL THEN customer_id END) >= {MINIMUM_GROUP}' in query


@pytest.mark.parametrize("policy", ["free", "catalogued"])
@pytest.mark.parametrize("table", ["locations", "offer_rates", "group_metrics"])
def test_small_groups_by_a_sensitive_attribute_are_left_out_for_everyone(table, policy):
    assert f"WHERE customers >= {MINIMUM_GROUP}" in guard(f"select * from {table}", SCHEMA, policy=policy).sql


@pytest.mark.parametrize("policy", ["free", "catalogued"])
@pytest.mark.parametrize(
    "sql",
    [
        "select gender, count(*) from people group by gender",
        "select * from people",
        "select p.location from people as p",
    ],
)
def test_sensitive_columns_of_persons_are_read_by_nobody(sql, policy):
    schema = {**SCHEMA, "people": ("week", "customer_id", "gender", "location")}
    with pytest.raises(GuardError, match=r"sensitive"):
        guard(sql, schema, policy=policy)


def test_slices_by_a_sensitive_attribute_are_groups_too():
    assert f"WHERE customers >= {MINIMUM_GROUP}" in guard("select * from calibration_by_slice", SCHEMA).sql


def test_comments_are_not_passed_on():
    sql = guard("select segment /* ; drop table segments */ from segments -- */ x", SCHEMA, dialect="athena").sql
    assert sql == f"SELECT segment FROM published.segments AS segments LIMIT {ROW_LIMIT + 1}"


def test_groups_without_their_size_cannot_be_read():
    with pytest.raises(GuardError, match="without their size"):
        guard("select * from places", {"places": ("location", "figure")})


def test_catalogued_sql_may_list_customers_but_do_nothing_else_more():
    assert (
        guard("select customer_id from at_risk_customers limit 5", SCHEMA, policy="catalogued").row_limit == ROW_LIMIT
    )
    for sql in ("drop table segments", "select * from read_csv('x')", "select * from main.segments"):
        with pytest.raises(GuardError):
            guard(sql, SCHEMA, policy="catalogued")


def test_long_and_deep_statements_are_refused_without_a_traceback():
    for sql in ("select 1 -- " + "x" * 10_000, "select " + "(" * 3_000 + "1" + ")" * 3_000):
        with pytest.raises(GuardError):
            guard(sql, SCHEMA)


def test_a_larger_limit_is_cut_and_a_smaller_one_stays():
    assert guard("select * from segments limit 999999", SCHEMA).sql.endswith(f"LIMIT {ROW_LIMIT + 1}")
    assert guard("select * from segments limit 7", SCHEMA).sql.endswith("LIMIT 7")


def test_the_same_statement_is_written_for_athena():
    sql = guard(
        "select week - interval 7 day as w, avg(customers) from segments group by week", SCHEMA, dialect="athena"
    ).sql
    assert "published.segments" in sql
    assert "INTERVAL '7' DAY" in sql


TABLES = st.sampled_from([*SCHEMA, "main.segments", "read_csv('x')", "salaries", "sqlite_master"])
COLUMNS = st.sampled_from(
    ["*", "customer_id", "churn_probability", "segment", "week", "location", "customers", "reason_1"]
)
WRAPPERS = st.sampled_from(
    ["{}", "count({})", "avg({})", "sum({})", "max({})", "count(distinct {})", "coalesce({}, 0)", "list({})",
        "lower({})",
     "sum(case when segment = 'Dormant' then {} end)", "first({})"]
)  # fmt: skip
CONDITIONS = st.sampled_from(
    ["", " where customer_id = 'x'", " where segment = 'Dormant'", " where customers > 3",
     " where churn_probability > 0.5", " where 1 = 1 or customer_id is not null"]
)  # fmt: skip
GROUPS = st.sampled_from(
    ["", " group by segment", " group by customer_id", " group by week", " group by all", " group by reason_1"]
)
SHAPES = st.sampled_from(
    ["{0}", "select * from ({0}) as t", "with t as ({0}) select * from t", "{0} union all {0}", "{0}; {0}",
     "select segment from segments where exists ({0})"]
)  # fmt: skip


@st.composite
def statements(draw):
    columns = ", ".join(draw(WRAPPERS).format(column) for column in draw(st.lists(COLUMNS, min_size=1, max_size=3)))
    table, condition, group = draw(TABLES), draw(CONDITIONS), draw(GROUPS)
    return draw(SHAPES).format(f"select {columns} from {table}{condition}{group}")


@settings(max_examples=300, deadline=None)
@given(statements())
def test_whatever_passes_reads_published_tables_and_shows_no_single_person(sql):
    try:
        query = guard(sql, SCHEMA)
    except GuardError:
        return
    tree = sqlglot.parse_one(query.sql, read="duckdb")
    names = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        assert table.db == "published" or table.name in names
        if (
            table.name in SCHEMA
            and table.name not in PERSON_TABLES
            and {"location", "group_name"} & set(SCHEMA[table.name])
        ):
            assert f"customers >= {MINIMUM_GROUP}" in table.find_ancestor(exp.Select).sql()
    for select in tree.find_all(exp.Select):
        source = select.args["from_"].this if select.args.get("from_") else None
        if isinstance(source, exp.Table) and source.name in PERSON_TABLES:
            assert f"COUNT(DISTINCT customer_id) >= {MINIMUM_GROUP}" in select.args["having"].sql()
            for column in select.find_all(exp.Column):
                if column.name == "customer_id":
                    assert column.find_ancestor(exp.Count)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_either_a_guarded_select_or_a_guard_error(text):
    try:
        query = guard(text, SCHEMA)
    except GuardError:
        return
    assert isinstance(sqlglot.parse_one(query.sql, read="duckdb"), exp.Select | exp.SetOperation)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_a_value_in_quotes_never_becomes_sql(text):
    literal = "'" + text.replace("'", "''") + "'"
    sql = f"select segment from segments where segment = {literal}"
    try:
        query = guard(sql, SCHEMA)
    except GuardError:
        return
    [found] = [
        node.name for node in sqlglot.parse_one(query.sql, read="duckdb").find_all(exp.Literal) if node.is_string
    ]
    assert found == text
