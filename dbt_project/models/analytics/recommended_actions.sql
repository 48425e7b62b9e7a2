-- One row per recommended action of the run; the costs and values are of the customers to contact.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

recommended_actions as (

    select
        week,
        run_id,
        recommended_action,
        action_name,
        channel,
        count(*) as customers,
        count(case when is_holdout then 1 end) as holdout_customers,
        {{ usd('sum(case when is_contacted then action_cost_usd else 0 end)') }} as action_cost_usd,
        {{ usd('sum(case when is_contacted then expected_action_value_usd else 0 end)') }} as expected_action_value_usd,
        {{ mean('churn_probability') }} as mean_churn_probability
    from scored_customers
    group by week, run_id, recommended_action, action_name, channel

)

select * from recommended_actions
