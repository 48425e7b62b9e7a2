-- One row per model and feature of the run.
with

source as (

    select * from {{ lake_source('lake', 'importance') }}
    where {{ slice_predicate('run') }}

),

rows_of_run as (

    select
        week,
        run_id,
        model,
        feature,
        label,
        theme,
        cast(importance as double) as importance
    from source

)

select * from rows_of_run
