-- One row per customer of the week being built: the last activity known at as_of.
{{ config(materialized="view") }}
with

activity as (

    select
        week,
        customer_id,
        last_active_at
    from {{ ref('activity') }}
    where
        week between {{ add_weeks(this_week(), -var('recency_lookback_weeks')) }} and {{ this_week() }}

),

last_activity as (

    select
        {{ this_week() }} as week,
        customer_id,
        max(last_active_at) as last_active_at
    from activity
    group by customer_id

)

select * from last_activity
