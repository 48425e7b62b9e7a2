-- One row per segment of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

by_segment as (

    select
        week,
        run_id,
        segment,
        count(*) as customers,
        {{ share_of_run('count(*)') }} as customer_share,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ mean('engagement_score') }} as mean_engagement_score,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ usd('avg(expected_ltv_12m_usd)') }} as mean_expected_ltv_12m_usd,
        {{ usd('sum(value_at_risk_usd)') }} as value_at_risk_usd
    from scored_customers
    group by week, run_id, segment

)

select * from by_segment
