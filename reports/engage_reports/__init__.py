"""Three executive reports as PDF: engagement, cost, architecture. Data frames in, files out; no Dagster, no DuckDB.

with ChartRenderer(find_browser()) as charts:     # the browser opens in the background
    frames = ...                                  # "analytics.weekly_summary" -> DataFrame, one published week
    files = build_reports(frames, out, week=week, run_id=run_id, architecture=facts, charts=charts)
"""

from engage_reports.architecture_facts import (
    ArchitectureFacts,
    AssetFact,
    CheckFact,
    JobFact,
    RunsOn,
    ScheduleFact,
    SettingFact,
    SourceTableFact,
)
from engage_reports.browser import find_browser
from engage_reports.build import (
    ReportFile,
    build_reports,
)
from engage_reports.charts import ChartRenderer
from engage_reports.errors import BrowserMissing, ChartsFailed, ReportError
from engage_reports.kit.look import PAPERS
from engage_reports.queries import FRAMES, answerable, statements

__all__ = [
    "FRAMES",
    "PAPERS",
    "ArchitectureFacts",
    "AssetFact",
    "BrowserMissing",
    "ChartRenderer",
    "ChartsFailed",
    "CheckFact",
    "JobFact",
    "ReportError",
    "ReportFile",
    "RunsOn",
    "ScheduleFact",
    "SettingFact",
    "SourceTableFact",
    "answerable",
    "build_reports",
    "find_browser",
    "statements",
]
