"""Templates into pages. The style sheet is put into the page, so that one file is all there is to keep or to send."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hub.reports import figures, words


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hub.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(count=words.count, moment=words.moment, visible=words.visible, without=words.without)
    environment.globals.update(
        share=words.share, fate_bar=figures.fate_bar, share_bar=figures.share_bar, fate_words=figures.FATES
    )
    return environment


def render(template: str, **facts: object) -> str:
    """A whole page; a fact that the template wants and does not get is an error."""
    style = files("hub.reports").joinpath("templates/page.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render(style=Markup(style), **facts)
