"""What a guarded statement may be made of. A kind of node that is not listed here is refused."""

from sqlglot import exp

AGGREGATES = (exp.Count, exp.Sum, exp.Avg, exp.Stddev)
"""Aggregates over tables of customers. Minimum, maximum, median and quantiles would show one customer's value."""

_STRUCTURE = {
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Table, exp.TableAlias,
    exp.Column, exp.Identifier, exp.Alias, exp.Star, exp.Paren, exp.Window, exp.WindowSpec, exp.Qualify, exp.Tuple,
}  # fmt: skip
_VALUES = {exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var, exp.DataType, exp.Cast, exp.TryCast}
_OPERATORS = {
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Is, exp.Like,
    exp.ILike, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Case, exp.If,
}  # fmt: skip
_FUNCTIONS = {
    *AGGREGATES, exp.Min, exp.Max, exp.Median, exp.Coalesce, exp.Nullif, exp.Round, exp.Abs, exp.Floor, exp.Ceil,
    exp.Greatest, exp.Least, exp.Lower, exp.Upper, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead,
    exp.Extract, exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.Year, exp.Month, exp.Quarter,
}  # fmt: skip

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Is, exp.Like, exp.ILike)
CONDITIONS = frozenset({exp.Where, exp.And, exp.Or, exp.Not, exp.Paren, exp.Column, *COMPARISONS})
"""What may hold a column in a condition on tables of customers: plain comparisons, and nothing that computes."""

ALLOWED_NODES = frozenset(_STRUCTURE | _VALUES | _OPERATORS | _FUNCTIONS)

_SET_PARTS = frozenset({"this", "expression", "distinct", "with_", "order", "limit", "offset", "by_name"})
ALLOWED_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "qualify", "order", "limit",
         "offset"}
    ),
    exp.Union: _SET_PARTS,
    exp.Intersect: _SET_PARTS,
    exp.Except: _SET_PARTS,
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.Table: frozenset({"this", "db", "alias"}),
    exp.Subquery: frozenset({"this", "alias", "order", "limit", "offset"}),
    exp.Join: frozenset({"this", "on", "using", "side", "kind", "method"}),
    exp.Group: frozenset({"expressions"}),
    exp.Limit: frozenset({"expression"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Star: frozenset(),
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
}  # fmt: skip
"""Where given, the only parts that such a node may have."""
