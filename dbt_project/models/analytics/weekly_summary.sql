-- One row per run: the figures of the week.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

weekly_summary as (

    select
        week,
        run_id,
        count(*) as customers,
        count(case when is_active_30d then 1 end) as active_customers_30d,
        {{ mean_daily('active_days') }} as daily_active_users,
        count(case when tenure_days < 7 then 1 end) as new_customers,
        {{ mean('engagement_score') }} as mean_engagement_score,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        round(sum(churn_probability), 2) as expected_leavers,
        round(sum(case when is_active_30d then churn_probability else 0 end), 2) as expected_leavers_active,
        {{ usd('sum(revenue_at_risk_usd)') }} as revenue_at_risk_usd,
        count(case when churn_risk_tier in ('High', 'Critical') then 1 end) as high_risk_customers,
        count(case when is_contacted then 1 end) as actions,
        {{ usd('sum(case when is_contacted then action_cost_usd else 0 end)') }} as action_cost_usd,
        {{ usd('sum(case when is_contacted then expected_action_value_usd else 0 end)') }} as expected_action_value_usd,
        count(case when is_holdout then 1 end) as holdout_customers
    from scored_customers
    group by week, run_id

)

select * from weekly_summary
