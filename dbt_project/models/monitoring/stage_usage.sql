-- One row per stage of the run.
{# A view: the last figures of a week are written when it is published, after this model is built. #}
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'usage') }}

),

usage as (

    select
        week,
        run_id,
        stage,
        cast(seconds as double) as seconds,
        cast(cpu_seconds as double) as cpu_seconds,
        cast(peak_memory_mb as double) as peak_memory_mb,
        cast(rows as bigint) as rows,
        cast(bytes_written as bigint) as bytes_written,
        cast(bytes_scanned as bigint) as bytes_scanned
    from source

)

select * from usage
