"""Finds the catalogued question that a text asks: TF-IDF over words and characters, and how much is understood.

Two rules beside the similarity keep wrong answers out. A question that cannot take a parameter of the text is no
candidate: a filter is never dropped. And words that a candidate does not know count against it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engage_assets.assistant.catalogue import Catalogue, CataloguedQuestion, Value
from engage_assets.assistant.language import Language
from engage_assets.assistant.periods import covers

THRESHOLD = 0.50
"""Below it the nearest questions are offered instead of an answer; measured, see docs/assistant.md."""
MARGIN = 0.02
"""Two questions closer to each other than this are both offered."""
WORD_WEIGHT = 0.75
"""Weight of words and word pairs; characters, which forgive spelling, have the rest."""
PAIR_WEIGHT = 0.3
"""A pair of words counts for less than a word: the same question can be asked in another order."""
COVERAGE_POWER = 1.5
UNKNOWN_WEIGHT = 5.0
"""Inverse document frequency of a word that is in no phrasing; that of the rarest known word is about 7."""
PARAMETER_BONUS = 0.08
"""For each parameter of the text that stands in the phrasing it is compared with."""

BY = "by"
"""The form of each, per, by …: a definition that has it lists something, however it is asked for."""
MOST_BARE_WORDS = 2
"""A name with so few words that say nothing is a name alone."""
MISSING_PENALTY = 0.24
"""For each parameter of the phrasing that the text lacks: the rest of such a phrasing says less than it seems to."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """A candidate: how well it fits, and the reading of the parameters under which it can be answered."""

    question: CataloguedQuestion
    score: float
    values: Mapping[str, Value]


class Matcher:
    """The catalogue's phrasings as vectors, made once."""

    def __init__(self, catalogue: Catalogue, language: Language) -> None:
        self._language = language
        self._phrasings: list[tuple[CataloguedQuestion, frozenset[str], list[str]]] = []
        self._asked: dict[str, frozenset[str]] = {}
        self._own_words: dict[str, frozenset[str]] = {}
        self._figures: dict[str, list[frozenset[str]]] = {}
        self._frames: dict[str, frozenset[str]] = {}
        self._needs: dict[str, list[frozenset[str]]] = {}
        for question in catalogue.questions:
            # A title speaks of "a segment" where its phrasings name one, so it is a phrasing of those without only.
            for ask in question.asks if question.required else (*question.asks, question.title):
                slots = frozenset(part.split("}")[0] for part in ask.split("{")[1:])
                bare = " ".join(part.split("}")[-1] for part in ask.split("{"))
                self._phrasings.append((question, slots, language.tokens(bare)))
            own = [token for known, _, tokens in self._phrasings if known is question for token in tokens]
            self._asked[question.id] = frozenset(own)
            self._own_words[question.id] = frozenset({*own, *language.tokens(question.definition)})
            figures = [frozenset(language.tokens(figure)) for figure in question.figures]
            self._figures[question.id] = figures
            self._needs[question.id] = [frozenset(language.tokens(need.replace("|", " "))) for need in question.needs]
            self._frames[question.id] = frozenset(own).difference(*figures)
        documents = [_terms(tokens) for _, _, tokens in self._phrasings]
        frequencies = Counter(term for terms in documents for term in terms)
        self._idf = {term: math.log((1 + len(documents)) / (1 + n)) + 1 for term, n in frequencies.items()}
        self._index = {term: number for number, term in enumerate(self._idf)}
        self._matrix = np.stack([self._vector(terms) for terms in documents])
        raw = " ".join(ask for question in catalogue.questions for ask in (*question.asks, question.title))
        spoken = {*language.words, *language.normalised(raw).split(), *language.ignored}
        self.known_words = frozenset(spoken)

    def ranked(
        self, text: str, readings: Iterable[Mapping[str, Value]], windows: frozenset[str], *, binds: bool = True
    ) -> list[Match]:
        """The candidates, best first, each question once. Empty when no question can take the parameters and spans.

        binds: whether a phrasing must speak of the same dimensions and comparisons as the text, and hold what it tells.
        """
        tokens = self._language.tokens(text)
        binding = self._language.binding if binds else frozenset()
        bound = binding & set(tokens)
        similarity = self._matrix @ self._vector(_terms(tokens))
        covered = {name: self._coverage(tokens, own) for name, own in self._own_words.items()}
        best: dict[str, Match] = {}
        says_nothing = binds and bool(tokens) and self._language.vague.issuperset(tokens)
        for values in readings:
            given = frozenset(values)
            if says_nothing and not given - {"k"}:
                continue
            is_bare = bool(given - {"gate"}) and len(self._language.normalised(text).split()) <= MOST_BARE_WORDS
            for (question, slots, words), cosine in zip(self._phrasings, similarity, strict=True):
                if not _can_take(question, given, windows) or (binds and not self._is_meant(question, tokens)):
                    continue
                if not (bound <= {*words, *slots, *given} and binding & set(words) <= bound | given):
                    continue
                # A name alone asks for what a phrasing of that name alone asks.
                score = float(is_bare and slots == given) if not tokens and not words else float(cosine)
                score *= covered[question.id] ** COVERAGE_POWER
                score += PARAMETER_BONUS * len(slots & given) - MISSING_PENALTY * len(slots - given)
                known = best.get(question.id)
                if known is None or score > known.score:
                    best[question.id] = Match(question, score, values)
        return sorted(best.values(), key=lambda match: (-match.score, match.question.id))

    def lacks(self, question: CataloguedQuestion, text: str) -> bool:
        """Whether the text names a figure, or anything else, that a question with listed figures does not have."""
        if not question.figures:
            return False
        said = frozenset(self._language.tokens(text))
        held = [figure for figure in self._figures[question.id] if figure <= said]
        return bool(said.difference(self._frames[question.id], *held))

    def _is_meant(self, question: CataloguedQuestion, tokens: list[str]) -> bool:
        """Whether a text has one of the words of each need, and none that the question must know and does not."""
        if not all(need & set(tokens) for need in self._needs[question.id]):
            return False
        # What a question with listed figures does not hold is said when it is chosen.
        knows = self._asked[question.id] | (self._own_words[question.id] & {BY})
        return bool(question.figures) or self._language.telling.intersection(tokens) <= knows

    def _coverage(self, tokens: list[str], own: frozenset[str]) -> float:
        """The share of the text's meaning, by weight, that a question's own words hold."""
        weights = {token: self._idf.get(f"w:{token}", UNKNOWN_WEIGHT) for token in tokens}
        total = sum(weights.values())
        return sum(weight for token, weight in weights.items() if token in own) / total if total else 1.0

    def _vector(self, terms: Mapping[str, float]) -> Vector:
        """Words and characters, each part of length 1 before it is weighted."""
        vector = np.zeros(len(self._index))
        for part, weight in (("w:", WORD_WEIGHT), ("c:", 1 - WORD_WEIGHT)):
            chosen = {term: n * self._idf.get(term, UNKNOWN_WEIGHT) for term, n in terms.items() if term[:2] == part}
            length = math.sqrt(sum(value**2 for value in chosen.values()))
            for term, value in chosen.items():
                if term in self._index:
                    vector[self._index[term]] = math.sqrt(weight) * value / length
        return vector


def _terms(tokens: list[str]) -> dict[str, float]:
    terms: dict[str, float] = defaultdict(float)
    for token in tokens:
        terms[f"w:{token}"] += 1
    for pair in pairwise(tokens):
        terms[f"w:{' '.join(pair)}"] += PAIR_WEIGHT
    text = f" {' '.join(tokens)} "
    for n in (3, 4):
        for i in range(len(text) - n + 1):
            terms[f"c:{text[i : i + n]}"] += 1
    return terms


def _can_take(question: CataloguedQuestion, given: frozenset[str], windows: frozenset[str]) -> bool:
    return (
        given <= question.accepted
        and question.required <= given
        and all(covers(question.windows, window) for window in windows)
    )
