"""Answers: the weekly brief, from the question catalogue over the published tables."""

from pathlib import Path

import dagster as dg

from engage_assets.assets.transformations import POOL
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.language_model import LanguageModel
from engage_assets.settings import Settings


def build_answer_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The weekly brief."""

    @dg.asset(
        key=["answers", "weekly_brief"],
        deps=[["results", "published_week"]],
        group_name="reports",
        kinds={"markdown"},
        partitions_def=weeks_partitions(settings),
        pool=POOL,
        description="The questions of every week, answered: a sentence, a small table and the query of each.",
    )
    def weekly_brief(
        context: dg.AssetExecutionContext, language_model: dg.ResourceParam[LanguageModel], lake: Lake, reports: Lake
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        # Imported here: parsers take a while to import, and loading the definitions needs none.
        from engage_assets.assistant.brief import as_markdown
        from engage_assets.assistant.brief import weekly_brief as answer_the_week

        week = week_of(context)
        own = platform_contract(settings).own
        knows_places = own is None or bool(own.slot("location"))
        answers = answer_the_week(language_model.catalogue(), week.isoformat(), knows_places=knows_places)
        text = as_markdown(answers, week.isoformat())
        lake.write_json(f"{week_folder('answers', week)}/brief.json", {"answers": [each.as_json() for each in answers]})
        folder = f"week={week}"
        with reports.filled(folder) as place:
            write_text(text, place / "brief.md")
        return dg.MaterializeResult(
            metadata={
                "brief": dg.MetadataValue.md(text),
                "path": dg.MetadataValue.path(reports.location(f"{folder}/brief.md")),
                "answers": len(answers),
            }
        )

    return [weekly_brief]


def write_text(text: str, path: Path) -> None:
    """Writes a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
