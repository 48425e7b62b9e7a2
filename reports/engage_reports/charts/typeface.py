"""Makes the browser draw with the same typeface as the pages, whatever fonts the machine has.

kaleido draws a figure as an SVG image, and an image cannot see web fonts of the page around it. The typeface that comes
with reportlab is therefore offered to the browser as a system font, through a fontconfig file of its own.
"""

from importlib.util import find_spec
from pathlib import Path

FAMILY = "Bitstream Vera Sans, DejaVu Sans, Verdana, Arial, sans-serif"
"""Vera first (the pages use it), then faces of about the same width, for systems without fontconfig."""


def font_folder() -> Path:
    """The folder of reportlab's Vera files."""
    spec = find_spec("reportlab")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "fonts"


def font_configuration(folder: Path) -> dict[str, str]:
    """Writes a fontconfig file into ``folder`` and returns the environment that makes the browser read it."""
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{font_folder()}</dir>"
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<cachedir>{folder / 'fontcache'}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(path)}
