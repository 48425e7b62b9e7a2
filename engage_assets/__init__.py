"""Engage: what is built every week, when, and what must hold before the next step."""
