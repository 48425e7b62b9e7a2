{# Aggregates of a run, rounded: a sum of doubles depends on the order in which the engine adds them, in its last digits, and the
   same week run twice must give the same table. Amounts to a cent, rates and means to six digits. #}

{% macro usd(expression) -%}
    round({{ expression }}, 2)
{%- endmacro %}

{% macro mean(expression) -%}
    round(avg({{ expression }}), 6)
{%- endmacro %}

{% macro rate(part, whole) -%}
    round({{ safe_divide(part, whole, '0.0e0') }}, 6)
{%- endmacro %}

{# A group's share of the run, in a query that is grouped: `aggregate` over its sum across groups. #}
{% macro share_of_run(aggregate) -%}
    {{ rate(aggregate, 'sum(' ~ aggregate ~ ') over ()') }}
{%- endmacro %}

{# The share of this group and all groups before it. #}
{% macro running_share_of_run(aggregate, order_by) -%}
    {{ rate(
        'sum(' ~ aggregate ~ ') over (order by ' ~ order_by ~ ' rows between unbounded preceding and current row)',
        'sum(' ~ aggregate ~ ') over ()'
    ) }}
{%- endmacro %}

{# Mean daily active users of a week, from the active days of each customer. #}
{% macro mean_daily(active_days) -%}
    round({{ safe_divide('sum(' ~ active_days ~ ')', 7) }}, 6)
{%- endmacro %}

{# 0 .. 19: the twentieth of 0-1 that a probability lies in; 1 belongs to the last. #}
{% macro score_bin(probability) -%}
    least(cast(floor(20 * {{ probability }}) as bigint), 19)
{%- endmacro %}
