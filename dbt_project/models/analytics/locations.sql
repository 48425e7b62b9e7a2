-- One row per metro area of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

locations as (

    select
        week,
        run_id,
        location,
        count(*) as customers,
        count(case when is_active_30d then 1 end) as active_customers,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ usd('sum(revenue_at_risk_usd)') }} as revenue_at_risk_usd
    from scored_customers
    group by week, run_id, location

)

select * from locations
