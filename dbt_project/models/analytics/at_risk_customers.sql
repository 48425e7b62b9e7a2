-- One row per customer among the most valuable at risk of the run, active ones only; rank 1 has the most value at risk.
with

active_customers as (

    select * from {{ ref('scored_customers') }}
    where is_active_30d

),

ranked as (

    select
        *,
        row_number() over (order by value_at_risk_usd desc, customer_id asc) as risk_rank
    from active_customers

),

at_risk_customers as (

    select
        week,
        run_id,
        risk_rank,
        customer_id,
        churn_probability,
        churn_risk_tier,
        segment,
        expected_ltv_12m_usd,
        value_at_risk_usd,
        reason_1,
        recommended_action
    from ranked
    where risk_rank <= {{ var('at_risk_rows') }}

)

select * from at_risk_customers
