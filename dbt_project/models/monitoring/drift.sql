-- One row per run and test: how far a feature, a score or a first reason has moved.
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'drift') }}

),

drift as (

    select
        week,
        run_id,
        kind,
        name,
        reference,
        cast(psi as double) as psi,
        cast(limit_value as double) as limit_value,
        state,
        cast(mean as double) as mean,
        cast(reference_mean as double) as reference_mean,
        cast(customers as bigint) as customers,
        cast(reference_customers as bigint) as reference_customers
    from source

)

select * from drift
