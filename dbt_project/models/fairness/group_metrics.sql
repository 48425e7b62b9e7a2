-- One row per audited group of the run.
with

source as (

    select * from {{ lake_source('lake', 'fairness') }}
    where {{ slice_predicate('run') }}

),

fairness as (

    select
        week,
        run_id,
        model_version,
        attribute,
        group_name,
        cast(customers as bigint) as customers,
        cast(positives as bigint) as positives,
        cast(selection_rate as double) as selection_rate,
        cast(selection_rate_ratio as double) as selection_rate_ratio,
        cast(ratio_lower as double) as ratio_lower,
        cast(ratio_upper as double) as ratio_upper,
        cast(tpr as double) as tpr,
        cast(fpr as double) as fpr,
        cast(tpr_gap as double) as tpr_gap,
        cast(fpr_gap as double) as fpr_gap,
        cast(gap_upper as double) as gap_upper,
        cast(calibration_gap as double) as calibration_gap,
        cast(calibration_lower as double) as calibration_lower,
        cast(calibration_upper as double) as calibration_upper,
        state
    from source

)

select * from fairness
