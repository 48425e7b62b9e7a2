"""The holdout: its share, its persistence, its independence of everything but salt and customer."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from engage_assets.actions import ActionError, holdout_mask

IDS = pa.array([f"customer-{number}" for number in range(20_000)])


def test_the_share_is_a_tenth() -> None:
    share = holdout_mask(IDS, salt="pepper").mean()
    assert abs(share - 0.10) < 4 * np.sqrt(0.1 * 0.9 / len(IDS))


def test_membership_depends_on_salt_and_customer_only() -> None:
    whole = holdout_mask(IDS, salt="pepper")
    order = np.random.default_rng(0).permutation(len(IDS))
    assert (holdout_mask(IDS.take(pa.array(order)), salt="pepper") == whole[order]).all()
    assert (holdout_mask(IDS.slice(500, 10), salt="pepper") == whole[500:510]).all()
    assert (holdout_mask(IDS.cast(pa.large_string()), salt="pepper") == whole).all()


def test_another_salt_draws_an_independent_holdout() -> None:
    both = holdout_mask(IDS, salt="pepper") & holdout_mask(IDS, salt="salt")
    assert abs(both.mean() - 0.01) < 0.004


def test_a_larger_share_contains_a_smaller_one() -> None:
    assert (holdout_mask(IDS, salt="s", share=0.2) >= holdout_mask(IDS, salt="s", share=0.1)).all()
    assert not holdout_mask(IDS, salt="s", share=0.0).any()
    assert holdout_mask(IDS, salt="s", share=1.0).all()


def test_the_hash_is_the_documented_one() -> None:
    key = hashlib.sha256(b"pepper").digest()
    for place in range(50):
        digest = hashlib.blake2b(IDS[place].as_py().encode(), key=key, digest_size=8).digest()
        assert holdout_mask(IDS, salt="pepper")[place] == (int.from_bytes(digest, "little") / 2**64 < 0.10)


def test_an_empty_salt_or_an_impossible_share_is_refused() -> None:
    with pytest.raises(ActionError, match="salt is empty"):
        holdout_mask(IDS, salt="")
    with pytest.raises(ActionError, match="holdout share 10"):
        holdout_mask(IDS, salt="s", share=10)
