-- One row per customer of the run: every prediction, its reasons, and what to do about it.
with

predictions as (

    select * from {{ lake_source('lake', 'predictions') }}
    where {{ slice_predicate('run') }}

),

decisions as (

    select * from {{ lake_source('lake', 'decisions') }}
    where {{ slice_predicate('run') }}

),

scores as (

    select

        ---------- ids
        predictions.week,
        predictions.run_id,
        predictions.customer_id,

        ---------- predictions
        predictions.lifecycle_stage,
        predictions.is_active_30d,
        cast(predictions.churn_probability as double) as churn_probability,
        predictions.churn_risk_tier,
        cast(predictions.predicted_engagement as double) as predicted_engagement,
        cast(predictions.predicted_revenue_30d_usd as double) as predicted_revenue_30d_usd,
        cast(predictions.expected_ltv_12m_usd as double) as expected_ltv_12m_usd,
        cast(predictions.expected_remaining_weeks as double) as expected_remaining_weeks,
        predictions.segment,
        cast(predictions.anomaly_score as double) as anomaly_score,
        predictions.is_anomaly,

        ---------- reasons
        {% for rank in range(1, 4) -%}
        predictions.reason_{{ rank }},
        predictions.reason_{{ rank }}_feature,
        predictions.reason_{{ rank }}_theme,
        predictions.reason_{{ rank }}_direction,
        cast(predictions.reason_{{ rank }}_contribution as double) as reason_{{ rank }}_contribution,
        {% endfor %}
        ---------- what to do
        decisions.recommended_action,
        decisions.action_name,
        cast(decisions.expected_action_value_usd as double) as expected_action_value_usd,
        decisions.is_holdout,

        ---------- provenance
        predictions.model_version,
        {{ as_timestamp('predictions.scored_at') }} as scored_at

    from predictions
    left join decisions on predictions.customer_id = decisions.customer_id

)

select * from scores
