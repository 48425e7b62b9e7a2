-- One row per audited group of the run: how many of its customers are offered an action.
with

scored_customers as (

    select
        *,
        gender || ', ' || age_band as gender_x_age_band
    from {{ ref('scored_customers') }}

),

groups as (
    {% for attribute in ['gender', 'age_band', 'location', 'gender_x_age_band'] %}
    select
        week,
        run_id,
        '{{ attribute }}' as attribute,
        {{ attribute }} as group_name,
        is_contacted
    from scored_customers
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

offer_rates as (

    select
        week,
        run_id,
        attribute,
        group_name,
        count(*) as customers,
        count(case when is_contacted then 1 end) as offered,
        {{ rate('count(case when is_contacted then 1 end)', 'count(*)') }} as offer_rate
    from groups
    group by week, run_id, attribute, group_name

)

select * from offer_rates
