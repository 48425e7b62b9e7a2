-- One row per customer to contact: an action that pays, and no holdout.
with

scores as (

    select * from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}

),

decisions as (

    select * from {{ lake_source('lake', 'decisions') }}
    where {{ slice_predicate('run') }}

),

action_list as (

    select
        scores.week,
        scores.run_id,
        scores.customer_id,
        scores.recommended_action,
        scores.action_name,
        decisions.channel,
        cast(decisions.action_cost_usd as double) as action_cost_usd,
        scores.expected_action_value_usd,
        scores.churn_probability,
        scores.churn_risk_tier,
        scores.reason_1
    from scores
    inner join decisions on scores.customer_id = decisions.customer_id
    where scores.recommended_action != 'none' and not scores.is_holdout

)

select * from action_list
