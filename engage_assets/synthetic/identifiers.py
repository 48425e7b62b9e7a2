"""UUID-shaped text from hashed bits, for a whole chunk of rows at once."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic.draws import U64

_LENGTH = 36
_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype="<u2")
# Where the two hex digits of byte 0 … 15 go in 8-4-4-4-12.
_PLACES = (0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34)


def uuid_text(high: U64, low: U64) -> pa.StringArray:
    """One version-4 UUID text per row from 128 hashed bits; (n,) + (n,) -> n strings of 36 characters."""
    octets = np.empty((len(high), 16), dtype=np.uint8)
    octets[:, :8] = high.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
    octets[:, 8:] = low.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
    octets[:, 6] = (octets[:, 6] & 0x0F) | 0x40
    octets[:, 8] = (octets[:, 8] & 0x3F) | 0x80
    digits: npt.NDArray[np.uint8] = _PAIRS[octets].view(np.uint8).reshape(-1, 16, 2)
    text = np.full((len(high), _LENGTH), ord("-"), dtype=np.uint8)
    for byte, place in enumerate(_PLACES):
        text[:, place : place + 2] = digits[:, byte]
    offsets = np.arange(0, (len(high) + 1) * _LENGTH, _LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(len(high), pa.py_buffer(offsets), pa.py_buffer(text))
