"""Counter-based random numbers: every draw is a pure function of (seed, week, customer, stream).

There is no generator state, so a week can be drawn alone, in any order and in any process, with the same bytes.
The mixer is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
"""

from enum import IntEnum, unique
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]
U16 = npt.NDArray[np.uint16]
F32 = npt.NDArray[np.float32]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_STREAMS = 256

STATIC = -1
"""The week index of draws that never change for a customer."""


@unique
class Stream(IntEnum):
    """What a draw is for. The numbers are part of the data: changing one changes every file."""

    ID_HIGH = 1
    ID_LOW = 2
    SIGNUP = 3
    PROFILE = 4
    TASTE = 5
    SPENDING = 6
    START = 7
    START_ABSENCE = 8
    DEMOGRAPHY = 9
    HABIT = 10
    SHOCKS = 20
    EVENTS = 21
    ABSENCE = 23
    ASSIGNMENT = 30
    CAMPAIGN_RESPONSE = 31
    REDEMPTION = 34
    CONTACT_ID_HIGH = 32
    CONTACT_ID_LOW = 33
    DAYS = 40
    SCALARS = 41
    DIRTY = 50  # and the numbers after it, one per raw table
    SIGNALS = 64  # and the numbers after it: the noise of the behaviour columns, four to a draw


def mix(values: U64) -> U64:
    """Splitmix64's finaliser, in place, on an array of counters."""
    shifted = values >> _30
    values ^= shifted
    values *= _FIRST
    values ^= np.right_shift(values, _27, out=shifted)
    values *= _SECOND
    values ^= np.right_shift(values, _31, out=shifted)
    return values


def customer_keys(seed: int, start: int, count: int) -> U64:
    """The 64-bit keys of customers start … start + count - 1 of a seed."""
    indices = np.arange(start, start + count, dtype=np.uint64)
    scattered = indices * np.uint64(_GOLDEN) + np.uint64((seed * 0xD1342543DE82EF95 + _GOLDEN) & _MASK)
    return mix(mix(scattered))


def draw(keys: U64, week: int, stream: int) -> U64:
    """64 fresh bits per key for a week index (``STATIC`` or 0, 1, 2 …) and a stream."""
    counter = ((week + 2) * _STREAMS + stream) * _GOLDEN & _MASK
    return mix(keys + np.uint64(counter))


def quarters(bits: U64) -> tuple[U16, U16, U16, U16]:
    """Four independent 16-bit uniforms out of 64 bits: strided views, no copy."""
    parts = bits.astype("<u8", copy=False).view("<u2")
    return parts[0::4], parts[1::4], parts[2::4], parts[3::4]


def words(bits: U64) -> tuple[U32, U32]:
    """Two independent 32-bit uniforms out of 64 bits: strided views, no copy."""
    parts = bits.astype("<u8", copy=False).view("<u4")
    return parts[0::2], parts[1::2]


def halves(bits: U64) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Two independent 32-bit uniforms in (0, 1) out of 64 bits."""
    low, high = words(bits)
    return (low.astype(np.float64) + 0.5) * 2.0**-32, (high.astype(np.float64) + 0.5) * 2.0**-32


def unit(uniform: U16) -> F32:
    """A 16-bit uniform as a float in (0, 1)."""
    return (uniform.astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-16)


@cache
def _normal_table() -> F32:
    upper = [NormalDist().inv_cdf((32768 + i + 0.5) / 65536) for i in range(32768)]
    table = np.empty(65536, dtype=np.float32)
    table[32768:] = upper
    table[:32768] = -table[:32767:-1]
    return table


def normal(uniform: U16) -> F32:
    """Standard normal from a 16-bit uniform. By inverse-CDF table: a look-up gives the same bits on every processor."""
    return np.take(_normal_table(), uniform, mode="clip")
