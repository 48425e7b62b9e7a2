-- One row per sign-up quarter and activity week, for the weeks up to the scored one.
with

activity as (

    select
        week as activity_week,
        customer_id,
        active_days
    from {{ ref('activity') }}
    where
        week > {{ add_weeks(scored_week(), -var('retention_lookback_weeks')) }}
        and week <= {{ scored_week() }}

),

accounts as (

    -- The accounts of the scored week: an erased account leaves every cohort and week.
    select
        customer_id,
        cast(extract(year from signup_at) as varchar) || '-Q' || cast(extract(quarter from signup_at) as varchar) as signup_cohort,
        cast(date_trunc('week', date_trunc('quarter', signup_at)) as date) as first_week_of_cohort
    from {{ ref('customers') }}
    where week = {{ scored_week() }}

),

counted as (

    select
        accounts.signup_cohort,
        activity.activity_week,
        accounts.first_week_of_cohort,
        count(*) as customers,
        count(case when activity.active_days > 0 then 1 end) as active_customers
    from activity
    inner join accounts on activity.customer_id = accounts.customer_id
    group by accounts.signup_cohort, activity.activity_week, accounts.first_week_of_cohort

),

cohort_retention as (

    select
        {{ scored_week() }} as week,
        {{ run_id() }} as run_id,
        signup_cohort,
        activity_week,
        cast({{ days_between('first_week_of_cohort', 'activity_week') }} / 7 as bigint) as weeks_since_first,
        customers,
        active_customers,
        {{ rate('active_customers', 'customers') }} as retention_rate
    from counted

)

select * from cohort_retention
