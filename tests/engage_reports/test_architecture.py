"""The architecture report is drawn from the facts: renamed appears renamed, cycles and sixty assets still fit."""

from dataclasses import replace

import pandas as pd

from engage_reports import ArchitectureFacts, AssetFact, RunsOn
from engage_reports.architecture.report import draft_architecture
from engage_reports.architecture.stages import stages_of
from engage_reports.architecture_facts import LayerFact, ResourceFact, RetentionFact, SuiteFact, SuiteRunFact
from engage_reports.draft import Draft
from tests.engage_reports.published_week import RUN_ID, WEEK
from tests.engage_reports.reading import page_words as words

Frames = dict[str, pd.DataFrame]
HERE = RunsOn("DuckDB", "Athena")


def asset(key: str, *upstream: str) -> AssetFact:
    return AssetFact(key, key.split("/")[0], ("dbt",), "", tuple(upstream), HERE)


def draft(platform: ArchitectureFacts, frames: Frames) -> Draft:
    return draft_architecture(platform, frames, week=WEEK, run_id=RUN_ID)


def test_every_asset_check_job_setting_version_and_table_is_named(platform: ArchitectureFacts, frames: Frames) -> None:
    text = words(draft(platform, frames)).replace(" ", "")
    for name in (
        *(each.key for each in platform.assets),
        *(each.name for each in platform.checks if each.blocking),
        *(each.name for each in (*platform.jobs, *platform.schedules, *platform.settings)),
        *platform.versions.values(),
    ):
        assert name.replace(" ", "") in text, name


def test_a_renamed_asset_and_group_appear_renamed(platform: ArchitectureFacts, frames: Frames) -> None:
    renamed = tuple(
        replace(each, key="scores/fortune_teller", group="oracle") if each.key == "scores/predictions" else each
        for each in platform.assets
    )
    text = words(draft(replace(platform, assets=renamed), frames))
    assert "scores/fortune_teller" in text
    assert "Oracle (1 asset)" in text
    assert "scores/predictions" not in text.split("Gates")[0].replace("scores/predictions,", "")[:400]


def test_the_counts_are_counted(platform: ArchitectureFacts, frames: Frames) -> None:
    text = words(draft(platform, frames))
    blocking = sum(check.blocking for check in platform.checks)
    assert f"{len(platform.assets)} assets in" in text
    assert f"checks, {blocking} of them blocking" in text
    assert "In this run: 4 passed and 1 insufficient." in text


def test_it_fits_ten_pages(platform: ArchitectureFacts, frames: Frames) -> None:
    from engage_reports.kit.document import lay_out

    made = draft(platform, frames)
    assert 3 <= lay_out(made.edition, made.story, subject=made.subject).pdf.count(b"/Type /Page\n") <= 10


def test_stages_stand_below_what_they_read_and_implied_lines_are_left_out() -> None:
    assets = [asset("a/1"), asset("b/1", "a/1"), asset("c/1", "b/1", "a/1"), asset("c/2", "c/1")]
    a, b, c = stages_of(assets)
    assert [stage.layer for stage in (a, b, c)] == [0, 1, 2]
    assert c.upstream == ("b",)
    assert [each.key for each in c.assets] == ["c/1", "c/2"]


def test_groups_that_need_each_other_are_drawn_one_way_and_said_the_other() -> None:
    assets = [asset("a/1"), asset("b/1", "a/1"), asset("a/2", "b/1"), asset("c/1", "a/2")]
    stages = {stage.name: stage for stage in stages_of(assets)}
    directions = [bool(stages["a"].upstream or stages["a"].against), bool(stages["b"].upstream or stages["b"].against)]
    assert all(directions)
    assert sum(len(stage.against) for stage in stages.values()) == 1


def test_a_cycle_of_assets_does_not_hang() -> None:
    assert len(stages_of([asset("a/1", "b/1"), asset("b/1", "a/1")])) == 2


def test_no_definitions_no_verdicts(frames: Frames) -> None:
    frames["monitoring.gate_results"] = frames["monitoring.gate_results"].head(0)
    text = words(draft(ArchitectureFacts(assets=()), frames))
    assert "Not available: no definitions were handed over" in text
    assert "the definitions hold no check" in text


def test_infrastructure_controls_and_evidence_are_drawn_from_the_facts(
    platform: ArchitectureFacts, frames: Frames
) -> None:
    described = replace(
        platform,
        resources=(ResourceFact("lake", "aws_s3_bucket", "data"), ResourceFact("lake", "aws_quantum_computer", "q")),
        retention=(RetentionFact("lake: s3_bucket.data", "noncurrent_days", "30"),),
        layers=(LayerFact("results", 3, 60, 60, 9),),
        modules=frozenset({"engage_assets.contracts.validation"}),
        suites=(SuiteFact("rooms", 4, 57),),
        suite_run=SuiteRunFact("2026-11-24", 57, 0, 1, 12, 61.5, 91.25, of_this_code=False),
    )
    text = words(draft(described, frames))
    assert "2 resources in 1 Terraform module" in text
    assert "Resources without a note: aws_quantum_computer" in text
    assert "engage_assets.contracts.validation" in text
    assert "NOT FOUND in this build" in text
    assert "Noncurrent days" in text
    assert "57 passed, 0 failed, 1 skipped in 61.5 s on OTHER code than this, with 12 parity tests" in text
    assert "91.2% of the packages' lines were run by it" in text


def test_an_installation_without_terraform_and_tests_says_so(platform: ArchitectureFacts, frames: Frames) -> None:
    text = words(draft(platform, frames))
    assert "The Terraform code is not part of this installation" in text
    assert "The tests are not part of this installation" in text
    assert "no dbt manifest was handed over" in text


def test_long_names_and_many_groups_stay_on_the_page(frames: Frames) -> None:
    long = "group_with_a_name_that_is_far_too_long_for_any_box_" * 2
    assets = [asset(f"{long}{n}/asset", *(f"{long}{m}/asset" for m in range(n) if m % 3 == 0)) for n in range(16)]
    assert "16 stages" in words(draft(ArchitectureFacts(assets=tuple(assets)), frames))
