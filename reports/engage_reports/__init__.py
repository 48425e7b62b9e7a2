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
    FRAMES,
    ReportFile,
    build_architecture_report,
    build_cost_report,
    build_engagement_report,
    build_reports,
)
from engage_reports.charts import ChartRenderer
from engage_reports.errors import BrowserMissing, ChartsFailed, ReportError

__all__ = [
    "FRAMES",
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
    "build_architecture_report",
    "build_cost_report",
    "build_engagement_report",
    "build_reports",
    "find_browser",
]
