{# Revenue of the last 30 days from one customer, from the columns of staging.billing. What the customer earns as a creator is
   paid out, so it is not part of it. #}
{% macro total_revenue_month_usd() -%}
    ({{ var('revenue_columns') | join(' + ') }})
{%- endmacro %}
