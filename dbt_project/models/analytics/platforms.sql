-- One row per side of the app of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

platforms as (

    select
        week,
        run_id,
        platform_primary,
        count(*) as customers,
        count(case when is_active_30d then 1 end) as active_customers,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ usd('sum(revenue_at_risk_usd)') }} as revenue_at_risk_usd
    from scored_customers
    group by week, run_id, platform_primary

)

select * from platforms
