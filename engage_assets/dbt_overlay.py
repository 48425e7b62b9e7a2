"""The dbt project of a home with a contract of its own: the repository's project, with the contract's features in it.

Copied, not linked: dbt reads one folder. Results, analytics, monitoring, fairness, macros and tests are the same files.
"""

import hashlib
import shutil
from pathlib import Path

import yaml

from engage_assets.dbt import PROJECT_DIR, own_project
from engage_assets.errors import InputError
from engage_assets.extracts import dbt_files
from engage_assets.platform_contract import PlatformContract, platform_contract
from engage_assets.settings import Settings

SHARED = ("macros", "tests", "models/results", "models/analytics", "models/monitoring", "models/fairness")
FEATURES = ("activity_trends.sql", "contact_history.sql", "training_set.sql", "survival_set.sql")
OWN_MODELS = "models_of_contract"
"""Folder of the home with the hand-written models that the contract names."""


def ensure_project(settings: Settings) -> None:
    """Writes the home's project when the contract or the repository's project has changed; else does nothing."""
    platform = platform_contract(settings)
    if platform.own is None:
        return
    target = own_project(settings.dbt_target)
    stamp = target / ".made_of"
    fingerprint = _fingerprint(platform, settings.home)
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    new = target.with_name(".project.new")
    shutil.rmtree(new, ignore_errors=True)
    write_project(platform, new, settings.home)
    (new / ".made_of").write_text(fingerprint)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)


def write_project(platform: PlatformContract, target: Path, home: Path) -> None:
    """The whole project, into a new folder."""
    own = platform.own
    assert own is not None
    for place in SHARED:
        shutil.copytree(
            PROJECT_DIR / place, target / place, ignore=shutil.ignore_patterns("_unit_tests*.yml", "target", ".*")
        )
    shutil.copy(PROJECT_DIR / "profiles.yml", target / "profiles.yml")
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    project["vars"] |= dbt_files.variables_of(own)
    (target / "dbt_project.yml").write_text(yaml.safe_dump(project, sort_keys=False, allow_unicode=True))
    staging, features = target / "models/staging", target / "models/features"
    staging.mkdir(parents=True)
    features.mkdir()
    for table in platform.tables.tables.values():
        (staging / f"{table.name}.sql").write_text(dbt_files.staging_model(table))
    (staging / "_accepted.yml").write_text(dbt_files.sources_yaml(own))
    (staging / "_staging.yml").write_text(dbt_files.staging_yaml(own))
    for name in FEATURES:
        shutil.copy(PROJECT_DIR / "models/features" / name, features / name)
    shutil.copy(PROJECT_DIR / "own_contract/customer_features.sql", features / "customer_features.sql")
    outcomes = (
        "own_contract/customer_outcomes_given.sql"
        if platform.label_is_given
        else "models/features/customer_outcomes.sql"
    )
    shutil.copy(PROJECT_DIR / outcomes, features / "customer_outcomes.sql")
    (features / "_features.yml").write_text(dbt_files.features_yaml(own))
    for name in own.own_models:
        source = home / OWN_MODELS / f"{name}.sql"
        if not source.exists():
            raise InputError(
                f"the contract names the hand-written model {name}; there is no models/{name}.sql beside the contract"
            )
        shutil.copy(source, features / f"{name}.sql")


def _fingerprint(platform: PlatformContract, home: Path) -> str:
    assert platform.own is not None
    digest = hashlib.sha256(platform.own.model_dump_json().encode())
    for folder in (PROJECT_DIR, home / OWN_MODELS):
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".sql", ".yml"} and "target" not in file.parts:
                digest.update(file.as_posix().encode() + file.read_bytes())
    return digest.hexdigest()
