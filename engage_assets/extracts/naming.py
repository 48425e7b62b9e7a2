"""Column names: what a user calls a column, as an identifier that SQL takes without quotes on both engines."""

import re

_RESERVED = """
all alter analyse analyze and anti any array as asc asof asymmetric at authorization between binary both by case
cast check collate collation column columns concurrently constraint create cross current_date current_time
current_timestamp deallocate default deferrable delete desc describe distinct do drop else end escape except execute
exists extract false fetch for foreign freeze from full generated glob group having ilike in initially inner insert
intersect into is isnull join lambda lateral leading left like limit map natural not notnull null nullif offset on
only or order outer overlaps pivot pivot_longer pivot_wider placing positional prepare primary qualify recursive
references returning right rollup select semi show similar skip some struct summarize symmetric table tablesample
then to trailing true try_cast tuple uescape union unique unnest unpack unpivot using values variadic verbose when
where window with
"""
RESERVED = frozenset(_RESERVED.split())
"""Words that SQL keeps for itself, in DuckDB or in Athena."""

_TAKEN = """
active_days active_weeks_4w age_band as_of campaign_contacts_4w campaign_redemptions_4w churned churned_30d
creator_earnings_month_usd customer_group customer_id day days_since_last_active engagement_next_30d
engagement_score engagement_score_week event_count first_active_at gender has_left is_active_30d is_back_after_3w
is_creator last_active_at lifecycle_stage location plan_group platform_primary premium_tier revenue_next_30d_usd
row_number run_id signup_at tenure_days tenure_months total_revenue_month_usd was_there week weeks_known_before
"""
TAKEN = frozenset(_TAKEN.split())
"""Names that the platform's own tables use."""


def identifier(name: str) -> str:
    """``TotalCharges`` as total_charges; ``2nd``, ``order`` and ``week`` are made legal."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "column"
    if plain[0].isdigit():
        plain = f"c_{plain}"
    return f"{plain}_value" if plain in RESERVED or plain in TAKEN else plain


def plain_name(name: str) -> str:
    """The name as an identifier, whether or not it is taken: what its words are looked for in."""
    return words(name).replace(" ", "_")


def words(name: str) -> str:
    """The name as a reader meets it: ``TotalCharges`` as total charges."""
    plain = identifier(name)
    bare = plain.removesuffix("_value")
    return (bare if bare in RESERVED or bare in TAKEN else plain).replace("_", " ")
