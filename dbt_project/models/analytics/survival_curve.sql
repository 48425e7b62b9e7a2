-- One row per week ahead of the run: predicted and observed survival of held-out customers.
with

source as (

    select * from {{ lake_source('lake', 'survival') }}
    where {{ slice_predicate('run') }}

),

survival as (

    select
        week,
        run_id,
        cast(week_ahead as bigint) as week_ahead,
        cast(customers as bigint) as customers,
        cast(predicted as double) as predicted,
        cast(observed as double) as observed,
        cast(lower as double) as lower,
        cast(upper as double) as upper
    from source

)

select * from survival
