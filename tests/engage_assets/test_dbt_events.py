"""What a run says of dbt: a model that cannot be built is the fault to tell, not the tests skipped after it."""

from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from engage_assets.assets import transformations
from engage_assets.dbt import NodeOutcome
from engage_assets.errors import EngageError

KEY = dg.AssetCheckKey(dg.AssetKey(["features", "customer_features"]), "grain")


def outcome(kind, status, message=""):
    return NodeOutcome(f"{kind}.engage.customer_features", status, message, 0.1, None, None)


@pytest.fixture
def events(monkeypatch):
    manifest = {"nodes": {"test.engage.customer_features": {"config": {"severity": "error"}}}}
    monkeypatch.setattr(transformations, "read_manifest", lambda _: manifest)
    monkeypatch.setattr(transformations, "manifest_path", lambda place: place)
    monkeypatch.setattr(transformations, "get_asset_check_key_for_test", lambda *_: KEY)
    monkeypatch.setattr(transformations, "describe_models", lambda *_: {})
    context = SimpleNamespace(selected_asset_check_keys={KEY})
    return lambda *outcomes: transformations.dbt_events(context, outcomes, Path(), None)


def test_a_model_that_cannot_be_built_is_told(events):
    found = events(outcome("model", "error", "Binder Error: no sum of booleans"), outcome("test", "skipped"))
    with pytest.raises(EngageError, match="customer_features: Binder Error: no sum of booleans"):
        list(found)


def test_no_test_that_was_skipped_after_it_is_a_refusal(events):
    found, seen = events(outcome("model", "error", "Binder Error"), outcome("test", "skipped")), []
    with pytest.raises(EngageError):
        seen.extend(found)
    assert not seen


def test_a_test_that_was_skipped_after_a_failed_one_says_so(events):
    [check] = list(events(outcome("test", "skipped")))
    assert (check.passed, check.metadata["message"].value) == (False, "not run: what it judges was not built")
