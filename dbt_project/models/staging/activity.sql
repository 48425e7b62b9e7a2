-- One row per week and account, also for accounts that did nothing.
with

source as (

    select * from {{ lake_source('accepted', 'activity') }}

),

renamed as (

    select

        ---------- ids
        week,
        customer_id,
        ---------- timestamps
        {{ as_timestamp('first_active_at') }} as first_active_at,
        {{ as_timestamp('last_active_at') }} as last_active_at,
        ---------- counts
        cast(stories_posted_week as bigint) as stories_posted_week,
        cast(reels_created_week as bigint) as reels_created_week,
        cast(posts_last_30_days as bigint) as posts_last_30_days,
        cast(comments_posted_week as bigint) as comments_posted_week,
        cast(shares_last_week as bigint) as shares_last_week,
        cast(avg_views_per_post as bigint) as avg_views_per_post,
        cast(ads_clicked_week as bigint) as ads_clicked_week,
        cast(discover_page_visits_week as bigint) as discover_page_visits_week,
        cast(live_streams_watched_week as bigint) as live_streams_watched_week,
        cast(dates_scheduled_month as bigint) as dates_scheduled_month,
        cast(dates_completed_month as bigint) as dates_completed_month,
        cast(super_likes_used_week as bigint) as super_likes_used_week,
        cast(boosts_used_month as bigint) as boosts_used_month,
        cast(sessions_last_7_days as bigint) as sessions_last_7_days,
        cast(active_days as bigint) as active_days,
        cast(support_tickets_week as bigint) as support_tickets_week,
        ---------- amounts
        cast(stories_viewed_day as double) as stories_viewed_day,
        cast(story_completion_rate_pct as double) as story_completion_rate_pct,
        cast(reels_watched_day as double) as reels_watched_day,
        cast(avg_reel_watch_time_sec as double) as avg_reel_watch_time_sec,
        cast(reel_completion_rate_pct as double) as reel_completion_rate_pct,
        cast(video_watch_hours_week as double) as video_watch_hours_week,
        cast(engagement_rate_pct as double) as engagement_rate_pct,
        cast(likes_given_day as double) as likes_given_day,
        cast(ad_conversion_rate_pct as double) as ad_conversion_rate_pct,
        cast(feed_time_minutes_day as double) as feed_time_minutes_day,
        cast(live_stream_time_minutes_week as double) as live_stream_time_minutes_week,
        cast(swipes_right_day as double) as swipes_right_day,
        cast(swipes_left_day as double) as swipes_left_day,
        cast(matches_per_day as double) as matches_per_day,
        cast(messages_sent_day as double) as messages_sent_day,
        cast(messages_received_day as double) as messages_received_day,
        cast(avg_conversation_length as double) as avg_conversation_length,
        cast(response_rate_pct as double) as response_rate_pct,
        cast(first_message_response_rate_pct as double) as first_message_response_rate_pct,
        cast(date_show_up_rate_pct as double) as date_show_up_rate_pct,
        cast(super_like_match_rate_pct as double) as super_like_match_rate_pct,
        cast(match_satisfaction_score as double) as match_satisfaction_score,
        cast(app_opens_day as double) as app_opens_day,
        cast(session_duration_avg_min as double) as session_duration_avg_min

    from source

)

select * from renamed
