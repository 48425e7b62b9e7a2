"""Which language model the settings choose, what they may say of it, and that none is reached while choosing."""

import pytest

from engage_assets.errors import InputError
from engage_assets.resources.lake import LocalLake
from engage_assets.resources.language_model import BedrockModel, CatalogueOnly, choose_language_model
from engage_assets.settings import Settings

BEDROCK = {
    "ENGAGE_LANGUAGE_MODEL": "bedrock", "ENGAGE_LANGUAGE_MODEL_ID": "maker.model-v1",
    "ENGAGE_LANGUAGE_MODEL_REGION": "eu-west-1", "ENGAGE_LANGUAGE_MODEL_PRICES": "3,15",
}  # fmt: skip
LAKE = LocalLake(root="nowhere")


def tables():
    raise AssertionError("choosing a model reads no table")


def choose(environ, home):
    return choose_language_model(Settings.from_environment(environ, home=home), tables, LAKE)


def test_without_a_setting_the_catalogue_answers(tmp_path):
    model = choose({}, tmp_path)
    assert isinstance(model, CatalogueOnly)
    assert model.contract is not None
    assert not model.contract.is_own


def test_bedrock_takes_every_setting_of_the_model(tmp_path):
    limits = {
        "ENGAGE_LANGUAGE_MODEL_GUARDRAIL": "arn:aws:bedrock:eu-west-1:1:guardrail/abc:7",
        "ENGAGE_QUESTION_TOKENS": "5000",
        "ENGAGE_QUESTION_COST_USD": "0.5",
    }
    model = choose(BEDROCK | limits, tmp_path)
    assert isinstance(model, BedrockModel)
    assert (model.model_id, model.region, model.prices) == ("maker.model-v1", "eu-west-1", (3.0, 15.0))
    assert (model.tokens, model.cost_usd, model.guardrail) == (5000, 0.5, limits["ENGAGE_LANGUAGE_MODEL_GUARDRAIL"])
    assert model.files is LAKE


def test_the_region_is_that_of_the_platform_unless_the_model_has_its_own(tmp_path):
    own = choose(BEDROCK | {"ENGAGE_REGION": "us-east-1"}, tmp_path)
    elsewhere = choose(BEDROCK | {"ENGAGE_REGION": "us-east-1", "ENGAGE_LANGUAGE_MODEL_REGION": ""}, tmp_path)
    assert [model.region for model in (own, elsewhere)] == ["eu-west-1", "us-east-1"]


def test_everything_that_bedrock_lacks_is_named_at_once(tmp_path):
    with pytest.raises(InputError) as refused:
        choose({"ENGAGE_LANGUAGE_MODEL": "bedrock"}, tmp_path)
    for name in ("ENGAGE_LANGUAGE_MODEL_ID", "ENGAGE_LANGUAGE_MODEL_REGION", "ENGAGE_LANGUAGE_MODEL_PRICES"):
        assert name in str(refused.value)
    with pytest.raises(InputError, match=r"needs ENGAGE_LANGUAGE_MODEL_PRICES;"):
        choose({name: value for name, value in BEDROCK.items() if "PRICES" not in name}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "expectation"),
    [
        ("ENGAGE_LANGUAGE_MODEL", "gpt", "off"),
        ("ENGAGE_LANGUAGE_MODEL_PRICES", "3", "two prices"),
        ("ENGAGE_LANGUAGE_MODEL_PRICES", "3,15,60", "two prices"),
        ("ENGAGE_LANGUAGE_MODEL_PRICES", "3,free", "an amount of USD"),
        ("ENGAGE_LANGUAGE_MODEL_PRICES", "3,-15", "more than 0"),
        ("ENGAGE_LANGUAGE_MODEL_PRICES", "nan,15", "more than 0"),
        ("ENGAGE_LANGUAGE_MODEL_GUARDRAIL", "abc123", "id:version"),
        ("ENGAGE_LANGUAGE_MODEL_GUARDRAIL", "abc 123:1", "id:version"),
        ("ENGAGE_LANGUAGE_MODEL_GUARDRAIL", "abc123:latest", "id:version"),
        ("ENGAGE_QUESTION_TOKENS", "999", "1"),
        ("ENGAGE_QUESTION_TOKENS", "many", "whole number"),
        ("ENGAGE_QUESTION_COST_USD", "0", "more than 0"),
        ("ENGAGE_QUESTION_COST_USD", "inf", "less than 1,000"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_what_was_expected(name, value, expectation):
    with pytest.raises(InputError) as refused:
        Settings.from_environment(BEDROCK | {name: value})
    assert f"{name}={value!r}" in str(refused.value)
    assert expectation in str(refused.value)


def test_a_guardrail_may_be_a_draft():
    settings = Settings.from_environment(BEDROCK | {"ENGAGE_LANGUAGE_MODEL_GUARDRAIL": "abc123:DRAFT"})
    assert settings.language_model_guardrail == "abc123:DRAFT"
