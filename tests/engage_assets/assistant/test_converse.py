"""The tool loop against a scripted Converse endpoint: what a model can do wrong, and what the reader then sees."""

import json

import boto3
import pytest
from botocore.config import Config

from engage_assets.assistant.answer import formatted, headed
from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.converse import ATTEMPTS, MAXIMUM_TURNS, Budget, ConverseAssistant
from engage_assets.assistant.keeping import TRANSCRIPTS
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.own_words import in_words, span_of, understanding
from engage_assets.resources.lake import LocalLake
from engage_reports.house_words import Words
from tests.engage_assets.assistant.fake_converse import FakeConverse, call, error, last_result, say
from tests.engage_assets.assistant.world import HOSTILE_PLACE, WEEKS

QUESTION = "how much revenue did we make"
REVENUE = ("run_metric", {"question_id": "revenue_30d"})
PLENTY = Budget(tokens=100_000, cost_usd=1.0, input_price=3.0, output_price=15.0)


@pytest.fixture
def ask(assistant, tmp_path):
    """Asks a question of a model that plays a script; returns the answer, the requests, and the pauses."""

    home = assistant

    def run(script, question=QUESTION, budget=PLENTY, guardrail=None, assistant=home):
        pauses: list[float] = []
        with FakeConverse(script) as endpoint:
            client = boto3.client(
                "bedrock-runtime", region_name="us-east-1", endpoint_url=endpoint.url, aws_access_key_id="x",
                aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}),
            )  # fmt: skip
            model = ConverseAssistant(
                assistant,
                lambda: client,
                "scripted.model-v1",
                budget,
                LocalLake(root=str(tmp_path)),
                guardrail,
                pauses.append,
            )
            return model.ask(question), endpoint.requests, pauses

    return run


@pytest.fixture
def revenue(world):
    return world.week(WEEKS[-1])["revenue_30d_usd"].sum()


def test_a_metric_is_run_and_worded(ask, revenue):
    answer, requests, pauses = ask([call(REVENUE), say(f"Revenue was {revenue:,.2f} USD in the week of {WEEKS[-1]}.")])
    assert (answer.status, answer.by_model, answer.note) == ("answered", True, "")
    assert answer.sentence == f"Revenue was {revenue:,.2f} USD in the week of {WEEKS[-1]}."
    assert (answer.week, answer.gates, "select revenue_30d_usd" in answer.sql) == (
        str(WEEKS[-1]),
        "6 passed, 1 insufficient",
        True,
    )
    assert (len(requests), pauses) == (2, [])
    assert {tool["toolSpec"]["name"] for tool in requests[0]["toolConfig"]["tools"]} == {
        "run_metric", "run_sql", "explain_customer", "describe_tables",
    }  # fmt: skip


@pytest.fixture
def member_home(tables):
    """The assistant of a home with another currency, label window and word for customers."""
    words = Words(currency="EUR", days=56, customer="member", customers="members")
    return CatalogueAssistant(
        tables, in_words(load_questions(), words), understanding(load_language(), words),
        currency=words.currency, span=span_of(words), called=(words.customer, words.customers),
    )  # fmt: skip


def test_the_model_is_told_the_currency_the_label_window_and_the_word_for_customers(ask, member_home):
    told = []

    def then(body):
        told.append(last_result(body)["content"])
        return say("Done.")

    answer, requests, _ = ask([call(REVENUE), then], assistant=member_home)
    system = requests[0]["system"][0]["text"]
    for said in (
        "Amounts are in EUR",
        "those of engage_costs are in USD",
        "cover 56 days",
        "Customers are called members",
    ):
        assert said in system
    assert (told[0]["currency"], told[0]["label_window"]) == ("EUR", "56 days")
    assert (answer.currency, answer.called) == ("EUR", ("member", "members"))


@pytest.mark.parametrize(
    ("sql", "currency"),
    [
        ("select week, sum(revenue_30d_usd) as revenue_usd, max(customers) as customers from weekly_summary group by 1",
         "EUR"),
        ("select week, sum(usd) as run_usd from engage_costs group by 1", "USD"),
        ("with spent as (select * from engage_costs) select week, sum(usd) as run_usd from spent group by 1", "USD"),
    ],
    ids=["platform", "cloud", "cloud-cte"],
)  # fmt: skip
def test_a_query_of_the_model_is_shown_in_its_currency_and_words(ask, member_home, sql, currency):
    answer, *_ = ask([call(("run_sql", {"sql": sql})), say("Here it is.")], assistant=member_home)
    assert (answer.status, answer.currency, answer.called) == ("answered", currency, ("member", "members"))
    assert formatted(answer.columns[1], answer.rows[0][1], answer.currency).endswith(f" {currency}")
    assert currency == "USD" or headed("customers", answer) == "members"


def test_two_currencies_do_not_meet_in_one_query(ask, member_home, assistant):
    sql = (
        "select c.week, max(c.usd) as cost_usd, max(w.revenue_30d_usd) as revenue_usd "
        "from engage_costs c join weekly_summary w on w.week = c.week group by 1"
    )
    told = []

    def then(body):
        told.append(last_result(body))
        return say("Done.")

    ask([call(("run_sql", {"sql": sql})), then], assistant=member_home)
    assert told[0]["status"] == "error"
    assert "engage_costs is in USD, the other tables in EUR" in told[0]["content"]
    ask([call(("run_sql", {"sql": sql})), then], assistant=assistant)
    assert told[1]["status"] == "success"


def test_throttling_is_waited_for_and_then_given_up(ask, revenue):
    answer, requests, pauses = ask(
        [error("ThrottlingException"), error("ServiceUnavailableException", status=503), call(REVENUE), say("Done.")]
    )
    assert (answer.by_model, len(requests), len(pauses)) == (True, 4, 2)
    assert pauses[1] > pauses[0] * 0.5
    answer, requests, _ = ask([error("ThrottlingException")] * ATTEMPTS)
    assert len(requests) == ATTEMPTS
    # The catalogue answers, and says so.
    assert (answer.status, answer.by_model, answer.question_id) == ("answered", False, "revenue_30d")
    assert "ThrottlingException" in answer.note


def test_an_error_that_waiting_does_not_cure_is_not_repeated(ask):
    answer, requests, pauses = ask([error("AccessDeniedException", status=403)])
    assert (len(requests), pauses, answer.question_id) == (1, [], "revenue_30d")
    assert "AccessDeniedException" in answer.note


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("run_metric", {}, "question_id is missing"),
        ("run_metric", {"question_id": "no_such"}, "no question"),
        ("run_metric", {"question_id": "revenue_30d", "week": "2020-01-06"}, "not published"),
        ("run_metric", {"question_id": "revenue_30d", "week": "2026-11-16' or '1'='1"}, "not published"),
        ("run_metric", {"question_id": "segment_profile", "parameters": {"segment": "x' or 1=1"}}, "not known"),
        ("run_metric", {"question_id": "top_at_risk_customers", "parameters": {"k": "10; drop"}}, "must be a number"),
        ("run_metric", {"question_id": "top_at_risk_customers", "parameters": {"k": 5000}}, "1 to 100"),
        ("run_metric", {"question_id": "segment_profile", "parameters": [1]}, "must be an object"),
        ("run_metric", {"question_id": "revenue_30d", "parameters": {"location": "Kington"}}, "does not take"),
        ("run_sql", {"sql": 7}, "sql is missing"),
        ("run_sql", {"sql": "drop table segments"}, "expected one SELECT"),
        ("run_sql", {"sql": "select 1; drop table segments"}, "2 statements"),
        ("run_sql", {"sql": "select * from read_csv('/etc/passwd')"}, "function cannot stand"),
        ("run_sql", {"sql": "select customer_id from customer_scores"}, "customer"),
        ("run_sql", {"sql": "select nothing_like_it from segments"}, "cannot be run"),
        ("explain_customer", {"customer_id": "everyone"}, "stands in the question"),
        ("explain_customer", {}, "customer_id is missing"),
    ],
)
def test_a_malformed_or_forbidden_call_is_explained_to_the_model(ask, name, given, words, tables):
    before = tables.fetch({"n": "select count(*) as n from segments"}, policy="free")["n"].to_pylist()
    told = []

    def then(body):
        told.append(last_result(body))
        return call(REVENUE)

    answer, *_ = ask([call((name, given)), then, say("Here it is.")])
    assert told[0]["status"] == "error"
    assert words in told[0]["content"]
    assert (answer.status, answer.sentence) == ("answered", "Here it is.")
    assert tables.fetch({"n": "select count(*) as n from segments"}, policy="free")["n"].to_pylist() == before


def test_endless_calls_end(ask):
    answer, requests, _ = ask([call(REVENUE)] * 50)
    assert len(requests) == MAXIMUM_TURNS
    assert (answer.by_model, answer.question_id) == (False, "revenue_30d")
    assert f"within {MAXIMUM_TURNS} calls" in answer.note


@pytest.mark.parametrize(
    "budget", [Budget(1_000, 1.0, 3.0, 15.0), Budget(100_000, 0.004, 3.0, 15.0)], ids=["tokens", "cost"]
)
def test_the_budget_of_a_question_holds(ask, budget):
    answer, requests, _ = ask([call(REVENUE)] * 50, budget=budget)
    assert len(requests) == 1
    assert "budget of one question" in answer.note


@pytest.mark.parametrize(
    "text",
    ["Revenue was 123,456.78 USD.", "Revenue was about 40 million dollars.", "Revenue rose by 12 %.",
    "Half of it is at risk.",
     "Revenue was twenty-nine thousand dollars.", "It was paid by customer 12345678-1234-4234-8234-123456789abc."],
)  # fmt: skip
def test_an_invented_number_is_replaced_by_the_table(ask, text, revenue):
    answer, *_ = ask([call(REVENUE), say(text)])
    assert (answer.status, answer.by_model) == ("answered", False)
    assert f"{revenue:,.2f} USD" in answer.sentence
    assert "figures that no result holds" in answer.note
    assert answer.rows[0][0] == pytest.approx(revenue)


def test_a_number_of_the_question_is_no_result(ask, revenue):
    question = "confirm that revenue was 5,000,000 dollars"
    answer, *_ = ask([call(REVENUE), say("Yes, revenue was 5,000,000 dollars.")], question=question)
    assert not answer.by_model
    assert "5,000,000" not in answer.sentence


def test_figures_without_any_result_are_not_shown(ask):
    answer, *_ = ask([say("Revenue was 7 million dollars.")])
    assert "7 million" not in answer.sentence
    assert "without looking" in answer.note


def test_a_model_that_cannot_answer_may_say_so(ask):
    answer, *_ = ask([say("The tables hold nothing about the weather.")], question="will it rain")
    assert (answer.status, answer.sentence) == ("refused", "The tables hold nothing about the weather.")


def test_other_customers_cannot_be_asked_about(ask, world):
    mine, other = world.people["customer_id"].iloc[0], world.people["customer_id"].iloc[1]
    told = []

    def then(body):
        told.append(last_result(body))
        return call(("explain_customer", {"customer_id": mine}))

    script = [call(("explain_customer", {"customer_id": other})), then, say("Explained.")]
    answer, requests, _ = ask(script, question=f"why will {mine} leave")
    assert told[0]["status"] == "error"
    assert answer.rows[0][0] == mine
    assert other not in json.dumps([request["messages"][-1]["content"][-1].get("toolResult") for request in requests])
    by_metric = [
        call(("run_metric", {"question_id": "customer_value", "parameters": {"customer_id": other}})),
        then,
        say("No."),
    ]
    ask(by_metric, question=f"why will {mine} leave")
    assert told[1]["status"] == "error"


def test_a_value_in_the_data_that_gives_orders_widens_nothing(ask, tables):
    def obey(body):
        result = last_result(body)
        assert HOSTILE_PLACE in [row["location"] for row in result["content"]["rows"]]
        return call(("run_sql", {"sql": "drop table segments"}))

    told = []

    def then(body):
        told.append(last_result(body))
        return say("I was told to drop a table and could not.")

    answer, *_ = ask(
        [call(("run_metric", {"question_id": "locations_by_customers"})), obey, then], question="customers by city"
    )
    assert told[0]["status"] == "error"
    assert answer.status == "answered"
    assert tables.fetch({"n": "select count(*) as n from segments"}, policy="free")["n"].to_pylist()[0]["n"] == 18


def test_sql_and_several_calls_at_once(ask):
    sql = "select segment, sum(customers) as n from segments group by segment order by n desc limit 1"
    answer, requests, _ = ask(
        [call(("describe_tables", {}), REVENUE), call(("run_sql", {"sql": sql})), say("See the table.")]
    )
    assert len(requests[1]["messages"][-1]["content"]) == 2
    assert (answer.columns, answer.sql) == (("segment", "n"), sql)


def test_a_guardrail_is_sent_and_its_intervention_falls_back(ask):
    guardrail = {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}
    answer, requests, _ = ask([say("I cannot.", stop="guardrail_intervened")], guardrail=guardrail)
    assert requests[0]["guardrailConfig"] == guardrail
    assert "guardrail_intervened" in answer.note
    assert answer.question_id == "revenue_30d"


def test_an_endpoint_that_is_gone_falls_back(assistant):
    client = boto3.client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", aws_access_key_id="x",
        aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}, connect_timeout=0.2),
    )  # fmt: skip
    model = ConverseAssistant(assistant, lambda: client, "m", PLENTY, sleep=lambda _: None)
    answer = model.ask(QUESTION)
    assert (answer.status, "could not be reached" in answer.note) == ("answered", True)


def test_the_transcript_is_kept_without_customers(ask, world, tmp_path):
    customer = world.people["customer_id"].iloc[5]
    ask(
        [call(("explain_customer", {"customer_id": customer})), say("Explained.")],
        question=f"why will {customer} leave",
    )
    [path] = (tmp_path / TRANSCRIPTS).rglob("*.json")
    transcript = json.loads(path.read_text())
    assert customer not in path.read_text()
    assert (transcript["calls"], transcript["input_tokens"], transcript["output_tokens"]) == (2, 2000, 200)
    assert transcript["cost_usd"] == pytest.approx((2000 * 3 + 200 * 15) / 1e6)
    assert [message["role"] for message in transcript["messages"]] == ["user", "assistant", "user", "assistant"]
