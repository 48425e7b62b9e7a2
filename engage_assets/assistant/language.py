"""The words of a question, brought to one form: phrases and synonyms of ``language.yaml``, endings taken off."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import OSA

from engage_assets.assistant.catalogue import CatalogueError
from engage_assets.assistant.entities import without_accents
from engage_assets.assistant.periods import AGAINST_WEEK_BEFORE, PERIOD_WORDS
from engage_assets.yaml_file import read_yaml

LANGUAGE = Path(__file__).with_name("language.yaml")
_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    key: "".join(row[max(i - 1, 0) : i + 2] for row in _ROWS[max(r - 1, 0) : r + 2])
    for r, keys in enumerate(_ROWS)
    for i, key in enumerate(keys)
}
"""The keys around each key."""
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s")


FOREIGN_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")
FOREIGN = "foreignword"
"""What a word of another script is read as: a word that no question knows, and that is not dropped."""


@dataclass(frozen=True)
class Language:
    """What ``language.yaml`` says, turned round: from what people say to the form that is kept."""

    phrases: tuple[tuple[re.Pattern[str], str], ...]
    words: Mapping[str, str]
    ignored: frozenset[str]
    binding: frozenset[str]
    """Words that may be left out by neither side of a comparison."""
    telling: frozenset[str]
    """Words that a question must know to be meant by a text that has them."""
    vague: frozenset[str]
    """Words that alone ask nothing."""

    def normalised(self, text: str) -> str:
        """Lower case, without accents and punctuation, phrases replaced; a word of another script is an unknown one."""
        plain = FOREIGN_WORD.sub(f" {FOREIGN} ", without_accents(text.lower())).encode("ascii", "ignore").decode()
        plain = " " + re.sub(r"[^a-z0-9{}_%-]+", " ", plain.replace("'", "")) + " "
        for pattern, kept in self.phrases:
            plain = pattern.sub(f" {kept} ", plain)
        return " ".join(plain.replace("{", "").replace("}", "").replace("-", " ").split())

    def protected(self, text: str) -> str:
        """The text with the phrases that speak of weeks in another sense than a date, such as *by week*, replaced."""
        plain = " " + " ".join(text.lower().split()) + " "
        for pattern, kept in self.phrases:
            if kept.startswith("{"):
                plain = pattern.sub(f" {kept[1:-1]} ", plain)
        return plain

    def kept(self, word: str) -> str:
        """The form of one word; empty when it says nothing."""
        if word in self.ignored:
            return ""
        return self.words.get(word) or self.words.get(_stem(word)) or _stem(word)

    def tokens(self, text: str) -> list[str]:
        """The forms of the words that say something, in order."""
        found = [kept for word in self.normalised(text).split() if (kept := self.kept(word))]
        # "Which action is recommended" speaks of actions once.
        return [token for before, token in pairwise(["", *found]) if token != before]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


@cache
def load_language() -> Language:
    """The platform's own word list."""
    content = read_yaml(LANGUAGE, CatalogueError)
    said_words = [*content["ignored"], *(word for said in content["words"].values() for word in said)]
    if wrong := [word for word in said_words if not isinstance(word, str)]:
        raise CatalogueError(f"{LANGUAGE}: {wrong[0]!r} is not text; put words such as on, off, yes and no in quotes")
    phrases: list[tuple[re.Pattern[str], str]] = []
    for kept, said in content["phrases"].items():
        for phrase in sorted(said, key=len, reverse=True):
            plain = re.sub(r"[^a-z0-9{}_%-]+", " ", phrase.replace("'", ""))
            phrases.append((re.compile(rf"(?<= ){re.escape(plain)}(?=[ ?!.,])"), kept))
    # Longer phrases first, whichever form they belong to.
    phrases.sort(key=lambda each: -len(each[0].pattern))
    phrases.insert(0, (AGAINST_WEEK_BEFORE, "{weekbefore}"))
    words = {word: kept for kept, said in content["words"].items() for word in (kept, *said)}
    return Language(
        tuple(phrases),
        words,
        frozenset(content["ignored"]),
        frozenset(content["binding"]),
        frozenset(content["telling"]),
        frozenset(content["vague"]),
    )


class Speller:
    """Corrects words that are one or two letters away from a known one."""

    def __init__(self, language: Language, known: frozenset[str]) -> None:
        in_phrases = {word for pattern, _ in language.phrases for word in re.findall(r"[a-z]+", pattern.pattern)}
        self._known = known | PERIOD_WORDS | in_phrases
        # A correction must not make a word disappear: "likes" is no misspelling of "like", which says nothing.
        self._silent = language.ignored - in_phrases

    def corrected(self, text: str) -> str:
        """The text with each unknown word replaced by the known one it is closest to, if one is close enough."""
        return re.sub(r"(?<![\w-])[a-z]{3,}(?![\w-])", lambda match: self._closest(match.group()), text)

    def _closest(self, word: str) -> str:
        if word in self._known or _stem(word) in self._known:
            return word
        best: tuple[int, str] | None = None
        for candidate in self._known:
            budget = 1 if min(len(word), len(candidate)) < 7 else 2
            if abs(len(candidate) - len(word)) > budget or candidate[0] != word[0]:
                continue
            if len(candidate) < 4 and sorted(candidate) != sorted(word):
                continue
            if len(word) == 3 and candidate[-1] != word[-1] and sorted(candidate) != sorted(word):
                continue
            if candidate in self._silent and len(candidate) <= len(word) and sorted(candidate) != sorted(word):
                continue
            distance = OSA.distance(word, candidate, score_cutoff=budget)
            if distance > budget or not _is_a_slip(word, candidate, distance):
                continue
            if best is None or (distance, candidate) < best:
                best = (distance, candidate)
        return best[1] if best else word


def _is_a_slip(word: str, candidate: str, distance: int) -> bool:
    """Whether letters were swapped, left out, doubled, or hit beside the right key; "slow" is no slip of "show"."""
    if len(word) != len(candidate):
        return True
    wrong = [(i, given, meant) for i, (given, meant) in enumerate(zip(word, candidate, strict=True)) if given != meant]
    if len(wrong) == 2 and wrong[0][0] + 1 == wrong[1][0] and wrong[0][1:] == wrong[1][:0:-1]:
        return True
    if len(wrong) > distance:
        return True
    return all({given, meant} <= _VOWELS or meant in _NEIGHBOURS.get(given, "") for _, given, meant in wrong)
