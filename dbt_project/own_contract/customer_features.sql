-- One row per week and customer: what was known before as_of, by the columns of the user's contract. The query builds one week.
{# Takes the place of models/features/customer_features.sql when a home has a contract of its own. The lists come from the contract:
   own_features (columns of staging and of the trends), own_models (hand-written models that join), contract_kind. -#}
{%- set is_history = var('contract_kind') == 'history' -%}
with

activity_trends as (

    select * from {{ ref('activity_trends') }}

),

customers as (

    select * from {{ ref('customers') }}
    where week = {{ this_week() }}

),

billing as (

    select * from {{ ref('billing') }}
    where week = {{ this_week() }}

),
{% for own_model in var('own_models') %}
{{ own_model }} as (

    select * from {{ ref(own_model) }}

),
{% endfor %}
joined as (

    select
        activity_trends.*,
        {% for column in var('profile_columns') + var('billing_columns') -%}
        {{ column }},
        {% endfor -%}
        {% for own_model, columns in var('own_models').items() -%}
        {% for column in columns -%}
        {{ own_model }}.{{ column }},
        {% endfor -%}
        {% endfor -%}
        {{ total_revenue_month_usd() }} as total_revenue_month_usd,
        {{ as_of('customers.week') }} as as_of,
        customers.signup_at,
        coalesce(customers.last_seen_at, customers.signup_at) as last_known_active_at
    from customers
    inner join activity_trends on customers.customer_id = activity_trends.customer_id
    inner join billing on customers.customer_id = billing.customer_id
    {% for own_model in var('own_models') -%}
    left join {{ own_model }} on customers.customer_id = {{ own_model }}.customer_id
    {% endfor %}
),

known as (

    select
        joined.*,
        {{ complete_units('day', 'signup_at', 'as_of') }} as tenure_days,
        {{ complete_units('month', 'signup_at', 'as_of') }} as tenure_months,
        {{ complete_units('day', 'last_known_active_at', 'as_of') }} as days_since_last_active
    from joined

),

features as (

    select

        ---------- ids
        week,
        customer_id,

        ---------- population, and attributes that are audited but never model inputs
        {% if is_history -%}
        (days_since_last_active < {{ var('horizon_days') }}) as is_active_30d,
        case
            when tenure_days < 30 then 'new'
            when days_since_last_active >= {{ var('horizon_days') }} then 'lapsed'
            when is_back_after_3w then 'returned'
            when active_days_ratio_4w < 0.5 then 'slipping'
            else 'active'
        end as lifecycle_stage,
        false as has_left,
        {%- else -%}
        true as is_active_30d,
        'active' as lifecycle_stage,
        coalesce(churned, false) as has_left,
        {%- endif %}
        coalesce(age_band, 'Not given') as age_band,
        gender,
        location,

        ---------- groups that the analytics show
        coalesce(plan_group, 'All plans') as premium_tier,
        coalesce(customer_group, 'All customers') as platform_primary,
        false as is_creator,
        cast(0 as double) as creator_earnings_month_usd,
        tenure_months,
        engagement_score,
        engagement_score_week,
        total_revenue_month_usd,
        {% if is_history -%}
        cast(active_days_total as double) / greatest(tenure_days, 1) as active_share,
        cast(greatest(tenure_days - days_since_last_active, 0) as double) / nullif(active_days_total - 1, 0) as days_between_active,
        least(100.0e0, cast(days_since_last_active as double) * nullif(active_days_total - 1, 0)
            / greatest(tenure_days - days_since_last_active, 1)) as recency_ratio,
        active_weeks_4w,
        {% endif -%}
        tenure_days,
        days_since_last_active,
        active_days
        {%- for column in var('own_features') -%}
        ,
        {{ column }}
        {%- endfor %}

    from known

)

select * from features
