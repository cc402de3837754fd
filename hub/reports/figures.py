"""Pictures drawn on the server as SVG inside the page. Every figure is also printed as text beside its picture."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hub.reports.facts import Balance, DeliveryLine
from hub.reports.words import count, share

# Fate: Chinese word, class of the style sheet.
FATES = {
    "clean": "接收",
    "query": "接收待核实",
    "rejected": "退回",
    "duplicate": "重复",
    "blank": "空白",
}
_WIDTH = 1000.0
_LEAST = 4.0  # units: one row among a million must be seen


def fates(balance: Balance) -> dict[str, int]:
    """Rows by fate without overlap, in the order of the bar."""
    return {
        "clean": balance.accepted - balance.of_which_query,
        "query": balance.of_which_query,
        "rejected": balance.rejected,
        "duplicate": balance.duplicate,
        "blank": balance.blank,
    }


def fate_bar(balance: Balance) -> Markup:
    """One bar over the whole width, a part per fate."""
    parts = {name: figure for name, figure in fates(balance).items() if figure}
    said = "，".join(f"{FATES[name]}{figure:,}行（{share(figure, balance.rows)}）" for name, figure in parts.items())
    widths = _widths(list(parts.values()), _WIDTH)
    drawn, left = Markup(), 0.0
    for (name, figure), width in zip(parts.items(), widths, strict=True):
        drawn += Markup('<rect class="fate-{}" x="{:.1f}" y="0" width="{:.1f}" height="40"/>').format(name, left, width)
        if width > 150:
            text = f"{FATES[name]} {count(figure)}"
            drawn += Markup('<text class="on-{}" x="{:.1f}" y="27">{}</text>').format(name, left + 12, text)
        left += width
    return Markup(
        '<svg class="bar" viewBox="0 0 1000 40" role="img" aria-label="{0}"><title>{0}</title>{1}</svg>'
    ).format(f"各行去向：{said or '没有行'}", drawn)


def share_bar(failed: int | None, checked: int | None, what: str) -> Markup:
    """A small bar with the failed part at its right end; ``what`` names that part for those who do not see it."""
    if failed is None or not checked:
        return Markup()
    width = max(_LEAST, 160 * failed / checked) if failed else 0.0
    return Markup(
        '<svg class="mini" viewBox="0 0 160 12" role="img" aria-label="{0}"><title>{0}</title>'
        '<rect class="fate-clean" x="0" y="0" width="160" height="12"/>'
        '<rect class="fate-rejected" x="{1:.1f}" y="0" width="{2:.1f}" height="12"/></svg>'
    ).format(f"{what} {share(failed, checked)}", 160 - width, width)


def delivery_columns(lines: Sequence[tuple[int, DeliveryLine]]) -> Markup:
    """One column per delivery (with its number), stacked by fate; the table below it has the same figures."""
    known = [(number, line.balance) for number, line in lines if line.balance is not None]
    most = max((balance.rows for _, balance in known), default=0)
    if not most:
        return Markup()
    step = min(90.0, 940 / len(known))
    drawn = Markup()
    for level in (0.5, 1.0):
        drawn += Markup('<line class="grid" x1="56" x2="1000" y1="{0:.1f}" y2="{0:.1f}"/>').format(190 - 170 * level)
        drawn += Markup('<text class="axis" x="50" y="{:.1f}" text-anchor="end">{}</text>').format(
            194 - 170 * level, count(round(most * level))
        )
    for place, (number, balance) in enumerate(known):
        top, left = 190.0, 60 + place * step
        for name, figure in fates(balance).items():
            height = max(1.5, 170 * figure / most) if figure else 0.0
            top -= height
            drawn += Markup('<rect class="fate-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                name, left, top, step * 0.7, height
            )
        if step > 28 or place % 5 == 0:
            drawn += Markup('<text class="axis" x="{:.1f}" y="208" text-anchor="middle">{}</text>').format(
                left + step * 0.35, number
            )
    said = f"共{len(known)}次报送，每次收到的行数按去向分色，最多一次{most:,}行；数字见下表。"
    return Markup(
        '<svg class="columns" viewBox="0 0 1000 214" role="img" aria-label="{0}"><title>{0}</title>{1}'
        '<line class="base" x1="56" x2="1000" y1="190" y2="190"/></svg>'
    ).format(said, drawn)


def hit_columns(counts: Sequence[int], what: str, kind: str) -> Markup:
    """Tiny columns for one rule over the deliveries, in the colour of the fate ``kind``."""
    most = max(counts, default=0)
    drawn = Markup()
    step = min(14.0, 168 / max(1, len(counts)))
    for place, figure in enumerate(counts):
        height = max(2.0, 22 * figure / most) if figure else 0.8
        drawn += Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            f"fate-{kind}" if figure else "ground", place * step, 24 - height, step * 0.7, height
        )
    return Markup(
        '<svg class="spark" viewBox="0 0 168 24" role="img" aria-label="{0}"><title>{0}</title>{1}</svg>'
    ).format(f"{what}：{'、'.join(str(figure) for figure in counts)}", drawn)


def _widths(figures: Sequence[int], whole: float) -> list[float]:
    """Widths that sum to ``whole``; no part thinner than can be seen."""
    total = sum(figures)
    raw = [max(_LEAST, whole * figure / total) for figure in figures]
    return [width * whole / sum(raw) for width in raw]
