"""What people decided, as data: services with their alternatives, controls with what enforces them. The report shows a
note only beside what this build has, and names what it does not have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engage_reports.architecture_facts import ArchitectureFacts, ResourceFact

NOTES = Path(__file__).resolve().parents[2] / "architecture"


@dataclass(frozen=True)
class Service:
    """A family of cloud resources, and why it was chosen."""

    name: str
    kinds: tuple[str, ...]
    role: str
    alternatives: str
    trade_off: str

    def resources(self, facts: ArchitectureFacts) -> list[ResourceFact]:
        """The declared resources of this family."""
        return [each for each in facts.resources if each.kind.startswith(self.kinds)]


@dataclass(frozen=True)
class Control:
    """A control, and the kind of thing that enforces it: a module, a gate or a kind of Terraform resource."""

    words: str
    kind: str
    name: str

    def found(self, facts: ArchitectureFacts) -> list[str]:
        """Where this build enforces it; empty when it does not."""
        if self.kind == "module":
            return [self.name] if self.name in facts.modules else []
        if self.kind == "gate":
            return [f"gate on {check.asset}" for check in facts.checks if check.name == self.name and check.blocking]
        modules = dict.fromkeys(each.module for each in facts.resources if each.kind == self.name)
        return [f"terraform {module}" for module in modules]


@cache
def services() -> tuple[Service, ...]:
    """The notes about services."""
    return tuple(
        Service(each["name"], tuple(each["kinds"]), each["role"], each["alternatives"], each["trade_off"])
        for each in _read("services.yaml")["services"]
    )


@cache
def controls() -> tuple[Control, ...]:
    """The controls."""
    made = []
    for each in _read("controls.yaml")["controls"]:
        [(kind, name)] = each["enforced_by"].items()
        made.append(Control(each["control"], kind, name))
    return tuple(made)


def without_note(resources: Sequence[ResourceFact]) -> list[str]:
    """The kinds of resources that no service's note covers."""
    kinds = tuple(kind for service in services() for kind in service.kinds)
    return sorted({each.kind for each in resources if not each.kind.startswith(kinds)})


def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((NOTES / name).read_text(encoding="utf-8"))
    return found
