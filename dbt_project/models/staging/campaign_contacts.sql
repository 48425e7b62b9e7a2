-- One row per contact: customer and campaign, also for customers held out.
with

source as (

    select * from {{ lake_source('accepted', 'campaign_contacts') }}

),

renamed as (

    select

        ---------- ids
        week,
        customer_id,
        contact_id,
        campaign_id,
        ---------- texts
        action,
        assigned,
        ---------- timestamps
        {{ as_timestamp('contacted_at') }} as contacted_at,
        {{ as_timestamp('redeemed_at') }} as redeemed_at,
        ---------- amounts
        cast(propensity as double) as propensity,
        cast(cost_usd as double) as cost_usd

    from source

)

select * from renamed
