-- One row per week and customer, for matured weeks only: what happened in the 30 days after as_of, (as_of, as_of + 30 days].
with

{# The label window is four whole weeks and the first two days of a fifth. The inner joins make a week without its fifth
   extract, or a customer with a hole in the window, yield no outcome rather than a wrong one. -#}
{% for ahead in range(1, 6) -%}
after_{{ ahead }} as (

    select
        customer_id,
        {{ engagement_score_week() }} as engagement_score_week,
        {% if ahead == 1 -%}
        coalesce(last_active_at > {{ as_of('week', -7) }}, false) as was_active
        {%- elif ahead == 5 -%}
        coalesce(first_active_at <= {{ as_of('week', -5) }}, false) as was_active
        {%- else -%}
        last_active_at is not null as was_active
        {%- endif %}
    from {{ ref('activity') }}
    where week = {{ add_weeks(this_week(), ahead) }}

),

{% endfor -%}
{% for ahead in (4, 5) -%}
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
            and not after_2.was_active
            and not after_3.was_active
            and not after_4.was_active
            and not after_5.was_active
        ) as churned_30d,
        round(
            (
                7 * (
                    after_1.engagement_score_week + after_2.engagement_score_week
                    + after_3.engagement_score_week + after_4.engagement_score_week
                ) + 2 * after_5.engagement_score_week
            ) / 30,
            6
        ) as engagement_next_30d,
        -- Billing columns look back 30 days: the extracts of day 28 and day 35, interpolated to day 30.
        (5 * billing_4.total_revenue_month_usd + 2 * billing_5.total_revenue_month_usd) / 7 as revenue_next_30d_usd
    from after_1
    {% for ahead in range(2, 6) -%}
    inner join after_{{ ahead }} on after_1.customer_id = after_{{ ahead }}.customer_id
    {% endfor -%}
    {% for ahead in (4, 5) -%}
    inner join billing_{{ ahead }} on after_1.customer_id = billing_{{ ahead }}.customer_id
    {% endfor %}
)

select * from outcomes
