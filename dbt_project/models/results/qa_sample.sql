-- One row per sampled customer of the run: the same number from each quartile of churn probability, for review by people.
with

scores as (

    select * from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}

),

quartiles as (

    select
        customer_id,
        week,
        cast(ntile(4) over (order by churn_probability, customer_id) as bigint) as score_quartile
    from scores

),

shuffled as (

    -- A hash of customer and week: another sample each week, the same sample when a week is run again.
    select
        customer_id,
        score_quartile,
        row_number() over (
            partition by score_quartile
            order by {{ text_hash("customer_id || cast(week as varchar)") }}
        ) as place
    from quartiles

),

qa_sample as (

    select
        scores.*,
        shuffled.score_quartile
    from scores
    inner join shuffled on scores.customer_id = shuffled.customer_id
    where shuffled.place <= {{ var('qa_sample_rows') // 4 }}

)

select * from qa_sample
