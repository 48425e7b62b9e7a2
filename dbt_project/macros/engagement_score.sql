{# The engagement of one week, 0-1, from the columns of staging.activity:
   presence + interaction_weight * greatest(social, dating); each part is the sum of weight * least(value / cap, 1).
   Weights and caps are variables of dbt_project.yml, which explains them. #}
{% macro engagement_score_week() -%}
    round(
        {{ capped_sum(var('engagement_presence')) }}
        + {{ var('engagement_interaction_weight') }} * greatest(
            {{ capped_sum(var('engagement_social')) }},
            {{ capped_sum(var('engagement_dating')) }}
        ),
        6
    )
{%- endmacro %}

{% macro capped_sum(parts) -%}
    {%- set terms = [] -%}
    {%- for column, part in parts.items() -%}
        {%- do terms.append(part.weight ~ ' * least(cast(' ~ column ~ ' as double) / ' ~ part.cap ~ ', 1.0e0)') -%}
    {%- endfor -%}
    {{ terms | join(' + ') or '0.0e0' }}
{%- endmacro %}
