import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from engage_assets.synthetic.draws import STATIC, customer_keys, draw, halves, mix, normal, quarters
from engage_assets.synthetic.identifiers import uuid_text


def test_mix_is_splitmix64() -> None:
    # The first three outputs of the reference generator seeded with 0.
    golden = np.uint64(0x9E3779B97F4A7C15)
    counters = np.arange(1, 4, dtype=np.uint64) * golden
    assert [hex(int(bits)) for bits in mix(counters)] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


@given(seed=st.integers(0, 2**63 - 1), week=st.integers(STATIC, 2_000), start=st.integers(0, 10**8))
@settings(max_examples=50, deadline=None)
def test_a_draw_depends_on_seed_week_and_customer_only(seed: int, week: int, start: int) -> None:
    together = draw(customer_keys(seed, start, 50), week, 3)
    alone = draw(customer_keys(seed, start + 20, 1), week, 3)
    assert together[20] == alone[0]
    assert len(np.unique(together)) == 50
    assert not np.any(together == draw(customer_keys(seed, start, 50), week + 1, 3))
    assert not np.any(together == draw(customer_keys(seed, start, 50), week, 4))
    assert not np.any(together == draw(customer_keys(seed + 1, start, 50), week, 3))


def test_uniforms_and_normals_have_their_moments_and_are_uncorrelated() -> None:
    bits = draw(customer_keys(7, 0, 200_000), 12, 3)
    parts = [normal(part) for part in quarters(bits)]
    for part in parts:
        assert abs(part.mean()) < 0.01
        assert abs(part.std() - 1) < 0.01
    correlations = np.corrcoef(np.stack([*parts, normal(quarters(draw(customer_keys(7, 0, 200_000), 13, 3))[0])]))
    assert np.abs(correlations - np.eye(5)).max() < 0.01
    low, high = halves(bits)
    assert 0 < min(low.min(), high.min()) < max(low.max(), high.max()) < 1
    assert abs(low.mean() - 0.5) < 0.005


def test_identifiers_are_distinct_version_4_uuids() -> None:
    import uuid

    keys = customer_keys(1, 0, 5_000)
    ids = uuid_text(draw(keys, STATIC, 1), draw(keys, STATIC, 2))
    assert pa.compute.count_distinct(ids).as_py() == 5_000
    assert all(str(parsed := uuid.UUID(text)) == text and parsed.version == 4 for text in ids.to_pylist()[:200])
