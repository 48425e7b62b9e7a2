-- One row per week and customer: what was known before as_of. The query builds one week.
with

activity_trends as (

    select * from {{ ref('activity_trends') }}

),

customers as (

    select * from {{ ref('customers') }}
    where week = {{ this_week() }}

),

billing as (

    select
        *,
        {{ total_revenue_month_usd() }} as total_revenue_month_usd
    from {{ ref('billing') }}
    where week = {{ this_week() }}

),

billing_before as (

    select
        customer_id,
        {{ total_revenue_month_usd() }} as total_revenue_month_usd
    from {{ ref('billing') }}
    where week = {{ add_weeks(this_week(), -4) }}

),

last_activity as (

    select * from {{ ref('last_activity') }}

),

contact_history as (

    select * from {{ ref('contact_history') }}

),

joined as (

    select
        activity_trends.*,
        customers.signup_at,
        customers.age,
        customers.gender,
        customers.location,
        customers.account_type,
        customers.platform_primary,
        customers.profile_completion_pct,
        customers.photo_count,
        customers.profile_quality_score,
        customers.followers_count,
        customers.following_count,
        customers.total_matches_alltime,
        customers.users_blocked,
        customers.users_reported,
        billing.premium_tier,
        billing.monthly_subscription_usd,
        billing.iap_spending_month_usd,
        billing.ad_revenue_generated_month_usd,
        billing.creator_earnings_month_usd,
        billing.total_transactions_alltime,
        billing.lifetime_value_usd,
        billing.payment_failures_30d,
        billing.auto_renew,
        billing.total_revenue_month_usd,
        coalesce(billing_before.total_revenue_month_usd, billing.total_revenue_month_usd) as revenue_4w_before_usd,
        coalesce(contact_history.campaign_contacts_4w, 0) as campaign_contacts_4w,
        coalesce(contact_history.campaign_redemptions_4w, 0) as campaign_redemptions_4w,
        {{ as_of('customers.week') }} as as_of,
        -- Nothing seen in the loaded history: older than it knows, up to the cap or the sign-up. Counted from the start of the
        -- history instead, the same silence would be longer every week, and no two weeks would be alike.
        coalesce(last_activity.last_active_at, customers.signup_at) as last_known_active_at
    from customers
    inner join activity_trends on customers.customer_id = activity_trends.customer_id
    inner join billing on customers.customer_id = billing.customer_id
    inner join last_activity on customers.customer_id = last_activity.customer_id
    left join billing_before on customers.customer_id = billing_before.customer_id
    left join contact_history on customers.customer_id = contact_history.customer_id

),

features as (

    select

        ---------- ids
        week,
        customer_id,

        ---------- population, and attributes that are audited but never model inputs
        is_active_30d,
        case
            when {{ complete_units('day', 'signup_at', 'as_of') }} < 30 then 'new'
            when not is_active_30d then 'lapsed'
            when is_back_after_3w then 'returned'
            when active_days = 0 or active_days_ratio_4w < 0.5 then 'slipping'
            else 'active'
        end as lifecycle_stage,
        case
            when age < 25 then '18-24'
            when age < 35 then '25-34'
            when age < 45 then '35-44'
            when age < 55 then '45-54'
            else '55+'
        end as age_band,
        gender,
        location,
        age,

        ---------- profile
        account_type,
        platform_primary,
        profile_completion_pct,
        photo_count,
        profile_quality_score,
        followers_count,
        following_count,
        least(10.0e0, {{ safe_divide('followers_count', 'greatest(following_count, 1)') }}) as follower_following_ratio,
        total_matches_alltime,
        users_blocked,
        users_reported,
        {{ complete_units('month', 'signup_at', 'as_of') }} as tenure_months,
        {{ complete_units('day', 'signup_at', 'as_of') }} as tenure_days,

        ---------- recency
        least(
            {{ 7 * var('recency_lookback_weeks') }}, {{ complete_units('day', 'last_known_active_at', 'as_of') }}
        ) as days_since_last_active,
        active_weeks_4w,
        engagement_score,
        engagement_score_week,

        ---------- use of the app
        active_days,
        app_opens_day,
        session_duration_avg_min,
        sessions_last_7_days,
        feed_time_minutes_day,
        discover_page_visits_week,
        support_tickets_week,
        support_tickets_4w,
        {{ safe_divide('sessions_last_7_days', 'active_days', '0.0e0') }} as sessions_per_active_day,

        ---------- social
        stories_posted_week,
        stories_viewed_day,
        story_completion_rate_pct,
        reels_created_week,
        reels_watched_day,
        avg_reel_watch_time_sec,
        reel_completion_rate_pct,
        video_watch_hours_week,
        engagement_rate_pct,
        posts_last_30_days,
        comments_posted_week,
        likes_given_day,
        shares_last_week,
        avg_views_per_post,
        ads_clicked_week,
        ad_conversion_rate_pct,
        live_streams_watched_week,
        live_stream_time_minutes_week,
        (reels_created_week + posts_last_30_days > 5) as is_creator,

        ---------- dating
        swipes_right_day,
        swipes_left_day,
        matches_per_day,
        messages_sent_day,
        messages_received_day,
        avg_conversation_length,
        response_rate_pct,
        first_message_response_rate_pct,
        dates_scheduled_month,
        date_show_up_rate_pct,
        dates_completed_month,
        super_likes_used_week,
        boosts_used_month,
        super_like_match_rate_pct,
        match_satisfaction_score,
        {{ percent_of('swipes_right_day', 'swipes_right_day + swipes_left_day') }} as swipe_right_rate_pct,
        {{ percent_of('matches_per_day', 'swipes_right_day') }} as match_rate_pct,
        {{ percent_of('dates_completed_month', '30 * matches_per_day') }} as match_to_date_conversion_pct,
        {{ percent_of('messages_received_day', 'messages_sent_day + messages_received_day') }} as messages_received_share_pct,

        ---------- money
        premium_tier,
        monthly_subscription_usd,
        iap_spending_month_usd,
        ad_revenue_generated_month_usd,
        total_revenue_month_usd,
        total_revenue_month_usd - revenue_4w_before_usd as revenue_delta_4w_usd,
        creator_earnings_month_usd,
        total_transactions_alltime,
        lifetime_value_usd,
        {{ safe_divide('lifetime_value_usd', 'total_transactions_alltime') }} as avg_transaction_value_usd,
        payment_failures_30d,
        auto_renew,

        ---------- the latest levels that are not zero, and the weeks before
        {% for column in last_seen_column_names(var('last_seen_behaviours')) + trend_column_names(var('trend_behaviours')) -%}
        {{ column }},
        {% endfor %}
        ---------- campaigns
        campaign_contacts_4w,
        campaign_redemptions_4w

    from joined

)

select * from features
