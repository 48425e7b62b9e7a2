-- One row per run, metric and decile: the churn model beside the sealed truth. Empty on weeks that were not simulated.
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'scorecard') }}

),

scorecard as (

    select
        week,
        run_id,
        metric,
        cast(decile as bigint) as decile,
        cast(value as double) as value,
        cast(lower as double) as lower,
        cast(upper as double) as upper,
        cast(customers as bigint) as customers,
        measured_on_week
    from source

)

select * from scorecard
