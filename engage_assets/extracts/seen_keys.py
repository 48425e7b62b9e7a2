"""Which keys were seen before, among tens of millions: eight bytes each, in sorted runs of growing length."""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


class SeenKeys:
    """The hashes of the keys so far. Runs of like length are merged: adding costs a logarithm."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def repeated(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """True where a hash occurred before, in an earlier call or earlier in this one; all are remembered."""
        found, firsts = np.unique(hashes, return_index=True)
        known = np.zeros(len(found), dtype=bool)
        for run in self._runs:
            place = np.searchsorted(run, found)
            inside = place < len(run)
            known[inside] |= run[place[inside]] == found[inside]
        repeated = np.ones(len(hashes), dtype=bool)
        repeated[firsts[~known]] = False
        self._add(found[~known])
        return repeated

    def _add(self, run: Hashes) -> None:
        if not len(run):
            return
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            # Timsort joins two sorted runs in one pass.
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
