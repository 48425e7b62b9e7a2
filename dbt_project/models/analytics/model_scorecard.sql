-- One row per model, population and metric of the run.
with

source as (

    select * from {{ lake_source('lake', 'metrics') }}
    where {{ slice_predicate('run') }}

),

metrics as (

    select
        week,
        run_id,
        model,
        model_version,
        population,
        metric,
        cast(value as double) as value,
        cast(lower as double) as lower,
        cast(upper as double) as upper
    from source

)

select * from metrics
