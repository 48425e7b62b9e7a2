-- One row per slice of the held-out customers of the run: predicted and observed churn.
with

source as (

    select * from {{ lake_source('lake', 'slices') }}
    where {{ slice_predicate('run') }}

),

slices as (

    select
        week,
        run_id,
        attribute,
        slice_name,
        cast(customers as bigint) as customers,
        cast(leavers as bigint) as leavers,
        cast(predicted as double) as predicted,
        cast(observed as double) as observed,
        cast(observed_lower as double) as observed_lower,
        cast(observed_upper as double) as observed_upper,
        cast(calibration_error as double) as calibration_error
    from source

)

select * from slices
