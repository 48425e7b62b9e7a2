-- One row per stage of the run: what it took here (measured), and what it would have cost on AWS (estimated).
{# A view: the rows of a run are written when its week is published, after this model is built. #}
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'costs') }}

),

costs as (

    select
        week,
        run_id,
        stage,
        cast(customers as bigint) as customers,
        cast(seconds as double) as seconds,
        cast(billed_seconds as double) as billed_seconds,
        cast(vcpu as double) as vcpu,
        cast(gb as double) as gb,
        cast(compute_usd as double) as compute_usd,
        cast(scan_usd as double) as scan_usd,
        cast(requests_usd as double) as requests_usd,
        cast(logs_usd as double) as logs_usd,
        cast(usd as double) as usd,
        price_list
    from source

)

select * from costs
