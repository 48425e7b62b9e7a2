-- One row per week and customer whose label is known: the label as it was delivered.
{# Takes the place of models/features/customer_outcomes.sql for a labelled snapshot. Nothing later was seen, so next month is today for
   those who stayed, and nothing for those who left: an assumption that the docs and the reports state. -#}
with

customers as (

    select
        customer_id,
        churned
    from {{ ref('customers') }}
    where week = {{ this_week() }} and churned is not null

),

activity_trends as (

    select
        customer_id,
        engagement_score
    from {{ ref('activity_trends') }}

),

billing as (

    select
        customer_id,
        {{ total_revenue_month_usd() }} as total_revenue_month_usd
    from {{ ref('billing') }}
    where week = {{ this_week() }}

),

outcomes as (

    select
        {{ this_week() }} as week,
        customers.customer_id,
        customers.churned as churned_30d,
        case when customers.churned then 0.0e0 else activity_trends.engagement_score end as engagement_next_30d,
        case when customers.churned then 0.0e0 else billing.total_revenue_month_usd end as revenue_next_30d_usd
    from customers
    inner join activity_trends on customers.customer_id = activity_trends.customer_id
    inner join billing on customers.customer_id = billing.customer_id

)

select * from outcomes
