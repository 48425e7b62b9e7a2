-- One row per engagement tier of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

engagement_tiers as (

    select
        week,
        run_id,
        engagement_tier,
        count(*) as customers,
        {{ share_of_run('count(*)') }} as customer_share,
        {{ mean_daily('active_days') }} as daily_active_users,
        {{ mean('engagement_score') }} as mean_engagement_score,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd
    from scored_customers
    group by week, run_id, engagement_tier

)

select * from engagement_tiers
