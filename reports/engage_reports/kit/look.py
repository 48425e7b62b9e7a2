"""The look: palette, type scale, typefaces. The colours are Okabe and Ito's, told apart by colour-blind readers."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from engage_reports.charts.typeface import font_folder

BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"
INK, MUTED, RULE, PANEL, NAVY, GREY = "#1B2733", "#5A6874", "#D3DAE0", "#F3F6F8", "#12344D", "#A9B4BD"
SERIES = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, GREY)

WIDTH, HEIGHT = 170 * mm, 251 * mm
"""The text area, in points; the same on every paper, so that a report breaks into the same pages."""


@dataclass(frozen=True)
class Paper:
    """A sheet, its size and where the text area's foot is, in points."""

    name: str
    size: tuple[float, float]
    foot: float

    @property
    def margin(self) -> float:
        """Left of the text, and right of it."""
        return (self.size[0] - float(WIDTH)) / 2

    @property
    def header_line(self) -> float:
        """The base line of the header."""
        top = self.foot + float(HEIGHT)
        return top + (self.size[1] - top) * 0.4

    @property
    def footer_line(self) -> float:
        """The base line of the first line of the footer."""
        return self.foot * 0.58


A4 = Paper("A4", (210 * mm, 297 * mm), 22 * mm)
LETTER = Paper("Letter", (612.0, 792.0), 14.4 * mm)
PAPERS = {"a4": A4, "letter": LETTER}

REGULAR, BOLD, ITALIC = "Engage", "Engage-Bold", "Engage-Italic"
_FILES = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf", ITALIC: "VeraIt.ttf"}
SMALL, _TEXT, _LEAD, _FIGURE, _SECTION, _TITLE = 7.0, 8.6, 10.0, 15.0, 14.0, 20.0


@cache
def typefaces() -> frozenset[int]:
    """Registers the embedded typefaces once; returns the code points that the text face can draw."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(font_folder() / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def drawable(text: str) -> str:
    """The text in characters that the typeface has: a letter it lacks loses its accent, anything else becomes "?"."""
    known = typefaces()
    if all(ord(letter) in known for letter in text):
        return text
    return "".join(_drawable_letter(letter, known) for letter in unicodedata.normalize("NFC", text))


def _drawable_letter(letter: str, known: frozenset[int]) -> str:
    if ord(letter) in known:
        return letter
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return ""
    parts = unicodedata.normalize("NFKD", letter)
    for kept in range(len(parts), 0, -1):
        fewer = unicodedata.normalize("NFC", parts[:kept])
        if all(ord(each) in known for each in fewer):
            return fewer
    return "?"


def safe(text: str) -> str:
    """Text from data, drawable and escaped for a paragraph."""
    return escape(drawable(text), quote=False)


def style(name: str) -> ParagraphStyle:
    """One of the paragraph styles of the scale."""
    return _styles()[name]


@cache
def _styles() -> dict[str, ParagraphStyle]:
    typefaces()
    ink, muted, navy = HexColor(INK), HexColor(MUTED), HexColor(NAVY)

    def make(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
        given = {"fontName": REGULAR, "textColor": ink, **more}
        return ParagraphStyle(name, fontSize=size, leading=leading, **given)

    styles = [
        make("title", _TITLE, 25, fontName=BOLD, textColor=navy, spaceAfter=3),
        make("subtitle", _LEAD, 14, textColor=muted, spaceAfter=9),
        make("section", _SECTION, 18, fontName=BOLD, textColor=navy, spaceAfter=5),
        make("lead", _LEAD, 14.2, spaceAfter=8),
        make("heading", _TEXT + 0.9, 12.5, fontName=BOLD, textColor=navy, spaceBefore=7, spaceAfter=3, keepWithNext=1),
        make("loose-heading", _TEXT + 0.9, 12.5, fontName=BOLD, textColor=navy, spaceBefore=7, spaceAfter=3),
        make("text", _TEXT, 12.2, spaceAfter=5),
        make("bullet", _TEXT, 12.2, spaceAfter=2.5, leftIndent=10, bulletIndent=1),
        make("caption", SMALL, 9.2, textColor=muted, spaceAfter=8),
        make("cell", SMALL + 0.4, 9.4),
        make("cell-right", SMALL + 0.4, 9.4, alignment=TA_RIGHT),
        make("cell-head", SMALL, 8.8, fontName=BOLD, textColor=navy),
        make("cell-head-right", SMALL, 8.8, fontName=BOLD, textColor=navy, alignment=TA_RIGHT),
        make("figure", _FIGURE, 18, fontName=BOLD, textColor=navy),
        make("figure-label", SMALL, 8.8, textColor=muted),
        make("fine", 6.2, 7.7),
        make("fine-head", 6.2, 7.7, fontName=BOLD, textColor=navy),
    ]
    return {each.name: each for each in styles}
