-- One row per week and customer, weeks first_week .. last_week: the last activity known at as_of.
{{ config(materialized="view") }}
{% set lookback = add_weeks(first_week(), -var('recency_lookback_weeks')) -%}
with

{# Each part reads its own weeks, so that building one week runs no window over the history. -#}
history as (

    select min(week) as first_loaded_week
    from {{ ref('activity') }}
    where week between {{ lookback }} and {{ last_week() }}

),

before_range as (

    select
        customer_id,
        max(last_active_at) as last_active_at
    from {{ ref('activity') }}
    where
        week >= {{ lookback }}
        and week < {{ first_week() }}
        and last_active_at is not null
    group by customer_id

),

in_range as (

    select
        week,
        customer_id,
        max(last_active_at) over (
            partition by customer_id
            order by week
            rows between unbounded preceding and current row
        ) as last_active_at
    from {{ ref('activity') }}
    where week between {{ first_week() }} and {{ last_week() }}

),

carried_forward as (

    select
        in_range.week,
        in_range.customer_id,
        history.first_loaded_week,
        coalesce(in_range.last_active_at, before_range.last_active_at) as last_active_at
    from in_range
    cross join history
    left join before_range on in_range.customer_id = before_range.customer_id

)

select * from carried_forward
