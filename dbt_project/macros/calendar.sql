{# Dates and timestamps, where DuckDB and Athena (Trino) differ. Timestamps are UTC without a zone. #}

{# A date moved by a whole number of days; `days` may be negative. #}
{% macro add_days(date_expression, days) -%}
    {{ return(adapter.dispatch('add_days', 'engage')(date_expression, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date_expression, days) -%}
    ({{ date_expression }} + ({{ days }}))
{%- endmacro %}

{% macro athena__add_days(date_expression, days) -%}
    date_add('day', {{ days }}, {{ date_expression }})
{%- endmacro %}

{# The week `weeks` weeks later, as a date. #}
{% macro add_weeks(week, weeks) -%}
    {{ return(add_days(week, 7 * weeks)) }}
{%- endmacro %}

{# The instant at which a week's features are known: the next Monday, 00:00 UTC, moved by `days`. #}
{% macro as_of(week, days=0) -%}
    {{ return(as_timestamp(add_days(week, 7 + days))) }}
{%- endmacro %}

{# A timestamp with the precision that the engine's Parquet tables keep: 6 digits in DuckDB, 3 in Athena's hive tables. #}
{% macro as_timestamp(expression) -%}
    {{ return(adapter.dispatch('as_timestamp', 'engage')(expression)) }}
{%- endmacro %}

{% macro duckdb__as_timestamp(expression) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}

{% macro athena__as_timestamp(expression) -%}
    cast({{ expression }} as timestamp(3))
{%- endmacro %}

{# Complete units (day, month) between two timestamps: 23 hours are 0 days. DuckDB's date_diff counts boundaries instead, so it
   is not used. #}
{% macro complete_units(unit, from_timestamp, to_timestamp) -%}
    {{ return(adapter.dispatch('complete_units', 'engage')(unit, from_timestamp, to_timestamp)) }}
{%- endmacro %}

{% macro duckdb__complete_units(unit, from_timestamp, to_timestamp) -%}
    date_sub('{{ unit }}', {{ from_timestamp }}, {{ to_timestamp }})
{%- endmacro %}

{% macro athena__complete_units(unit, from_timestamp, to_timestamp) -%}
    date_diff('{{ unit }}', {{ from_timestamp }}, {{ to_timestamp }})
{%- endmacro %}

{# Days from one date to another, as an integer. #}
{% macro days_between(from_date, to_date) -%}
    {{ return(adapter.dispatch('days_between', 'engage')(from_date, to_date)) }}
{%- endmacro %}

{% macro duckdb__days_between(from_date, to_date) -%}
    ({{ to_date }} - {{ from_date }})
{%- endmacro %}

{% macro athena__days_between(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}
