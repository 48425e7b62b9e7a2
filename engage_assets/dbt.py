"""How the dbt project is prepared, run and shown in Dagster.

dbt runs inside this process, on a manifest that is parsed once per change of the project: a new dbt process for each
step costs three times what the models do.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from engage_assets.errors import InputError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT_DIR = Path(__file__).resolve().parents[1] / "dbt_project"
FAILED_STATUSES = frozenset({"error", "fail", "runtime error", "skipped"})

SOURCE_KEYS: Mapping[str, Sequence[str]] = {
    "predictions": ["scores", "predictions"],
    "decisions": ["decisions", "next_best_actions"],
    "metrics": ["models", "evaluation"],
    "fairness": ["models", "evaluation"],
    "reliability": ["models", "evaluation"],
    "slices": ["models", "evaluation"],
    "survival": ["models", "evaluation"],
    "lift": ["models", "evaluation"],
    "importance": ["models", "evaluation"],
    "accounting": ["accepted", "accounting"],
    "performance": ["monitoring", "performance_log"],
    "drift": ["monitoring", "drift_log"],
    "scorecard": ["monitoring", "scorecard_log"],
}
"""Which asset writes the files behind a dbt source of the lake. A source that is not here is a log, not an asset."""


@dataclass(frozen=True)
class NodeOutcome:
    """What dbt did with one model or test."""

    unique_id: str
    status: str
    message: str
    seconds: float
    rows: int | None
    failures: int | None
    bytes_scanned: int = 0

    @property
    def ok(self) -> bool:
        """Whether the node was built, or its test passed (a warning is a pass)."""
        return self.status not in FAILED_STATUSES


class Translator(DagsterDbtTranslator):
    """Asset keys are [folder, model]; groups are the folders; sources take the key of the asset that writes them."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "lake":
                name = dbt_resource_props["name"]
                return dg.AssetKey(SOURCE_KEYS.get(name, ["logs", name]))
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([_folder(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return _folder(dbt_resource_props)


def _folder(properties: Mapping[str, Any]) -> str:
    # fqn is [project, folder, …, model].
    return str(properties["fqn"][1])


def profile_target(target_path: Path) -> str:
    """The target of ``profiles.yml`` whose artifacts a folder holds: aws for ``dbt-aws``, local for any other.

    Names of relations are compiled into the artifacts, so that no two targets share a folder.
    """
    return target_path.name.partition("dbt-")[2] or "local"


def manifest_path(target_path: Path) -> Path:
    """The manifest of the project as it stands, parsed anew only when a file of the project has changed."""
    path = target_path / "manifest.json"
    stamp = target_path / "manifest.stamp"
    fingerprint = _fingerprint(project_dir(target_path))
    if not path.exists() or not stamp.exists() or stamp.read_text() != fingerprint:
        target_path.mkdir(parents=True, exist_ok=True)
        _parse(target_path)
        stamp.write_text(fingerprint)
    return path


@cache
def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest as a dictionary, read once."""
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def feature_list(target_path: Path) -> list[dict[str, Any]]:
    """The model inputs, from the column metadata of ``customer_features``.

    Each has name, type (numeric, category or boolean), label (plain words), theme, categories or None, and peers:
    whether it says whom reasons compare a customer with (``engage_ml.peers``).
    """
    nodes = read_manifest(manifest_path(target_path))["nodes"]
    columns = next(node for node in nodes.values() if node["name"] == "customer_features")["columns"]
    features = []
    for name, column in columns.items():
        meta = column.get("config", {}).get("meta") or column.get("meta", {})
        if meta.get("role") == "feature":
            described = {key: meta[key] for key in ("type", "label", "theme")}
            features.append(
                {"name": name, **described, "categories": meta.get("categories"), "peers": meta.get("peers", False)}
            )
    return features


def own_project(target_path: Path) -> Path:
    """Where the project of a home with a contract of its own is, if it has one."""
    return target_path / "project"


def project_dir(target_path: Path) -> Path:
    """The dbt project that a home runs: its own, or the repository's."""
    own = own_project(target_path)
    return own if (own / "dbt_project.yml").exists() else PROJECT_DIR


def feature_fingerprint(target_path: Path) -> str:
    """Changes when the SQL of the features does: stored features of past weeks are then of another make."""
    places = ("models/staging", "models/features", "macros", "dbt_project.yml")
    return _fingerprint(project_dir(target_path), *places)


def _fingerprint(project: Path, *places: str) -> str:
    digest = hashlib.sha256()
    for file in sorted(project.rglob("*")):
        name = file.relative_to(project).as_posix()
        parts = file.relative_to(project).parts
        if file.suffix in {".sql", ".yml"} and "target" not in parts and (not places or name.startswith(places)):
            digest.update(str(file.relative_to(project)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _parse(target_path: Path) -> None:
    _invoke(["parse"], target_path=target_path, environment={}, manifest=None)


def run_dbt(
    command: Sequence[str],
    *,
    select: Sequence[str],
    variables: Mapping[str, Any],
    target_path: Path,
    environment: Mapping[str, str],
) -> list[NodeOutcome]:
    """Runs one dbt command in this process and returns what happened to each node.

    Raises
    ------
    EngageError
        When dbt could not run at all (a failed model or test is an outcome, not an exception).
    """
    # The manifest does not change while a command runs; writing it costs more than most models.
    arguments = [*command, "--no-write-json", "--select", *select, "--vars", json.dumps(dict(variables), default=str)]
    result = _invoke(arguments, target_path=target_path, environment=environment, manifest=load_manifest(target_path))
    return [
        NodeOutcome(
            unique_id=node.node.unique_id,
            status=str(node.status),
            message=str(node.message or ""),
            seconds=float(node.execution_time),
            rows=(node.adapter_response or {}).get("rows_affected"),
            failures=node.failures,
            bytes_scanned=int((node.adapter_response or {}).get("data_scanned_in_bytes") or 0),
        )
        for node in result.results
    ]


@cache
def load_manifest(target_path: Path) -> "Manifest":
    """dbt's own manifest object, from the file that parsing left behind."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest_path(target_path)
    content = (target_path / "partial_parse.msgpack").read_bytes()
    manifest = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    manifest.rebuild_ref_lookup()  # type: ignore[no-untyped-call]
    return manifest


def _invoke(
    arguments: Sequence[str], *, target_path: Path, environment: Mapping[str, str], manifest: "Manifest | None"
) -> Any:
    # Imported here: dbt takes two seconds to import, and a query or a status needs none of it.
    from dbt.cli.main import dbtRunner

    options = [
        "--quiet",
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--log-level", "none", # what dbt has to say is in its outcomes; it prints tracebacks of its own
        "--log-level-file", "none",
        "--log-path", str(target_path / "logs"),
    ]  # fmt: skip
    project = str(project_dir(target_path))
    places = [
        "--project-dir", project,
        "--profiles-dir", project,
        "--target-path", str(target_path),
        "--target", profile_target(target_path),
    ]  # fmt: skip
    with _environment(environment):
        outcome = dbtRunner(manifest=manifest).invoke([*options, *arguments, *places])
    if outcome.exception is not None and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # Ctrl-C, or Dagster's word for it: dbt keeps whatever is raised
    if outcome.result is None:
        problem = str(outcome.exception)
        raise InputError(f"dbt cannot {arguments[0]} the project in {project}:\n{problem}") from None
    return outcome.result


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """profiles.yml reads these variables; they are set only while dbt runs."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
