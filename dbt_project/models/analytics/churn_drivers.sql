-- One row per population, theme and direction of the run: how many customers have the theme among their three reasons.
with

scores as (

    select
        *,
        churn_risk_tier in ('High', 'Critical') as is_at_risk
    from {{ ref('customer_scores') }}
    where {{ slice_predicate('run') }}

),

population_sizes as (

    select
        count(*) as all_customers,
        count(case when is_at_risk then 1 end) as at_risk_customers
    from scores

),

reasons as (
    {% for rank in range(1, 4) %}
    select
        week,
        run_id,
        customer_id,
        is_at_risk,
        reason_{{ rank }} as reason,
        reason_{{ rank }}_theme as theme,
        reason_{{ rank }}_direction as direction,
        reason_{{ rank }}_contribution as contribution
    from scores
    where reason_{{ rank }}_theme is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

populations as (

    select
        'all' as population,
        reasons.*
    from reasons
    union all
    select
        'at_risk' as population,
        reasons.*
    from reasons
    where is_at_risk

),

churn_drivers as (

    select
        populations.week,
        populations.run_id,
        populations.population,
        populations.theme,
        populations.direction,
        count(*) as customers,
        {{ rate('count(*)', "max(case when populations.population = 'all' then all_customers else at_risk_customers end)") }}
            as customer_share,
        round(avg(populations.contribution), 6) as mean_contribution,
        -- The strongest contribution; the customer's id decides between equals.
        max_by(populations.reason, row(abs(populations.contribution), populations.customer_id)) as example_reason
    from populations
    cross join population_sizes
    group by populations.week, populations.run_id, populations.population, populations.theme, populations.direction

)

select * from churn_drivers
