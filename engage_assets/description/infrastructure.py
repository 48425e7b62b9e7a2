"""What the Terraform code declares, read from its text: resources by module, and how long things are kept."""

import re
from collections.abc import Iterator
from pathlib import Path

from engage_reports.architecture_facts import ResourceFact, RetentionFact

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"

_RESOURCE = re.compile(r'^resource\s+"(\w+)"\s+"(\w+)"', re.MULTILINE)
_KEPT = re.compile(
    r"^\s*(retention_in_days|backup_retention_period|noncurrent_days|days|deletion_protection|enable_key_rotation|"
    r"deletion_window_in_days|storage_encrypted|force_destroy|force_delete)\s*=\s*(.+?)\s*(?:#.*)?$",
    re.MULTILINE,
)
_DEFAULT = re.compile(r'variable\s+"(\w+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)


def resources(folder: Path = TERRAFORM) -> tuple[ResourceFact, ...]:
    """Every declared resource; empty when this installation has no Terraform code."""
    return tuple(
        ResourceFact(_module(file, folder), kind, name)
        for file in _files(folder)
        for kind, name in _RESOURCE.findall(file.read_text(encoding="utf-8"))
    )


def retention(folder: Path = TERRAFORM) -> tuple[RetentionFact, ...]:
    """Settings of recovery and retention with the resource they belong to; a variable is shown with its default."""
    defaults = dict(_defaults(folder))
    facts = []
    for file in _files(folder):
        text = file.read_text(encoding="utf-8")
        for resource in _RESOURCE.finditer(text):
            body = text[resource.end() :]
            body = body[: body.find("\n}")]
            for setting, value in _KEPT.findall(body):
                facts.append(
                    RetentionFact(
                        f"{_module(file, folder)}: {resource[1].removeprefix('aws_')}.{resource[2]}",
                        setting,
                        _with_default(value, defaults),
                    )
                )
    return tuple(dict.fromkeys(facts))


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.tf") if ".terraform" not in file.parts) if folder.is_dir() else []


def _module(file: Path, folder: Path) -> str:
    """The module's folder, or "root"."""
    place = file.relative_to(folder).parent
    return place.name or "root"


def _defaults(folder: Path) -> Iterator[tuple[str, str]]:
    for file in _files(folder):
        for name, body in _DEFAULT.findall(file.read_text(encoding="utf-8")):
            if found := re.search(r"^\s*default\s*=\s*(\S+)\s*$", body, re.MULTILINE):
                yield name, found[1]


def _with_default(value: str, defaults: dict[str, str]) -> str:
    found = re.search(r"var\.(\w+)", value)
    return f"{value} (default {defaults[found[1]]})" if found and found[1] in defaults else value
