-- One row per segment, engagement tier, location, churn band and value band of the run: what the dashboard filters and sums.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

banded as (

    select
        *,
        cast(least(floor(churn_probability * 10), 9) as bigint) as churn_band,
        case
            when expected_ltv_12m_usd < 10 then 0
            when expected_ltv_12m_usd < 50 then 1
            when expected_ltv_12m_usd < 150 then 2
            when expected_ltv_12m_usd < 500 then 3
            else 4
        end as value_band
    from scored_customers

),

customer_cells as (

    select
        week,
        run_id,
        segment,
        engagement_tier,
        location,
        churn_band,
        cast(value_band as bigint) as value_band,
        count(*) as customers,
        count(case when is_active_30d then 1 end) as active_customers,
        round(sum(churn_probability), 6) as expected_leavers,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ usd('sum(revenue_at_risk_usd)') }} as revenue_at_risk_usd,
        {{ usd('sum(value_at_risk_usd)') }} as value_at_risk_usd,
        count(case when is_contacted then 1 end) as contacts,
        {{ usd('sum(case when is_contacted then action_cost_usd else 0 end)') }} as action_cost_usd,
        {{ usd('sum(case when is_contacted then expected_action_value_usd else 0 end)') }} as expected_action_value_usd
    from banded
    group by week, run_id, segment, engagement_tier, location, churn_band, value_band

)

select * from customer_cells
