"""Names out of Faker, drawn once per process: metro areas and campaign names. No real person's data."""

from functools import cache

METRO_AREAS = 24
CAMPAIGN_NAMES = 48
_SEED = 20250106


@cache
def metro_areas() -> tuple[str, ...]:
    """Distinct invented metro areas, the largest first."""
    from faker import Faker  # imported here: 0.3 s that a caller of one helper should not pay

    faker = Faker("en_US", use_weighting=False)
    faker.seed_instance(_SEED)
    return tuple(faker.unique.city() for _ in range(METRO_AREAS))


@cache
def campaign_names() -> tuple[str, ...]:
    """Distinct campaign names in lower case, words joined by hyphens."""
    from faker import Faker

    faker = Faker("en_US", use_weighting=False)
    faker.seed_instance(_SEED + 1)
    return tuple("-".join(faker.unique.catch_phrase().lower().replace("/", " ").split()) for _ in range(CAMPAIGN_NAMES))
