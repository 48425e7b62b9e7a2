-- One row per run: how far the scores have moved since the last published week before; null when there is none.
with

previous_run as (

    {{ previous_published_run() }}

),

now as (

    select
        avg(churn_probability) as mean_probability,
        count(*) as customers
    from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}

),

before as (

    select
        max(scores.week) as previous_week,
        avg(scores.churn_probability) as mean_probability
    from {{ ref('customer_scores') }} as scores
    inner join previous_run on scores.week = previous_run.week and scores.run_id = previous_run.run_id

),

shares as (

    -- An empty bin counts as one in ten thousand: the logarithm of zero has no value.
    select
        greatest({{ safe_divide('customers', 'sum(customers) over ()', '0.0e0') }}, 0.0001e0) as share,
        greatest({{ safe_divide('previous_customers', 'sum(previous_customers) over ()', '0.0e0') }}, 0.0001e0) as previous_share
    from {{ ref('score_distribution') }}
    where {{ slice_predicate('run') }}

),

stability as (

    -- Population stability index: the sum of (share - previous share) * ln(share / previous share).
    select sum((share - previous_share) * ln(share / previous_share)) as psi
    from shares

),

score_drift as (

    select
        {{ scored_week() }} as week,
        {{ run_id() }} as run_id,
        before.previous_week,
        case when before.previous_week is not null then round(stability.psi, 6) end as psi,
        round(now.mean_probability, 6) as mean_probability,
        round(before.mean_probability, 6) as previous_mean_probability,
        now.customers
    from now
    cross join before
    cross join stability

)

select * from score_drift
