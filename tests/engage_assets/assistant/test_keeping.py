"""Questions are kept by week, newest first, without customers' identifiers, whatever else lies in the folder."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage_assets.assistant.answer import Answer
from engage_assets.assistant.history import History
from engage_assets.assistant.keeping import HISTORY, REDACTED, keep
from engage_assets.resources.lake import LocalLake


class Memory(dict[str, object]):
    """Files in memory."""

    def write_json(self, path: str, content: object) -> None:
        self[path] = content

    def read_json(self, path: str) -> object:
        return self[path]

    def names(self, folder: str) -> list[str]:
        return sorted({path.removeprefix(f"{folder}/").split("/")[0] for path in self if path.startswith(f"{folder}/")})


def answer(question: str, **more: object) -> Answer:
    return Answer(question=question, status="answered", sentence=f"About {question}.", **more)


def test_the_newest_come_first_and_not_more_than_asked_for(tmp_path: Path) -> None:
    history = History(LocalLake(root=str(tmp_path)))
    for number in range(5):
        history.append(answer(f"question {number}"))
    assert [entry.question for entry in history.last(3)] == ["question 4", "question 3", "question 2"]


def test_earlier_weeks_follow(tmp_path: Path) -> None:
    history = History(LocalLake(root=str(tmp_path)))
    history.append(answer("now"))
    [new] = (tmp_path / HISTORY).rglob("*.json")
    old = tmp_path / HISTORY / "week=2020-01-06" / new.name
    old.parent.mkdir()
    old.write_text(new.read_text().replace("now", "then"))
    assert [entry.question for entry in history.last(10)] == ["now", "then"]


@pytest.mark.parametrize("content", ["{", "[1]", "null", '{"question": "half"}', '{"more": 1}'])
def test_a_file_that_is_no_entry_is_left_out(tmp_path: Path, content: str) -> None:
    history = History(LocalLake(root=str(tmp_path)))
    history.append(answer("good"))
    [good] = (tmp_path / HISTORY).rglob("*.json")
    good.with_name("99999999T.json").write_text(content)
    assert [entry.question for entry in history.last(10)] == ["good"]


def test_identifiers_of_any_form_are_replaced(tmp_path: Path) -> None:
    history = History(LocalLake(root=str(tmp_path)))
    named = answer("of 7590-VHVEG", columns=("customer_id", "ltv_usd"), rows=(("7590-VHVEG", 75.0), ("759", 9.0)))
    history.append(named)
    uuid = "0f50230e-54ca-4cce-97d7-02b93b522590"
    history.append(answer(f"and 17850 and {uuid.upper()}", named=("17850",)))
    questions = [entry.question for entry in history.last(2)]
    assert questions == [f"and {REDACTED} and {REDACTED}", f"of {REDACTED}"]


@given(
    customer=st.from_regex(r"\w[\w.@+/-]{0,10}\w", fullmatch=True),
    before=st.sampled_from(["", "why will ", "(", '"', "a\\ "]),
    after=st.sampled_from(["", " leave", ")", '"', ", and why", "."]),
)
def test_no_identifier_is_kept_and_the_file_stays_json(customer: str, before: str, after: str) -> None:
    files = Memory()
    keep(files, HISTORY, {"q": f"{before}{customer}{after}"}, customers=[customer])
    [content] = files.values()
    assert json.loads(json.dumps(content)) == {"q": f"{before}{REDACTED}{after}"}
