"""The things a question can name: segments, tiers, places, gates … with the words people use for them.

Names that depend on the data are read from the published tables; the others are the platform's own terms.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

ENTITY_QUERIES: Mapping[str, str] = {
    "segment": "select distinct segment from segments",
    "location": "select distinct location from locations",
    "premium": "select distinct premium_tier from premium_vs_free",
    "cohort": "select distinct signup_cohort from cohort_retention",
    "gate": "select distinct gate from gate_results",
    "theme": "select distinct theme from churn_drivers",
    "attribute": "select distinct attribute from group_metrics",
}
"""Where the names of an entity come from: one column, every published week."""

ACTION_QUERY = (
    "select distinct recommended_action, action_name from recommended_actions where recommended_action <> 'none'"
)
CHANNEL_QUERY = "select distinct channel from action_list"
WEEK_QUERY = "select distinct week from weekly_summary order by week"

FIXED_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tier": {
        tier: (
            f"tier {tier.lower()}", f"{tier.lower()} tier", f"{tier.lower()} risk tier", f"risk tier {tier.lower()}",
            f"{tier.lower()} risk", f"tier {tier.lower()} risk",
        )
        + (("critical", "critically endangered") if tier == "Critical" else ())
        for tier in ("Low", "Medium", "Critical")
    }
    # "High risk" alone is the two upper tiers together; that is a question of its own.
    | {"High": ("tier high", "high tier", "high risk tier", "risk tier high")},
    "engagement_tier": {
        tier: (
            f"{tier.lower()} engagement", f"{tier.lower()} engaged", f"engagement {tier.lower()}",
            f"{tier.lower()} engagement tier", f"engagement tier {tier.lower()}", f"{tier.lower()}ly engaged",
        )
        for tier in ("Inactive", "Low", "Medium", "High")
    },
    "lifecycle": {
        stage: (f"{stage} stage", f"stage {stage}", f"lifecycle {stage}", f"lifecycle stage {stage}")
        + ((stage,) if stage in ("slipping", "lapsed", "returned") else ())
        for stage in ("new", "active", "slipping", "lapsed", "returned")
    },
    "platform": {
        "Dating": ("dating", "dating side", "dating app", "dating platform"),
        "Social_Media": ("social media", "social side", "social app", "social platform", "social network", "social"),
        "Both": ("both sides", "both platforms", "both platform", "both apps"),
    },
}  # fmt: skip

ALIASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "premium": {
        "Free": ("free tier", "free plan", "free customers", "free users", "free members", "free accounts",
            "free subscription", "free subscriptions", "free subscriber", "free subscribers", "free membership"),
        "Gold": ("gold",),
        "Platinum": ("platinum",),
    },
    "attribute": {
        "age_band": ("age", "age band", "age bands", "age group", "age groups"),
        "gender": ("gender", "genders", "sex"),
        "location": (),
        "gender_x_age_band": ("gender and age", "gender and age band", "age and gender"),
    },
    "theme": {
        "payment": ("payment", "payments", "payment trouble", "failed payments", "billing", "billing problems"),
        "friction": ("friction", "support tickets"),
        "satisfaction": ("satisfaction", "dissatisfaction", "unhappy"),
        "recency": ("recency", "absence"),
        "activity_level": ("activity level", "low activity"),
        "activity_trend": ("activity trend", "falling activity"),
        "campaign": ("campaigns theme",),
        "dating": (), "social": (), "profile": (), "spending": (), "tenure": (),
    },
    "location": {"Unknown": ("unknown location", "unknown city")},
    "channel": {
        "in_app": ("in app",),
        "push": ("push", "push message", "push messages", "push notification", "push notifications"),
        "email": ("email", "emails", "mail", "e mail"),
        "phone": ("phone", "phone calls", "telephone", "calls"),
    },
}  # fmt: skip
"""Words for names whose own words would say something else, or nothing: such a name is known by these words only."""

ENTITY_TYPES = frozenset({*ENTITY_QUERIES, *FIXED_WORDS, "action", "channel"})


@dataclass(frozen=True)
class Vocabulary:
    """Every name that a question can hold: for each type, the phrase (lower case words) and the value it stands for."""

    weeks: tuple[date, ...]
    phrases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(word for phrases in self.phrases.values() for phrase in phrases for word in phrase.split())

    def without(self, kind: str) -> "Vocabulary":
        """The vocabulary without the names of one kind."""
        return Vocabulary(self.weeks, {name: found for name, found in self.phrases.items() if name != kind})

    @property
    def newest_week(self) -> date:
        """The week that is meant when none is named."""
        return self.weeks[-1]


def build_vocabulary(weeks: tuple[date, ...], names: Mapping[str, list[str]], actions: Mapping[str, str]) -> Vocabulary:
    """The vocabulary from the weeks, the names of each type, and the actions with their names in plain words."""
    phrases: dict[str, dict[str, str]] = {kind: {} for kind in sorted(ENTITY_TYPES)}
    for kind, values in FIXED_WORDS.items():
        for value, words in values.items():
            phrases[kind].update(dict.fromkeys(words, value))
    for kind, found in names.items():
        for value in found:
            aliases = ALIASES.get(kind, {}).get(value)
            words = (plain(value),) if aliases is None else aliases
            if kind == "segment":
                words = (*words, *(f"{word} segment" for word in words), *(f"segment {word}" for word in words))
            phrases[kind].update(dict.fromkeys((*words, *map(without_accents, words)), value))
    for action, name in actions.items():
        phrases["action"].update({plain(action): action, plain(name): action, f"{plain(action)}s": action})
    return Vocabulary(weeks, phrases)


def without_accents(text: str) -> str:
    """A name as people type it who lack its letters."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def plain(name: str) -> str:
    """A name as lower-case words; a quarter such as ``2024-Q3`` stays one word."""
    return " ".join(re.sub(r"_|(?<=[a-z])-(?=[a-z])", " ", name.lower()).split())
