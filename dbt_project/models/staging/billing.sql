-- One row per week and account.
with

source as (

    select * from {{ lake_source('accepted', 'billing') }}

),

renamed as (

    select

        ---------- ids
        week,
        customer_id,
        ---------- texts
        premium_tier,
        ---------- booleans
        auto_renew,
        ---------- counts
        cast(total_transactions_alltime as bigint) as total_transactions_alltime,
        cast(payment_failures_30d as bigint) as payment_failures_30d,
        ---------- amounts
        cast(monthly_subscription_usd as double) as monthly_subscription_usd,
        cast(iap_spending_month_usd as double) as iap_spending_month_usd,
        cast(ad_revenue_generated_month_usd as double) as ad_revenue_generated_month_usd,
        cast(creator_earnings_month_usd as double) as creator_earnings_month_usd,
        cast(lifetime_value_usd as double) as lifetime_value_usd

    from source

)

select * from renamed
