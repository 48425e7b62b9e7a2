-- One row per customer of the run being built: scores beside the features that the analytics group by. Not kept, not published.
{{ config(materialized="table") }}
with

scores as (

    select * from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}

),

decisions as (

    select * from {{ lake_source('lake', 'decisions') }}
    where {{ slice_predicate('run') }}

),

features as (

    select * from {{ ref('customer_features') }}
    where week = {{ scored_week() }}

),

joined as (

    select

        ---------- ids
        scores.week,
        scores.run_id,
        scores.customer_id,

        ---------- groups
        features.age_band,
        coalesce(features.gender, 'Undisclosed') as gender,
        coalesce(features.location, 'Unknown') as location,
        features.platform_primary,
        features.premium_tier,
        scores.segment,
        scores.churn_risk_tier,
        scores.is_active_30d,
        case
            when not scores.is_active_30d then 'Inactive'
            when features.engagement_score < {{ var('engagement_tier_low') }} then 'Low'
            when features.engagement_score < {{ var('engagement_tier_high') }} then 'Medium'
            else 'High'
        end as engagement_tier,
        case
            when features.tenure_months < 3 then '00-02 months'
            when features.tenure_months < 6 then '03-05 months'
            when features.tenure_months < 12 then '06-11 months'
            when features.tenure_months < 24 then '12-23 months'
            else '24 months and more'
        end as tenure_band,
        case
            when not features.is_creator and features.creator_earnings_month_usd <= 0 then 'Not a creator'
            when features.creator_earnings_month_usd <= 0 then 'Creator, no earnings'
            when features.creator_earnings_month_usd < 100 then 'Creator, under 100 USD'
            else 'Creator, 100 USD and more'
        end as creator_band,

        ---------- behaviour and money
        features.tenure_days,
        features.active_days,
        features.engagement_score,
        features.creator_earnings_month_usd,
        features.total_revenue_month_usd as revenue_30d_usd,

        ---------- risk
        scores.churn_probability,
        scores.expected_ltv_12m_usd,
        scores.churn_probability * features.total_revenue_month_usd as revenue_at_risk_usd,
        scores.churn_probability * scores.expected_ltv_12m_usd as value_at_risk_usd,
        scores.reason_1,

        ---------- what to do
        scores.recommended_action,
        scores.action_name,
        decisions.channel,
        cast(decisions.action_cost_usd as double) as action_cost_usd,
        scores.expected_action_value_usd,
        scores.is_holdout,
        (scores.recommended_action != 'none' and not scores.is_holdout) as is_contacted

    from scores
    inner join features on scores.customer_id = features.customer_id
    inner join decisions on scores.customer_id = decisions.customer_id

)

select * from joined
