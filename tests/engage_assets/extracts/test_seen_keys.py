"""Keys that were seen before, in whatever pieces they come: the same as one set of all of them would say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engage_assets.extracts.seen_keys import SeenKeys


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=12))
def test_the_answers_are_those_of_a_set(pieces):
    keys, known = SeenKeys(), set()
    for piece in pieces:
        expected = []
        for key in piece:
            expected.append(key in known)
            known.add(key)
        assert keys.repeated(np.array(piece, dtype=np.uint64)).tolist() == expected


def test_many_pieces_stay_few_runs():
    keys = SeenKeys()
    for start in range(0, 64_000, 1_000):
        assert not keys.repeated(np.arange(start, start + 1_000, dtype=np.uint64)).any()
    assert len(keys._runs) <= 7
    assert keys.repeated(np.arange(64_000, dtype=np.uint64)).all()
