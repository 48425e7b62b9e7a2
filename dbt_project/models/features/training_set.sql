-- One row per week and customer: the features of the last matured weeks, with what happened afterwards.
with

customer_features as (

    select * from {{ ref('customer_features') }}

),

customer_outcomes as (

    -- The label window of a week ends inside the extract of outcome_weeks later, so at the scored week's as_of these are known.
    select * from {{ ref('customer_outcomes') }}
    where
        week > {{ add_weeks(scored_week(), -var('outcome_weeks') - var('training_weeks')) }}
        and week <= {{ add_weeks(scored_week(), -var('outcome_weeks')) }}

),

training_set as (

    select
        customer_features.*,
        customer_outcomes.churned_30d,
        customer_outcomes.engagement_next_30d,
        customer_outcomes.revenue_next_30d_usd
    from customer_features
    inner join customer_outcomes
        on customer_features.customer_id = customer_outcomes.customer_id and customer_features.week = customer_outcomes.week

)

select * from training_set
