"""How the text of each setting is read. A reader raises ValueError with what it expected."""

import re
import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta


def integer(minimum: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("expected a whole number") from None
        if number < minimum:
            raise ValueError(f"expected at least {minimum:,}")
        return number

    return read


def boolean(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in words:
        raise ValueError("expected true or false")
    return words[text.lower()]


def timezone(text: str) -> str:
    try:
        zone = zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected a time zone such as UTC or Europe/Vienna") from None
    ahead = max(datetime(2026, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7))
    if ahead > timedelta(hours=3):
        raise ValueError(
            "the week is counted in UTC and has not ended there on Monday 03:00; expected at most 3 hours ahead of UTC"
        )
    return text


def paper(text: str) -> str:
    if text.lower() not in {"a4", "letter"}:
        raise ValueError("expected a4 or letter")
    return text.lower()


def attribute(text: str) -> str:
    if text not in (known := ("none", "gender", "age_band", "location", "gender_x_age_band")):
        raise ValueError(f"expected one of {', '.join(known)}")
    return text


def names(text: str) -> tuple[str, ...]:
    # A comma before `option=` belongs to the name it follows: "drift:from=2026-10-05,shift=1.5, leak" are two.
    return tuple(name.strip() for name in re.split(r",(?!\s*\w+=)", text) if name.strip())


def s3_uri(text: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+", text):
        raise ValueError("expected s3://bucket/prefix: a prefix of its own, never the root of a bucket")
    return text.rstrip("/")


def choice(*options: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"expected one of {', '.join(options)}")
        return text

    return read


def identifier(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        raise ValueError("expected lower-case letters, digits and underscores, beginning with a letter")
    return text


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("expected a number of seconds") from None
    if not 0 < number < 86_400:
        raise ValueError("expected more than 0 seconds and less than a day")
    return number


def amount(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("expected an amount of USD") from None
    if not 0 < number < 1_000:
        raise ValueError("expected more than 0 and less than 1,000 USD")
    return number


def two_prices(text: str) -> tuple[float, ...]:
    parts = text.split(",")
    if len(parts) != 2:
        raise ValueError("expected two prices, of input and of output, separated by a comma")
    return tuple(amount(part) for part in parts)


def guardrail(text: str) -> str:
    if not re.fullmatch(r"\S+:(\d+|DRAFT)", text):
        raise ValueError("expected id:version, such as abc123:1")
    return text
