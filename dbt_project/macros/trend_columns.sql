{# Columns against the weeks before, for a query where `now` is the week and `before_1` .. `before_4` are left joins on the weeks
   before, each with a column was_there = 1. A week without a row (not signed up yet, not loaded, quarantined) is left out of
   means and counts as "no change" in differences. #}

{# x_mean_4w: mean of this week and the three before. x_delta_1w, x_delta_4w: this week minus the week 1 or 4 weeks before.
   x_ratio_4w: this week over the mean of the four weeks before, 0-5; 1 when there is nothing to compare with. #}
{% macro trend_columns(behaviours) -%}
    {%- for x in behaviours %}
        round(
            cast(now.{{ x }} + {{ sum_before(x, 3) }} as double) / (1 + {{ sum_before('was_there', 3) }}), 4
        ) as {{ x }}_mean_4w,
        round(cast(now.{{ x }} - coalesce(before_1.{{ x }}, now.{{ x }}) as double), 4) as {{ x }}_delta_1w,
        round(cast(now.{{ x }} - coalesce(before_4.{{ x }}, now.{{ x }}) as double), 4) as {{ x }}_delta_4w,
        case
            when {{ sum_before(x, 4) }} > 0
                then least(5.0e0, round(
                    cast(now.{{ x }} as double) * ({{ sum_before('was_there', 4) }}) / ({{ sum_before(x, 4) }}), 4
                ))
            when now.{{ x }} = 0 or ({{ sum_before('was_there', 4) }}) = 0 then 1.0e0
            else 5.0e0
        end as {{ x }}_ratio_4w,
    {%- endfor %}
{%- endmacro %}

{# x_last_seen: the latest value of the last five weeks that is not zero; 0 when there is none. #}
{% macro last_seen_columns(behaviours) -%}
    {%- for x in behaviours %}
        coalesce(
            nullif(now.{{ x }}, 0),
            {% for lag in range(1, 5) %}nullif(before_{{ lag }}.{{ x }}, 0), {% endfor %}
            0
        ) as {{ x }}_last_seen,
    {%- endfor %}
{%- endmacro %}

{# The sum over the `weeks` weeks before this one; a missing week adds nothing. #}
{% macro sum_before(column, weeks) -%}
    {%- set terms = [] -%}
    {%- for lag in range(1, weeks + 1) -%}
        {%- do terms.append('coalesce(before_' ~ lag ~ '.' ~ column ~ ', 0)') -%}
    {%- endfor -%}
    {{ return(terms | join(' + ')) }}
{%- endmacro %}

{# The columns that the trends of a week before need, each once. #}
{% macro trend_inputs() -%}
    {%- set columns = var('trend_behaviours') + var('last_seen_behaviours') + var('summed_behaviours') -%}
    {{ return((columns + ['active_days', 'last_active_at']) | unique | list) }}
{%- endmacro %}

{# The names that last_seen_columns and trend_columns make, in their order. #}
{% macro last_seen_column_names(behaviours) -%}
    {%- set names = [] -%}
    {%- for x in behaviours -%}
        {%- do names.append(x ~ '_last_seen') -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro trend_column_names(behaviours) -%}
    {%- set names = [] -%}
    {%- for x in behaviours -%}
        {%- for suffix in ['mean_4w', 'delta_1w', 'delta_4w', 'ratio_4w'] -%}
            {%- do names.append(x ~ '_' ~ suffix) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
