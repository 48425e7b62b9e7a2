-- One row per raw table of the week: rows in are rows kept or rows quarantined.
with

source as (

    select * from {{ lake_source('lake', 'accounting') }}
    where week = {{ scored_week() }}

),

accounting as (

    select
        week,
        {{ run_id() }} as run_id,
        source_table,
        cast(rows_in as bigint) as rows_in,
        cast(rows_kept as bigint) as rows_kept,
        cast(rows_quarantined as bigint) as rows_quarantined,
        round({{ safe_divide('rows_quarantined', 'rows_in', '0.0e0') }}, 6) as quarantined_share
    from source

)

select * from accounting
