"""The columns of the raw tables and their Arrow types, in the order in which they are written.

The source contract describes the same columns for the readers; a test holds the two equal.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

_STRING, _WHOLE, _REAL, _FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_DATE, _TIME = pa.date32(), pa.timestamp("us")


def _table(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


RAW_TABLES: Mapping[str, pa.Schema] = MappingProxyType(
    {
        "customers": _table(
            customer_id=_STRING,
            week=_DATE,
            signup_at=_TIME,
            age=_WHOLE,
            gender=_STRING,
            location=_STRING,
            account_type=_STRING,
            platform_primary=_STRING,
            profile_completion_pct=_REAL,
            photo_count=_WHOLE,
            profile_quality_score=_REAL,
            followers_count=_WHOLE,
            following_count=_WHOLE,
            total_matches_alltime=_WHOLE,
            users_blocked=_WHOLE,
            users_reported=_WHOLE,
        ),
        "activity": _table(
            customer_id=_STRING,
            week=_DATE,
            stories_posted_week=_WHOLE,
            stories_viewed_day=_REAL,
            story_completion_rate_pct=_REAL,
            reels_created_week=_WHOLE,
            reels_watched_day=_REAL,
            avg_reel_watch_time_sec=_REAL,
            reel_completion_rate_pct=_REAL,
            video_watch_hours_week=_REAL,
            engagement_rate_pct=_REAL,
            posts_last_30_days=_WHOLE,
            comments_posted_week=_WHOLE,
            likes_given_day=_REAL,
            shares_last_week=_WHOLE,
            avg_views_per_post=_WHOLE,
            ads_clicked_week=_WHOLE,
            ad_conversion_rate_pct=_REAL,
            feed_time_minutes_day=_REAL,
            discover_page_visits_week=_WHOLE,
            live_streams_watched_week=_WHOLE,
            live_stream_time_minutes_week=_REAL,
            swipes_right_day=_REAL,
            swipes_left_day=_REAL,
            matches_per_day=_REAL,
            messages_sent_day=_REAL,
            messages_received_day=_REAL,
            avg_conversation_length=_REAL,
            response_rate_pct=_REAL,
            first_message_response_rate_pct=_REAL,
            dates_scheduled_month=_WHOLE,
            date_show_up_rate_pct=_REAL,
            dates_completed_month=_WHOLE,
            super_likes_used_week=_WHOLE,
            boosts_used_month=_WHOLE,
            super_like_match_rate_pct=_REAL,
            match_satisfaction_score=_REAL,
            app_opens_day=_REAL,
            session_duration_avg_min=_REAL,
            sessions_last_7_days=_WHOLE,
            active_days=_WHOLE,
            first_active_at=_TIME,
            last_active_at=_TIME,
            support_tickets_week=_WHOLE,
        ),
        "billing": _table(
            customer_id=_STRING,
            week=_DATE,
            premium_tier=_STRING,
            monthly_subscription_usd=_REAL,
            iap_spending_month_usd=_REAL,
            ad_revenue_generated_month_usd=_REAL,
            creator_earnings_month_usd=_REAL,
            total_transactions_alltime=_WHOLE,
            lifetime_value_usd=_REAL,
            payment_failures_30d=_WHOLE,
            auto_renew=_FLAG,
        ),
        "campaign_contacts": _table(
            contact_id=_STRING,
            campaign_id=_STRING,
            customer_id=_STRING,
            week=_DATE,
            action=_STRING,
            assigned=_STRING,
            propensity=_REAL,
            contacted_at=_TIME,
            redeemed_at=_TIME,
            cost_usd=_REAL,
        ),
    }
)
