"""The words of a question, brought to one form: phrases and synonyms of ``language.yaml``, endings taken off."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rapidfuzz.distance import OSA

from engage_assets.assistant.catalogue import CatalogueError
from engage_assets.yaml_file import read_yaml

LANGUAGE = Path(__file__).with_name("language.yaml")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s")


@dataclass(frozen=True)
class Language:
    """What ``language.yaml`` says, turned round: from what people say to the form that is kept."""

    phrases: tuple[tuple[re.Pattern[str], str], ...]
    words: Mapping[str, str]
    ignored: frozenset[str]

    def normalised(self, text: str) -> str:
        """Lower case, without accents and punctuation, phrases replaced."""
        plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
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
        return [kept for word in self.normalised(text).split() if (kept := self.kept(word))]


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
    words = {word: kept for kept, said in content["words"].items() for word in (kept, *said)}
    return Language(tuple(phrases), words, frozenset(content["ignored"]))


def corrected(word: str, known: frozenset[str]) -> str:
    """The known word that a misspelt one is closest to, or the word itself."""
    if word in known or len(word) < 4 or not word.isalpha():
        return word
    budget = 1 if len(word) < 7 else 2
    best: tuple[int, str] | None = None
    for candidate in known:
        if abs(len(candidate) - len(word)) > budget or len(candidate) < 4 or candidate[0] != word[0]:
            continue
        distance = OSA.distance(word, candidate, score_cutoff=budget)
        if distance <= budget and (best is None or (distance, candidate) < best):
            best = (distance, candidate)
    return best[1] if best else word
