-- One row per subscription tier of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

premium_vs_free as (

    select
        week,
        run_id,
        premium_tier,
        count(*) as customers,
        count(case when is_active_30d then 1 end) as active_customers,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ mean('engagement_score') }} as mean_engagement_score,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ usd('avg(expected_ltv_12m_usd)') }} as mean_expected_ltv_12m_usd
    from scored_customers
    group by week, run_id, premium_tier

)

select * from premium_vs_free
