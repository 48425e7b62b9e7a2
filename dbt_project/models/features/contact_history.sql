-- One row per contacted customer of the week being built: campaign contacts of the four weeks up to as_of.
{{ config(materialized="view") }}
with

contacts as (

    -- A contact or a redemption may lie after as_of, although the assignment does not: only what had happened counts.
    select * from {{ ref('campaign_contacts') }}
    where
        week between {{ add_weeks(this_week(), -3) }} and {{ this_week() }}
        and assigned = 'treatment'
        and contacted_at < {{ as_of(this_week()) }}

),

contact_history as (

    select
        {{ this_week() }} as week,
        customer_id,
        count(*) as campaign_contacts_4w,
        count(case when redeemed_at < {{ as_of(this_week()) }} then 1 end) as campaign_redemptions_4w
    from contacts
    group by customer_id

)

select * from contact_history
