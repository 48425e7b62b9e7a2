"""The language model: what answers questions about the published weeks. Without one, the question catalogue does."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engage_assets.errors import InputError
from engage_assets.platform_contract import PlatformContract, platform_contract, words_of
from engage_assets.resources.lake import Lake
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

if TYPE_CHECKING:
    from engage_assets.assistant.answer import Assistant
    from engage_assets.assistant.keeping import Files
    from engage_assets.assistant.offline import CatalogueAssistant
    from engage_assets.assistant.reading import PublishedTables

Tables = Callable[[], "PublishedTables"]
# What reads the tables is made when it is used: parsers take a while to import, and loading the definitions needs none.


@dataclass(frozen=True)
class LanguageModel(ABC):
    """Answers questions from the published tables of one warehouse."""

    tables: Tables
    contract: PlatformContract | None = None
    """The user's contract, whose words are spoken; None: the platform's own."""

    def catalogue(self) -> "CatalogueAssistant":
        """The assistant that knows catalogued questions and no others."""
        from engage_assets.assistant.catalogue import load_questions
        from engage_assets.assistant.language import load_language
        from engage_assets.assistant.offline import CatalogueAssistant

        questions, language = load_questions(), load_language()
        words = words_of(self.contract) if self.contract else None
        if words is None:
            return CatalogueAssistant(self.tables(), questions, language)
        from engage_assets.assistant.identifiers import Identifiers
        from engage_assets.assistant.own_words import in_words, span_of, understanding

        return CatalogueAssistant(
            self.tables(),
            in_words(questions, words),
            understanding(language, words),
            currency=words.currency,
            span=span_of(words),
            called=(words.customer, words.customers),
            identifiers=Identifiers((words.customer,)),
        )

    @abstractmethod
    def assistant(self) -> "Assistant":
        """What answers a person's question."""


@dataclass(frozen=True)
class CatalogueOnly(LanguageModel):
    """No model: a question is matched to the catalogue or refused."""

    def assistant(self) -> "Assistant":
        return self.catalogue()


@dataclass(frozen=True)
class BedrockModel(LanguageModel):
    """A model on Amazon Bedrock chooses among the same tools; the catalogue answers where it fails."""

    model_id: str = ""
    region: str = ""
    prices: tuple[float, ...] = field(default=(0.0, 0.0))
    tokens: int = 0
    cost_usd: float = 0.0
    files: "Files | None" = None
    """Where the conversations are kept."""
    guardrail: str = ""

    def assistant(self) -> "Assistant":
        from engage_assets.assistant.converse import Budget, ConverseAssistant

        input_price, output_price = self.prices
        identifier, _, version = self.guardrail.rpartition(":")
        return ConverseAssistant(
            offline=self.catalogue(),
            client=self._client,
            model_id=self.model_id,
            budget=Budget(self.tokens, self.cost_usd, input_price, output_price),
            files=self.files,
            guardrail={"guardrailIdentifier": identifier, "guardrailVersion": version} if identifier else None,
        )

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        # Retries are the assistant's own: it must know of each.
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)
        return boto3.client("bedrock-runtime", region_name=self.region, config=config)


def choose_language_model(settings: Settings, tables: Tables, files: "Files") -> LanguageModel:
    """The language model that the settings name, over these tables; conversations are kept in the files.

    Raises
    ------
    InputError
        Naming every setting that the model needs and that is missing.
    """
    contract = platform_contract(settings)
    if settings.language_model == "off":
        return CatalogueOnly(tables, contract)
    region = settings.language_model_region or settings.region
    needed = {
        "ENGAGE_LANGUAGE_MODEL_ID": settings.language_model_id,
        "ENGAGE_LANGUAGE_MODEL_REGION": region,
        "ENGAGE_LANGUAGE_MODEL_PRICES": settings.language_model_prices,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise InputError(
            f"ENGAGE_LANGUAGE_MODEL=bedrock needs {', '.join(missing)}; docs/assistant.md says what they are."
        )
    return BedrockModel(
        tables,
        contract,
        model_id=settings.language_model_id,
        region=region,
        prices=settings.language_model_prices,
        tokens=settings.question_tokens,
        cost_usd=settings.question_cost_usd,
        files=files,
        guardrail=settings.language_model_guardrail,
    )


def tables_on_this_machine(settings: Settings, warehouse: Warehouse) -> Tables:
    """The published tables of the DuckDB file."""

    def tables() -> "PublishedTables":
        from engage_assets.assistant.reading import DuckDBTables

        if settings.warehouse.exists():
            warehouse.table_names("published")  # views of a home that was moved follow it
        return DuckDBTables(settings.warehouse, settings.lake, threads=settings.threads)

    return tables


def tables_of_warehouse(warehouse: Warehouse, lake: Lake) -> Tables:
    """The published tables behind another warehouse, whose own limits on bytes and time hold."""

    def tables() -> "PublishedTables":
        from engage_assets.assistant.reading import QueriedTables

        return QueriedTables(
            lambda: warehouse.table_names("published"), warehouse.query_all, lambda: str(lake.weeks("published"))
        )

    return tables
