-- One row per gate and asset of the run.
{# A view: the last verdicts of a week are written when it is published, after this model is built. #}
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'gates') }}

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
