-- One row per share of customers contacted, of the run.
with

source as (

    select * from {{ lake_source('lake', 'lift') }}
    where {{ slice_predicate('run') }}

),

rows_of_run as (

    select
        week,
        run_id,
        cast(share_contacted as double) as share_contacted,
        cast(customers as bigint) as customers,
        cast(expected_leavers as double) as expected_leavers,
        cast(false_alarms as double) as false_alarms,
        cast(precision as double) as precision,
        cast(recall as double) as recall,
        cast(lift as double) as lift
    from source

)

select * from rows_of_run
