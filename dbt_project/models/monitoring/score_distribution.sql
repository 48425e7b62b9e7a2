-- One row per bin of churn probability, twentieths of 0-1: customers now, and in the last published week before.
with

previous_run as (

    {{ previous_published_run() }}

),

current_counts as (

    select
        {{ score_bin('churn_probability') }} as score_bin,
        count(*) as customers
    from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}
    group by {{ score_bin('churn_probability') }}

),

previous_counts as (

    select
        {{ score_bin('scores.churn_probability') }} as score_bin,
        count(*) as customers
    from {{ ref('customer_scores') }} as scores
    inner join previous_run on scores.week = previous_run.week and scores.run_id = previous_run.run_id
    group by {{ score_bin('scores.churn_probability') }}

),

bins as (

    select cast(score_bin as bigint) as score_bin
    from (
        values
        {% for bin in range(20) -%}
        ({{ bin }}){{ ',' if not loop.last }}
        {% endfor %}
    ) as listed (score_bin)

),

score_distribution as (

    select
        {{ scored_week() }} as week,
        {{ run_id() }} as run_id,
        bins.score_bin,
        coalesce(current_counts.customers, 0) as customers,
        coalesce(previous_counts.customers, 0) as previous_customers
    from bins
    left join current_counts on bins.score_bin = current_counts.score_bin
    left join previous_counts on bins.score_bin = previous_counts.score_bin

)

select * from score_distribution
