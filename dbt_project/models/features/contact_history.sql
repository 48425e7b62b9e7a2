-- One row per week and contacted customer, weeks first_week .. last_week: campaign contacts of the four weeks up to as_of.
{{ config(materialized="view") }}
with

contacts as (

    select * from {{ ref('campaign_contacts') }}
    where
        week between {{ add_weeks(first_week(), -3) }} and {{ last_week() }}
        and assigned = 'treatment'

),

weeks_after as (

    select * from (values (0), (1), (2), (3)) as lags (weeks_later)

),

counted_in as (

    select
        contacts.*,
        {{ add_days('contacts.week', '7 * weeks_after.weeks_later') }} as features_week
    from contacts
    cross join weeks_after

),

final as (

    -- A contact or a redemption may lie after as_of, although the assignment does not: only what had happened counts.
    select
        features_week as week,
        customer_id,
        count(*) as campaign_contacts_4w,
        count(case when redeemed_at < {{ as_of('features_week') }} then 1 end) as campaign_redemptions_4w
    from counted_in
    where
        features_week between {{ first_week() }} and {{ last_week() }}
        and contacted_at < {{ as_of('features_week') }}
    group by features_week, customer_id

)

select * from final
