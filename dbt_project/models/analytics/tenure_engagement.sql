-- One row per tenure band and engagement tier of the run.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

tenure_engagement as (

    select
        week,
        run_id,
        tenure_band,
        engagement_tier,
        count(*) as customers,
        {{ rate('count(case when is_active_30d then 1 end)', 'count(*)') }} as active_share,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd
    from scored_customers
    group by week, run_id, tenure_band, engagement_tier

)

select * from tenure_engagement
