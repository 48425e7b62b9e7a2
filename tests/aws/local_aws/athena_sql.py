"""Athena's SQL as DuckDB's, with the meaning that Athena gives it where the two differ silently."""

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

MACROS = "create macro to_utf8(x) as encode(x); create macro from_utf8(x) as decode(x);"
"""Functions that sqlglot leaves as they are and DuckDB lacks."""


def to_duckdb(tree: exp.Expression) -> str:
    """A statement in Athena's dialect as DuckDB's text."""
    root = tree.copy()
    # Children before their parents: a replaced parent takes along what its children have become.
    for node in reversed(list(root.walk())):
        translated = _translate(node)
        if translated is not node:
            if node is root:
                root = translated
            else:
                node.replace(translated)
    return root.sql(DuckDB)


def _translate(node: exp.Expression) -> exp.Expression:
    if isinstance(node, (exp.DateDiff, exp.TimestampDiff)):
        # Athena counts complete units; DuckDB's date_diff counts boundaries.
        unit = (node.text("unit") or "day").lower()
        return exp.Anonymous(this="date_sub", expressions=[exp.Literal.string(unit), node.expression, node.this])
    if isinstance(node, exp.Div):
        node.set("typed", False)  # the connection's integer_division decides, as the types are not known here
        return node
    if isinstance(node, exp.Concat):
        return _concat(node)
    if isinstance(node, (exp.Greatest, exp.Least)):
        return _null_if_any(node)
    if isinstance(node, exp.Anonymous):
        return _function(node)
    return node


def _concat(node: exp.Concat) -> exp.Expression:
    # A null among the arguments makes the result null; DuckDB's concat skips it.
    joined = node.expressions[0]
    for each in node.expressions[1:]:
        joined = exp.DPipe(this=joined, expression=each)
    return exp.Paren(this=joined)


def _null_if_any(node: exp.Expression) -> exp.Expression:
    arguments = [node.this, *node.expressions]
    condition = exp.or_(*[exp.Is(this=each.copy(), expression=exp.Null()) for each in arguments])
    function = exp.Anonymous(this=type(node).__name__.lower(), expressions=[each.copy() for each in arguments])
    return exp.Case(ifs=[exp.If(this=condition, true=exp.Null())], default=function)


def _function(node: exp.Anonymous) -> exp.Expression:
    name = node.name.lower()
    renamed = {"day_of_week": "isodow", "dow": "isodow", "element_at": "list_extract", "try": "try"}
    if name in renamed:
        return exp.Anonymous(this=renamed[name], expressions=node.expressions)
    return node
