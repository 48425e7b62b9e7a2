"""The raw table ``campaign_contacts``: one row per customer and campaign of the week, also for those held out."""

import numpy as np
import pyarrow as pa

from engage_assets.synthetic.activity import timestamps
from engage_assets.synthetic.draws import Stream, draw, quarters, unit
from engage_assets.synthetic.identifiers import uuid_text
from engage_assets.synthetic.observation import DAY_US, EPOCH_US, Observation
from engage_assets.synthetic.pools import campaign_names
from engage_assets.synthetic.schema import RAW_TABLES

_HOUR = 3600


def contacts_table(week: Observation) -> pa.Table:
    """The contacts of a chunk in the week, in the order of the customers."""
    assignment = week.walk.assignment
    action, contacted, treated = assignment.action, assignment.contacted, assignment.treated
    keys, count = week.traits.keys[contacted], len(contacted)
    u_hour, u_redeem, u_later, _ = quarters(draw(keys, week.week, Stream.REDEMPTION))
    opening = EPOCH_US + 7 * DAY_US * week.week
    # Sent on Monday or Tuesday between 9 and 20 h; redeemed from Wednesday on, so never after as_of.
    seconds = (unit(u_hour) * np.float32(2 * 11 * _HOUR)).astype(np.int64)
    sent = opening + (seconds // (11 * _HOUR)) * DAY_US + (9 * _HOUR + seconds % (11 * _HOUR)) * 1_000_000
    later = opening + 2 * DAY_US + (unit(u_later) * np.float32(4.9 * 86_400)).astype(np.int64) * 1_000_000
    redeemed = treated & week.active[contacted] & (unit(u_redeem) < action.redemption)
    cost = treated * action.contact_usd + redeemed * action.redemption_usd
    names = campaign_names()
    name = f"{week.monday}-{names[week.week % len(names)]}"
    columns = {
        "contact_id": uuid_text(
            draw(keys, week.week, Stream.CONTACT_ID_HIGH), draw(keys, week.week, Stream.CONTACT_ID_LOW)
        ),
        "campaign_id": pa.repeat(pa.scalar(name), count),
        "customer_id": week.traits.ids.take(pa.array(contacted)),
        "week": pa.repeat(pa.scalar(week.monday, pa.date32()), count),
        "action": pa.repeat(pa.scalar(action.id), count),
        "assigned": pa.array(np.where(treated, "treatment", "holdout"), type=pa.string()),
        "propensity": pa.array(np.where(treated, action.propensity, round(1 - action.propensity, 6))),
        "contacted_at": timestamps(sent, treated),
        "redeemed_at": timestamps(later, redeemed),
        "cost_usd": pa.array(np.round(cost, 2)),
    }
    return pa.table(columns, schema=RAW_TABLES["campaign_contacts"])
