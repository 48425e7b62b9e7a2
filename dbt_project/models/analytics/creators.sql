-- One row per creator band of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

creators as (

    select
        week,
        run_id,
        creator_band,
        count(*) as customers,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ mean('engagement_score') }} as mean_engagement_score,
        {{ usd('sum(creator_earnings_month_usd)') }} as creator_earnings_usd,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd
    from scored_customers
    group by week, run_id, creator_band

)

select * from creators
