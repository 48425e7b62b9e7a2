-- One row per customer of a sample: the features of one past week, and whether a silence began at each of eight weeks.
{% set first = 1 - var('outcome_weeks') - var('survival_weeks') -%}
with

customer_features as (

    select * from {{ ref('customer_features') }}

),

customer_weeks as (

    {# What is read twice is written out in between: the keys only, not the wide rows. #}
    select
        week,
        customer_id
    from {{ ref('customer_features') }}

),

customer_outcomes as (

    select
        week,
        customer_id,
        churned_30d
    from {{ ref('customer_outcomes') }}
    where
        week > {{ add_weeks(scored_week(), -var('outcome_weeks') - var('survival_weeks')) }}
        and week <= {{ add_weeks(scored_week(), -var('outcome_weeks')) }}

),

loaded as (

    select min(week) as first_week from customer_weeks

),

followed as (

    {# The features of a week look back four weeks, so the first four that are loaded are not like those that are scored.
       At least three outcomes must follow, even when that leaves less to look back on. -#}
    select
        greatest(
            first_week,
            least(
                {{ add_weeks(scored_week(), -2 - var('outcome_weeks')) }},
                greatest({{ add_weeks('first_week', 4) }}, {{ add_weeks(scored_week(), first) }})
            )
        ) as week
    from loaded

),

numbered as (

    {# Narrow, as it is sorted. #}
    select
        customer_weeks.week,
        customer_weeks.customer_id,
        row_number() over (order by customer_weeks.customer_id) as place,
        count(*) over () as places
    from customer_weeks
    inner join followed on customer_weeks.week = followed.week

),

sampled as (

    select
        week,
        customer_id
    from numbered
    where mod(place, greatest(1, cast(round(places / {{ var('survival_customers') }}.0) as bigint))) = 0

),

silences as (

    select
        {% for number in range(var('survival_weeks')) -%}
        max(
            case
                when customer_outcomes.week = {{ add_weeks(scored_week(), first + number) }}
                    then case when customer_outcomes.churned_30d then 1 else 0 end
            end
        ) as silent_{{ number }},
        {% endfor -%}
        customer_outcomes.customer_id
    from customer_outcomes
    inner join sampled on customer_outcomes.customer_id = sampled.customer_id
    group by customer_outcomes.customer_id

),

survival_set as (

    select
        customer_features.*,
        {%- for number in range(var('survival_weeks')) %}
        silences.silent_{{ number }},
        {%- endfor %}
        case
            {%- for number in range(var('survival_weeks')) %}
            when customer_features.week = {{ add_weeks(scored_week(), first + number) }} then {{ number }}
            {%- endfor %}
        end as followed_from
    from customer_features
    inner join sampled
        on customer_features.week = sampled.week and customer_features.customer_id = sampled.customer_id
    inner join silences on customer_features.customer_id = silences.customer_id

)

select * from survival_set
where followed_from is not null
