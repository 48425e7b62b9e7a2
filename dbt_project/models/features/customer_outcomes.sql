-- One row per week and customer, for matured weeks only: what happened in the label window after as_of, (as_of, as_of + horizon_days].
{# The window is whole weeks, and for 30 days the first two days of a fifth: `rest` are the days of the last, broken week. #}
{%- set weeks = var('outcome_weeks') -%}
{%- set whole = var('horizon_days') // 7 -%}
{%- set rest = var('horizon_days') % 7 -%}
with

{# The inner joins make a week without its last extract, or a customer with a hole in the window, yield no outcome rather
   than a wrong one. -#}
{% for ahead in range(1, weeks + 1) -%}
after_{{ ahead }} as (

    select
        customer_id,
        {{ engagement_score_week() }} as engagement_score_week,
        {% if ahead == 1 -%}
        coalesce(last_active_at > {{ as_of('week', -7) }}, false) as was_active
        {%- elif ahead > whole -%}
        coalesce(first_active_at <= {{ as_of('week', rest - 7) }}, false) as was_active
        {%- else -%}
        last_active_at is not null as was_active
        {%- endif %}
    from {{ ref('activity') }}
    where week = {{ add_weeks(this_week(), ahead) }}

),

{% endfor -%}
{% for ahead in range(whole, weeks + 1) -%}
billing_{{ ahead }} as (

    select
        customer_id,
        {{ total_revenue_month_usd() }} as total_revenue_month_usd
    from {{ ref('billing') }}
    where week = {{ add_weeks(this_week(), ahead) }}

),

{% endfor -%}
outcomes as (

    select
        {{ this_week() }} as week,
        after_1.customer_id,
        (
            not after_1.was_active
            {% for ahead in range(2, weeks + 1) -%}
            and not after_{{ ahead }}.was_active
            {% endfor %}
        ) as churned_30d,
        round(
            (
                7 * (
                    after_1.engagement_score_week
                    {% for ahead in range(2, whole + 1) -%}
                    + after_{{ ahead }}.engagement_score_week
                    {% endfor %}
                ){% if rest %} + {{ rest }} * after_{{ weeks }}.engagement_score_week{% endif %}
            ) / {{ var('horizon_days') }},
            6
        ) as engagement_next_30d,
        {% if rest -%}
        -- Billing columns look back as far as the window reaches: the extracts before and after its end, interpolated.
        ({{ 7 - rest }} * billing_{{ whole }}.total_revenue_month_usd + {{ rest }} * billing_{{ weeks }}.total_revenue_month_usd)
        / 7 as revenue_next_30d_usd
        {%- else -%}
        billing_{{ whole }}.total_revenue_month_usd as revenue_next_30d_usd
        {%- endif %}
    from after_1
    {% for ahead in range(2, weeks + 1) -%}
    inner join after_{{ ahead }} on after_1.customer_id = after_{{ ahead }}.customer_id
    {% endfor -%}
    {% for ahead in range(whole, weeks + 1) -%}
    inner join billing_{{ ahead }} on after_1.customer_id = billing_{{ ahead }}.customer_id
    {% endfor %}
)

select * from outcomes
