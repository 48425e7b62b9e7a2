-- One row per gate and asset of the run.
with

source as (

    select * from {{ lake_source('lake', 'gates') }}
    where {{ slice_predicate('run') }}

),

gates as (

    select
        week,
        run_id,
        gate,
        asset,
        state,
        cast(value as double) as value,
        limit_text,
        message,
        {{ as_timestamp('evaluated_at') }} as evaluated_at
    from source

)

select * from gates
