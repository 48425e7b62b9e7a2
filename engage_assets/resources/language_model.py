"""The language model: what answers questions about the published weeks. Without one, the question catalogue does."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from engage_assets.assistant.answer import Assistant
    from engage_assets.assistant.offline import CatalogueAssistant


class LanguageModel(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Answers questions from the published tables of one warehouse."""

    warehouse: str
    lake: str
    threads: int = 2

    def catalogue(self) -> "CatalogueAssistant":
        """The assistant that knows catalogued questions and no others."""
        # Imported here: parsers take a while to import, and loading the definitions needs none.
        from engage_assets.assistant.catalogue import load_questions
        from engage_assets.assistant.language import load_language
        from engage_assets.assistant.offline import CatalogueAssistant
        from engage_assets.assistant.reading import DuckDBTables

        tables = DuckDBTables(Path(self.warehouse), Path(self.lake), threads=self.threads)
        return CatalogueAssistant(tables, load_questions(), load_language())

    @abstractmethod
    def assistant(self) -> "Assistant":
        """What answers a person's question."""


class CatalogueOnly(LanguageModel):
    """No model: a question is matched to the catalogue or refused."""

    def assistant(self) -> "Assistant":
        return self.catalogue()
