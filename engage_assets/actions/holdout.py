"""The persistent holdout: the same customers are left out of every action, so that its effect can be measured."""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.actions.catalogue import ActionError

# One customer in ten: large enough to detect a two-point difference in churn among 100,000 customers, small enough to
# cost little.
HOLDOUT_SHARE = 0.10


def holdout_mask(
    customer_ids: pa.ChunkedArray | pa.Array, *, salt: str, share: float = HOLDOUT_SHARE
) -> npt.NDArray[np.bool_]:
    """True for customers in the holdout, in the order of ``customer_ids``.

    A keyed BLAKE2b of the id decides, with SHA-256 of ``salt`` as the key: neither week nor population enters, so
    membership never changes; another salt draws an independent holdout. Raises ActionError for an empty salt or a
    share outside 0-1.
    """
    if not salt:
        raise ActionError("the holdout's salt is empty; give a fixed, non-empty text and never change it")
    if not 0.0 <= share <= 1.0:
        raise ActionError(f"holdout share {share}: expected a number from 0 to 1, such as {HOLDOUT_SHARE}")
    keyed = hashlib.blake2b(key=hashlib.sha256(salt.encode()).digest(), digest_size=8)
    digests = bytearray()
    for customer_id in customer_ids.cast(pa.binary()).to_pylist():
        digest = keyed.copy()
        digest.update(customer_id)
        digests += digest.digest()
    # Compared as a fraction of 2^64: 53 bits decide, far below what any population can resolve.
    drawn = np.frombuffer(bytes(digests), dtype="<u8").astype(np.float64) / 2.0**64
    mask: npt.NDArray[np.bool_] = drawn < share
    return mask
