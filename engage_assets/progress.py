"""What a person sees while a run works: one line a stage, with its time and rows, and each gate that did not pass."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import dagster as dg
from dagster import DagsterEvent, DagsterEventType

STAGES: Mapping[str, str] = {
    "raw_extracts": "raw extracts",
    "accepted_rows": "contract",
    "feature_models": "features (dbt)",
    "train_models": "training",
    "models__champion": "champion",
    "scores__predictions": "scoring",
    "decisions__next_best_actions": "decisions",
    "result_models": "results (dbt)",
    "results__published_week": "publication",
    "exports__actions": "action list",
    "reports": "reports",
}
"""Steps that get a line of their own; gates and other small steps only speak when something is wrong."""


class ProgressHandler(logging.Handler):
    """Turns Dagster's step events into lines on a stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.DEBUG)
        self._stream = stream
        self._started: dict[str, float] = {}
        self._rows: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        metadata = getattr(record, "dagster_meta", None) or {}
        event: DagsterEvent | None = metadata.get("dagster_event")
        if event is None or event.step_key is None:
            return
        self.handle_event(event, event.step_key)

    def handle_event(self, event: DagsterEvent, step: str) -> None:
        """Shows one event of one step, where it is worth a line."""
        if event.event_type == DagsterEventType.STEP_START:
            self._started[step] = time.monotonic()
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            self._rows[step] = self._rows.get(step, 0) + _row_count(event.materialization.metadata)
        elif event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            if not evaluation.passed:
                word = "refused" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "note"
                message = evaluation.metadata.get("message")
                self._line(f"  {word}: {evaluation.check_name}: {message.value if message else 'did not pass'}")
        elif event.event_type == DagsterEventType.STEP_SUCCESS and step in STAGES:
            rows = f"{self._rows[step]:>12,} rows" if self._rows.get(step) else ""
            self._line(f"  {STAGES[step]:<16}{self._elapsed(step):>7.1f} s{rows}")
        elif event.event_type == DagsterEventType.STEP_FAILURE and step in STAGES:
            self._line(f"  {STAGES[step]:<16}{self._elapsed(step):>7.1f} s  failed")

    def _elapsed(self, step: str) -> float:
        return time.monotonic() - self._started.get(step, time.monotonic())

    def _line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


def _row_count(metadata: Mapping[str, Any]) -> int:
    value = metadata.get("dagster/row_count")
    return int(value.value) if value is not None else 0


def _progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("engage.progress", logging.DEBUG)
    logger.addHandler(ProgressHandler(sys.stdout))
    return logger


progress_logger = dg.LoggerDefinition(_progress_logger, description="One line a stage, for people at a terminal.")
"""The logger that ``engage run`` selects instead of Dagster's console."""
