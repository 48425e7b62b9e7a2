-- One row per customer of the week being built: its activity, and how it compares with the weeks before.
{{ config(materialized="view") }}
with

{# Each week is read on its own: a shared CTE would be materialised with every week of the lake. Joins on the weeks before took a
   third of the time of window functions, and a fifth of one grouped pass over five weeks. -#}
{% for lag in range(1, 5) -%}
before_{{ lag }} as (

    select
        customer_id,
        1 as was_there,
        {{ trend_inputs() | join(',\n        ') }},
        {{ engagement_score_week() }} as engagement_score_week
    from {{ ref('activity') }}
    where week = {{ add_weeks(this_week(), -lag) }}

),

{% endfor -%}
now as (

    select
        *,
        {{ engagement_score_week() }} as engagement_score_week
    from {{ ref('activity') }}
    where week = {{ this_week() }}

),

trends as (

    select

        now.*,

        ---------- presence
        (
            now.last_active_at is not null
            {% for lag in range(1, 4) -%}
            or before_{{ lag }}.last_active_at is not null
            {% endfor -%}
            or coalesce(before_4.last_active_at > {{ as_of('now.week', -30) }}, false)
        ) as is_active_30d,
        (
            now.active_days > 0
            and {{ sum_before('was_there', 3) }} = 3
            and {{ sum_before('active_days', 3) }} = 0
        ) as is_back_after_3w,
        cast(
            case when now.active_days > 0 then 1 else 0 end
            {% for lag in range(1, 4) -%}
            + case when before_{{ lag }}.active_days > 0 then 1 else 0 end
            {% endfor %} as bigint
        ) as active_weeks_4w,
        {% for x in var('summed_behaviours') -%}
        now.{{ x }} + {{ sum_before(x, 3) }} as {{ x | replace('_week', '') }}_4w,
        {% endfor %}

        ---------- engagement of the 30 days before as_of: four whole weeks, and two days of the fifth
        round(
            (
                7 * (now.engagement_score_week + {{ sum_before('engagement_score_week', 3) }})
                + 2 * coalesce(before_4.engagement_score_week, 0)
            ) / (7 * (1 + {{ sum_before('was_there', 3) }}) + 2 * coalesce(before_4.was_there, 0)),
            6
        ) as engagement_score,

        ---------- the latest level that is not zero
        {{ last_seen_columns(var('last_seen_behaviours')) }}

        ---------- against the weeks before
        {{ trend_columns(var('trend_behaviours')) }}

        cast({{ sum_before('was_there', 4) }} as bigint) as weeks_known_before

    from now
    {% for lag in range(1, 5) -%}
    left join before_{{ lag }} on now.customer_id = before_{{ lag }}.customer_id
    {% endfor %}
)

select * from trends
