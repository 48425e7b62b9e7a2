"""Groups of assets as stages: how they depend on each other and in which layer each one stands.

Sixty assets do not fit on a page, a dozen groups do. A dependency between groups that a longer way already implies is
not kept for the drawing; one against the main direction (groups that need each other) is kept apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engage_reports.architecture_facts import AssetFact


@dataclass(frozen=True)
class Stage:
    """One group of assets. ``layer`` 0 is at the top; ``upstream`` are the groups it directly reads."""

    name: str
    assets: tuple[AssetFact, ...]
    layer: int
    upstream: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def local(self) -> str:
        """Where its assets run on one machine."""
        return ", ".join(dict.fromkeys(asset.runs_on.local for asset in self.assets))

    @property
    def aws(self) -> str:
        """Where its assets run on AWS."""
        return ", ".join(dict.fromkeys(asset.runs_on.aws for asset in self.assets))


def stages_of(assets: Iterable[AssetFact]) -> tuple[Stage, ...]:
    """The groups in the order of the data's way."""
    by_key = {asset.key: asset for asset in assets}
    depth = _depths(by_key)
    groups: dict[str, list[AssetFact]] = {}
    for asset in by_key.values():
        groups.setdefault(asset.group, []).append(asset)
    rank = {name: sum(depth[asset.key] for asset in members) / len(members) for name, members in groups.items()}
    order = sorted(groups, key=lambda name: (rank[name], name))
    place = {name: number for number, name in enumerate(order)}
    reads = {
        name: {by_key[key].group for asset in members for key in asset.upstream if key in by_key} - {name}
        for name, members in groups.items()
    }
    forward = {name: {other for other in reads[name] if place[other] < place[name]} for name in order}
    kept = {name: _without_implied(name, forward) for name in order}
    layer: dict[str, int] = {}
    for name in order:
        layer[name] = max((layer[other] + 1 for other in forward[name]), default=0)
    return tuple(
        Stage(
            name,
            tuple(sorted(groups[name], key=lambda asset: (depth[asset.key], asset.key))),
            layer[name],
            tuple(sorted(kept[name], key=place.__getitem__)),
            tuple(sorted(reads[name] - forward[name], key=place.__getitem__)),
        )
        for name in order
    )


def _depths(assets: Mapping[str, AssetFact]) -> dict[str, int]:
    """The longest way to each asset from an asset without upstream, in steps."""
    depth: dict[str, int] = {}
    for start in assets:
        stack = [(start, False)]
        open_keys: set[str] = set()
        while stack:
            key, done = stack.pop()
            upstream = [other for other in assets[key].upstream if other in assets]
            if done:
                depth[key] = max((depth.get(other, -1) + 1 for other in upstream), default=0)
            elif key not in depth and key not in open_keys:
                open_keys.add(key)
                stack.append((key, True))
                stack.extend((other, False) for other in upstream if other not in depth)
    return depth


def _without_implied(name: str, forward: Mapping[str, set[str]]) -> set[str]:
    """The groups that ``name`` reads and that none of its other sources depends on already."""
    return {
        other
        for other in forward[name]
        if not any(other in _ancestors(third, forward) for third in forward[name] if third != other)
    }


def _ancestors(name: str, forward: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(forward[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(forward[other])
    return found
