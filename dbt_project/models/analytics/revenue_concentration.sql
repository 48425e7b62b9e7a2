-- One row per revenue decile of the run; decile 1 pays most.
with

scored_customers as (

    select * from {{ ref('scored_customers') }}

),

deciles as (

    select
        *,
        cast(ntile(10) over (order by revenue_30d_usd desc, customer_id asc) as bigint) as revenue_decile
    from scored_customers

),

revenue_concentration as (

    select
        week,
        run_id,
        revenue_decile,
        count(*) as customers,
        {{ usd('sum(revenue_30d_usd)') }} as revenue_30d_usd,
        {{ share_of_run('sum(revenue_30d_usd)') }} as revenue_share,
        {{ running_share_of_run('sum(revenue_30d_usd)', 'revenue_decile') }} as cumulative_share,
        {{ mean('churn_probability') }} as mean_churn_probability,
        {{ usd('sum(revenue_at_risk_usd)') }} as revenue_at_risk_usd
    from deciles
    group by week, run_id, revenue_decile

)

select * from revenue_concentration
