"""The SQL guard: one SELECT over the published tables, and nothing that tells about a single person.

A statement is parsed, every node of its tree must be of a kind that is listed, every table must be a published one, and
the statement that runs is the one written back from that tree. What is not recognised is refused; the text of a
question or of a value in a table has no way to widen it.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from engage_assets.assistant.guard_nodes import AGGREGATES, ALLOWED_NODES, ALLOWED_PARTS, COMPARISONS, CONDITIONS
from engage_assets.errors import InputError

Policy = Literal["catalogued", "free"]
"""``catalogued``: SQL of the question catalogue, reviewed with the code, may list customers. ``free``: may not."""

Schema = Mapping[str, tuple[str, ...]]
"""The columns of each published table."""

PUBLISHED = "published"
PERSON_KEY = "customer_id"
SENSITIVE_COLUMNS = frozenset({"age_band", "gender", "location"})
"""Carried for auditing; never shown of one person."""
GROUP_COLUMNS = SENSITIVE_COLUMNS | {"group_name", "slice_name"}
"""Columns that name a group of people by a sensitive attribute."""
MINIMUM_GROUP = 20
"""Figures of fewer people are not shown: they would tell about the people themselves."""
ROW_LIMIT = 1_000
MAXIMUM_CHARACTERS = 8_000


# A statement of another kind is refused with a message of our own; sqlglot's warning would only repeat it.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


class GuardError(InputError):
    """A statement that may not run."""


@dataclass(frozen=True)
class GuardedQuery:
    """A statement that may run: its text in the warehouse's dialect, and the published tables that it reads."""

    sql: str
    tables: frozenset[str]
    row_limit: int


def guard(
    sql: str, schema: Schema, *, policy: Policy = "free", dialect: str = "duckdb", row_limit: int = ROW_LIMIT
) -> GuardedQuery:
    """The statement as it may run, with table names qualified, group sizes enforced and rows limited.

    Raises
    ------
    GuardError
        Naming what was found and what is expected instead.
    """
    try:
        return _guard(sql, schema, policy, dialect, row_limit)
    except RecursionError:
        raise GuardError("the statement is nested too deeply. Write one plain SELECT.") from None


def _guard(sql: str, schema: Schema, policy: Policy, dialect: str, row_limit: int) -> GuardedQuery:
    tree = _parse(sql)
    _check_nodes(tree)
    ctes = _cte_names(tree, schema)
    tables = [table for table in tree.find_all(exp.Table) if not (table.name.lower() in ctes and not table.db)]
    names = frozenset(_published_name(table, schema) for table in tables)
    _check_sensitive(tree, names, schema)
    if policy == "free":
        for select in list(tree.find_all(exp.Select)):
            _check_person_level(select, schema, ctes)
    for table in tables:
        _qualify(table, schema)
    tree = _limited(tree, row_limit)
    return GuardedQuery(tree.sql(dialect=dialect, comments=False), names, row_limit)


def is_answerable(sql: str, schema: Schema) -> bool:
    """Whether catalogued SQL reads published tables only; a platform may lack some of them."""
    try:
        guard(sql, schema, policy="catalogued")
    except GuardError:
        return False
    return True


def _parse(sql: str) -> exp.Query:
    if len(sql) > MAXIMUM_CHARACTERS:
        raise GuardError(f"the statement has {len(sql):,} characters; at most {MAXIMUM_CHARACTERS:,} are read.")
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=DuckDB) if tree is not None]
    except SqlglotError as error:
        reason = str(error).split("\n")[0][:200]
        raise GuardError(f"the statement cannot be read as SQL ({reason}). Write one SELECT.") from None
    if len(statements) != 1:
        raise GuardError(f"found {len(statements)} statements; expected one SELECT.")
    [tree] = statements
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise GuardError(f"found a statement of kind {type(tree).__name__}; expected one SELECT.")
    return tree


def _check_nodes(tree: exp.Expr) -> None:
    for node in tree.walk():
        kind = type(node)
        if kind is exp.Select and not node.expressions:
            raise GuardError("a SELECT without columns; name the columns you need.")
        if kind not in ALLOWED_NODES:
            name = node.name if isinstance(node, exp.Anonymous) else kind.__name__
            raise GuardError(f"{name} is not allowed here. Use plain SELECTs and the functions listed in the guard.")
        parts = ALLOWED_PARTS.get(kind)
        if parts is not None:
            for part, value in node.args.items():
                if value and part not in parts:
                    raise GuardError(f"{kind.__name__} with {part.rstrip('_')} is not allowed here.")
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
            raise GuardError("a function cannot stand in the place of a table; name a published table.")
        if isinstance(node, exp.Table) and not _stands_in_a_select(node):
            raise GuardError("a table in parentheses cannot be judged; name it in FROM or JOIN without them.")


def _stands_in_a_select(table: exp.Table) -> bool:
    """Whether the SELECT that reads a table sees it among its sources: what stands deeper would escape its checks."""
    place = table.parent
    return isinstance(place, exp.From | exp.Join) and isinstance(place.parent, exp.Select)


def _cte_names(tree: exp.Expr, schema: Schema) -> frozenset[str]:
    names = [cte.alias.lower() for cte in tree.find_all(exp.CTE)]
    for name in names:
        if name in schema or names.count(name) > 1:
            raise GuardError(f"the name {name!r} of a common table expression is taken; choose another.")
    return frozenset(names)


def _published_name(table: exp.Table, schema: Schema) -> str:
    name = table.name.lower()
    if table.db and table.db.lower() != PUBLISHED:
        raise GuardError(f"schema {table.db!r} cannot be read; only the tables of the published weeks can.")
    if name not in schema:
        raise GuardError(f"there is no published table {table.name!r}. Published are: {', '.join(sorted(schema))}.")
    return name


def _check_sensitive(tree: exp.Expr, names: frozenset[str], schema: Schema) -> None:
    """No sensitive column of a table of persons, by name or by a star, whoever wrote the statement."""
    exposed = {column for name in names if is_person_level(name, schema) for column in schema[name]} & SENSITIVE_COLUMNS
    if not exposed:
        return
    if any(True for _ in _bare_stars(tree)):
        raise GuardError("a star would show sensitive columns of single customers; name the columns you need.")
    for column in tree.find_all(exp.Column):
        if column.name.lower() in exposed:
            raise GuardError(f"column {column.name!r} is sensitive and cannot be read from tables of customers.")


def _bare_stars(tree: exp.Expr) -> Iterator[exp.Star]:
    return (star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count))


def is_person_level(table: str, schema: Schema) -> bool:
    """Whether a published table has one row a customer."""
    return PERSON_KEY in schema[table]


def _check_person_level(select: exp.Select, schema: Schema, ctes: frozenset[str]) -> None:
    """A SELECT from a table of customers may only return figures of groups, each of at least MINIMUM_GROUP people."""
    sources = _sources(select)
    people = [t for t in sources if t.name.lower() not in ctes and is_person_level(t.name.lower(), schema)]
    if not people:
        return
    if len(sources) > 1 or select.args.get("joins"):
        raise GuardError(f"{people[0].name} holds single customers and cannot be joined; aggregate it alone first.")
    if select.args.get("distinct") or select.args.get("qualify"):
        raise GuardError(f"{people[0].name} holds single customers: use GROUP BY, not DISTINCT or QUALIFY.")
    known = schema[people[0].name.lower()]
    aliases = frozenset(each.alias.lower() for each in select.expressions if each.alias)
    for column in select.find_all(exp.Column):
        # The name of the table itself would be its whole row, customer and all.
        if column.name.lower() not in known and not (
            column.find_ancestor(exp.Order) and column.name.lower() in aliases
        ):
            raise GuardError(f"{people[0].name} has no column {column.name!r}; it has {', '.join(known)}.")
    keys = _group_keys(select)
    for part in (*select.expressions, select.args.get("having"), select.args.get("order")):
        if part is not None:
            _check_grouped(part, keys, aliases)
    _check_condition(select.args.get("where"))
    _require_enough_people(select)


def _check_condition(where: exp.Expr | None) -> None:
    if where is None:
        return
    if where.find(exp.Query):
        raise GuardError("a condition on single customers cannot hold another SELECT.")
    if any(column.name.lower() == PERSON_KEY for column in where.find_all(exp.Column)):
        raise GuardError("single customers cannot be picked by SQL; ask explain_customer about a customer.")
    for node in where.walk():
        # A value that cannot be converted would be named by the error, and be that of one customer.
        columns = 1 if isinstance(node, exp.Column) else sum(1 for _ in node.find_all(exp.Column))
        if columns and (type(node) not in CONDITIONS or (columns > 1 and isinstance(node, COMPARISONS))):
            raise GuardError("a condition on customers compares one column, as it is, with values.")


def _require_enough_people(select: exp.Select) -> None:
    """MINIMUM_GROUP people in every group, and as many behind every column that is averaged or added up."""
    measured = {
        aggregate.this.name
        for aggregate in select.find_all(*AGGREGATES)
        if isinstance(aggregate.this, exp.Column) and not isinstance(aggregate, exp.Count)
    }
    person: exp.Expr = exp.column(PERSON_KEY)
    counted = [person]
    for name in sorted(measured):
        is_known = exp.Not(this=exp.Is(this=exp.column(name, quoted=True), expression=exp.null()))
        counted.append(exp.Case().when(is_known, person.copy()))
    for each in counted:
        people = exp.Count(this=exp.Distinct(expressions=[each]))
        select.having(exp.GTE(this=people, expression=exp.Literal.number(MINIMUM_GROUP)), copy=False)


def _sources(select: exp.Select) -> list[exp.Table]:
    source = select.args.get("from_")
    found = [source.this] if source is not None else []
    found += [join.this for join in select.args.get("joins") or []]
    return [each for each in found if isinstance(each, exp.Table)]


def _group_keys(select: exp.Select) -> frozenset[str]:
    group = select.args.get("group")
    if group is None:
        return frozenset()
    for key in group.expressions:
        if not isinstance(key, exp.Column) or key.name.lower() == PERSON_KEY:
            raise GuardError(f"tables of customers are grouped by named columns other than {PERSON_KEY}.")
    return frozenset(key.name.lower() for key in group.expressions)


def _check_grouped(part: exp.Expr, keys: frozenset[str], aliases: frozenset[str]) -> None:
    """Every column stands in an aggregate of one bare column, or is a group key, or names another output."""
    if part.find(exp.Query, exp.Window):
        raise GuardError("figures of customers cannot be mixed with windows or inner SELECTs; aggregate them first.")
    if any(True for _ in _bare_stars(part)):
        raise GuardError("rows of single customers cannot be listed; aggregate them.")
    for aggregate in part.find_all(*AGGREGATES):
        inner = aggregate.this
        if isinstance(inner, exp.Distinct) and isinstance(aggregate, exp.Count) and len(inner.expressions) == 1:
            inner = inner.expressions[0]
        if not isinstance(inner, exp.Column | exp.Star):
            raise GuardError("an aggregate over customers takes one column as it is; put conditions into WHERE.")
        if inner.name.lower() == PERSON_KEY and not isinstance(aggregate, exp.Count):
            raise GuardError(f"{PERSON_KEY} can be counted, not shown.")
    for column in part.find_all(exp.Column):
        name = column.name.lower()
        within = column.find_ancestor(*AGGREGATES)
        is_output = isinstance(part, exp.Order) and name in aliases
        if within is None and name not in keys and not is_output:
            raise GuardError(
                f"column {column.name!r} of single customers cannot be listed; aggregate it or group by it."
            )


def _qualify(table: exp.Table, schema: Schema) -> None:
    name, columns = table.name.lower(), schema[table.name.lower()]
    alias = table.alias or name
    if is_person_level(name, schema) or not GROUP_COLUMNS & set(columns):
        table.replace(exp.alias_(exp.table_(name, db=PUBLISHED), alias, table=True))
        return
    if "customers" not in columns:
        raise GuardError(f"{name} names groups of people without their size and cannot be read here.")
    large_enough = exp.select("*").from_(exp.table_(name, db=PUBLISHED)).where(f"customers >= {MINIMUM_GROUP}")
    table.replace(large_enough.subquery(alias))


def _limited(tree: exp.Query, row_limit: int) -> exp.Query:
    """One row more than the limit is fetched, so that a cut table is known to be cut."""
    limit = tree.args.get("limit")
    if limit is None:
        return tree.limit(row_limit + 1)
    wanted = limit.expression
    if not isinstance(wanted, exp.Literal) or wanted.is_string or not wanted.name.isdigit():
        raise GuardError("LIMIT takes a whole number.")
    return tree.limit(min(int(wanted.name), row_limit + 1))
