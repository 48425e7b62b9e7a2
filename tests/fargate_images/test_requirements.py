"""What the images install: all that their program imports, at the versions that everything else is tested with."""

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "fargate_images"
PROGRAMS = ("training", "scoring")
RUNS = (("training", "training"), ("training", "tuning"), ("scoring", "scoring"))
"""Image and program: tuning runs in the image of training."""


def locked(file: Path) -> dict[str, set[str]]:
    """Versions by package; a package may have one for each Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", file.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def imported_packages(module: str, seen: set[str] | None = None) -> set[str]:
    """Third-party packages that a module of ``engage_ml`` imports, itself or through another module of it.

    What a function imports counts in the program and in its session with the launcher; elsewhere such an import is for
    training only. Imports for type checking do not count, nor does what is imported by name (`LEARNERS` of training).
    """
    seen = set() if seen is None else seen
    path = IMAGES.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if module in seen or not path.exists():
        return set()
    starts = not seen or module == "engage_ml.session"
    seen.add(module)
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    names = _names(ast.walk(tree))
    inside = {name for name in names if name.split(".")[0] == "engage_ml"}
    outside = (names if starts else _names(tree.body)) - inside
    packages = {name.split(".")[0] for name in outside} - set(sys.stdlib_module_names)
    return packages.union(*(imported_packages(name, seen) for name in inside))


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


@pytest.mark.parametrize(("image", "program"), RUNS)
def test_the_lock_holds_what_the_program_imports(image, program):
    distributions = packages_distributions()
    needed = {
        name.lower()
        for package in imported_packages(f"engage_ml.{program}")
        for name in distributions.get(package, [package])
    }
    assert needed, program
    assert sorted(needed - set(locked(IMAGES / image / "requirements.lock"))) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_versions_are_those_of_the_repository(program):
    ours = locked(REPOSITORY / "requirements.lock")
    differing = {
        name: versions
        for name, versions in locked(IMAGES / program / "requirements.lock").items()
        if not versions <= ours.get(name, set())
    }
    assert differing == {}, "run make lock"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_lock_is_made_from_the_short_list(program):
    wanted = re.findall(r"^([a-z0-9-]+)", (IMAGES / program / "requirements.in").read_text(), re.MULTILINE)
    assert set(wanted) <= set(locked(IMAGES / program / "requirements.lock"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_package_has_hashes(program):
    lock = (IMAGES / program / "requirements.lock").read_text()
    entries = [entry for entry in re.split(r"\n(?=[a-z])", lock) if "==" in entry]
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_scoring_needs_no_learner():
    assert not {"scikit-learn", "xgboost-cpu", "pandas"} & set(locked(IMAGES / "scoring" / "requirements.lock"))


@pytest.mark.parametrize("image", [*PROGRAMS, "orchestrator"])
def test_the_image_is_pinned_unprivileged_and_described(image):
    text = (IMAGES / image / "Dockerfile").read_text()
    pins = {(IMAGES / each / "Dockerfile").read_text().split("ARG PYTHON_IMAGE=")[1].split()[0] for each in PROGRAMS}
    [base] = pins
    assert f"ARG PYTHON_IMAGE={base}" in text
    assert re.fullmatch(r"docker\.io/library/python:3\.11-slim-bookworm@sha256:[0-9a-f]{64}", base)
    assert {line for line in text.splitlines() if line.startswith("FROM ")} == {
        line for line in text.splitlines() if line.startswith("FROM ${PYTHON_IMAGE} AS ")
    }
    assert text.count("\nUSER ") == 1
    assert "\nUSER 10001:10001\n" in text
    for instruction in ("HEALTHCHECK", "org.opencontainers.image.title", "org.opencontainers.image.revision"):
        assert instruction in text
    assert ("chromium" in text) == (image == "orchestrator")
