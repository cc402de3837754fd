"""Templates into pages for a phone (页面). Nothing stands in them that a script would have to run to be read."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from hub.web.forms import ZONE

SAID = {  # verdict -> class of its colour, icon, word
    "ACCEPTED": ("good", "✔", "已接收"),
    "ACCEPTED_QUERY": ("ask", "？", "已接收，请核实"),
    "PARTIAL": ("ask", "！", "部分退回"),
    "REJECTED": ("bad", "✘", "已退回"),
    "DUPLICATE": ("calm", "＝", "重复报送"),
    "PENDING": ("calm", "…", "等待人工确认"),
}
WAITING = ("calm", "…", "已送达，正在核对")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hub.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    return environment


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def said(verdict: str | None, counts: dict[str, Any]) -> tuple[str, str, str]:
    """Colour, icon and word of a delivery; one whose rows were all rejected is returned, whatever its verdict."""
    if verdict == "PARTIAL" and not counts.get("accepted"):
        return SAID["REJECTED"]
    return SAID.get(verdict or "", WAITING)


def page(template: str, status: int = 200, **facts: object) -> HTMLResponse:
    """A whole page; a fact that the template wants and does not get is an error."""
    return HTMLResponse(_environment().get_template(f"{template}.html.jinja").render(**facts), status)
