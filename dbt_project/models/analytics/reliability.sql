-- One row per bin of predicted probability of the run.
with

source as (

    select * from {{ lake_source('lake', 'reliability') }}
    where {{ slice_predicate('run') }}

),

rows_of_run as (

    select
        week,
        run_id,
        cast(bin as bigint) as bin,
        cast(predicted as double) as predicted,
        cast(observed as double) as observed,
        cast(lower as double) as lower,
        cast(upper as double) as upper,
        cast(customers as bigint) as customers
    from source

)

select * from rows_of_run
