-- One row per run, population and metric: what its scores promised, and what they turned out to be.
{# A view: outcomes become known five weeks after the run, in files that a later run writes. #}
{{ config(materialized='view') }}

with

source as (

    select * from {{ lake_source('lake', 'performance') }}

),

estimated as (

    select * from source
    where kind = 'estimated'

),

realised as (

    select * from source
    where kind = 'realised'

),

performance as (

    select
        estimated.week,
        estimated.run_id,
        estimated.model_version,
        estimated.population,
        estimated.metric,
        cast(estimated.customers as bigint) as customers,
        cast(estimated.value as double) as estimated_value,
        cast(estimated.lower as double) as estimated_lower,
        cast(estimated.upper as double) as estimated_upper,
        cast(realised.customers as bigint) as realised_customers,
        cast(realised.value as double) as realised_value,
        cast(realised.lower as double) as realised_lower,
        cast(realised.upper as double) as realised_upper,
        cast(realised.value - estimated.value as double) as gap,
        realised.measured_in_week,
        coalesce(realised.value between estimated.lower and estimated.upper, false) as is_as_estimated
    from estimated
    left join realised
        on
            estimated.week = realised.week
            and estimated.run_id = realised.run_id
            and estimated.population = realised.population
            and estimated.metric = realised.metric

)

select * from performance
