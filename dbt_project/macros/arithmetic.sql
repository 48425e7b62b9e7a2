{# Arithmetic that must not depend on the engine: division is always of doubles, and never by zero. #}

{# numerator / denominator as a double; `otherwise` (a SQL expression, default null) where the denominator is zero or null. #}
{% macro safe_divide(numerator, denominator, otherwise='null') -%}
    {%- if otherwise == 'null' -%}
        (cast({{ numerator }} as double) / nullif({{ denominator }}, 0))
    {%- else -%}
        coalesce(cast({{ numerator }} as double) / nullif({{ denominator }}, 0), {{ otherwise }})
    {%- endif -%}
{%- endmacro %}

{# 100 * part / whole, at most 100; 0 where there is no whole. least() is given no null: DuckDB skips it, Athena returns it. #}
{% macro percent_of(part, whole) -%}
    least(100.0e0, {{ safe_divide('100.0e0 * (' ~ part ~ ')', whole, '0.0e0') }})
{%- endmacro %}

{# A text that looks random and is the same on both engines: lower-case hex of MD5. For sampling, not for secrets. #}
{% macro text_hash(expression) -%}
    {{ return(adapter.dispatch('text_hash', 'engage')(expression)) }}
{%- endmacro %}

{% macro duckdb__text_hash(expression) -%}
    md5({{ expression }})
{%- endmacro %}

{% macro athena__text_hash(expression) -%}
    lower(to_hex(md5(to_utf8({{ expression }}))))
{%- endmacro %}
