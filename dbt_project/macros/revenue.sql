{# Revenue of the last 30 days from one customer, from the columns of staging.billing. What the customer earns as a creator is
   paid out, so it is not part of it. #}
{% macro total_revenue_month_usd() -%}
    (monthly_subscription_usd + iap_spending_month_usd + ad_revenue_generated_month_usd)
{%- endmacro %}
