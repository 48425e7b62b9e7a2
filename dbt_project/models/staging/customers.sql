-- One row per week and account.
with

source as (

    select * from {{ lake_source('accepted', 'customers') }}

),

renamed as (

    select

        ---------- ids
        week,
        customer_id,
        ---------- texts
        gender,
        location,
        account_type,
        platform_primary,
        ---------- timestamps
        {{ as_timestamp('signup_at') }} as signup_at,
        ---------- counts
        cast(age as bigint) as age,
        cast(photo_count as bigint) as photo_count,
        cast(followers_count as bigint) as followers_count,
        cast(following_count as bigint) as following_count,
        cast(total_matches_alltime as bigint) as total_matches_alltime,
        cast(users_blocked as bigint) as users_blocked,
        cast(users_reported as bigint) as users_reported,
        ---------- amounts
        cast(profile_completion_pct as double) as profile_completion_pct,
        cast(profile_quality_score as double) as profile_quality_score

    from source

)

select * from renamed
