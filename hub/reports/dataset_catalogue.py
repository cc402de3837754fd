"""The catalogue of datasets (数据集目录) as one page of Markdown, made from the contracts, the departments and outlets.

    python -m hub.reports.dataset_catalogue docs/catalogue.md

Who provides a dataset and how often, on what legal basis it is collected, into which class of disclosure it falls,
and, for each outlet, on what basis which columns of whose rows leave, for how long and in what form.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hub.contract.model import Aggregate, Column, Contract, County, Disclosure, Lawful, Outlet, Use, Window

# Into which class what leaves through an outlet of a use falls; one that needs consent is 授权查询 whatever its use.
_CLASSES: Mapping[Use, str] = {
    "public": "社会公开",
    "supervision": "政务共享",
    "finance": "授权查询",
    "incentive": "授权查询",
}
_SUMS, _NOWHERE = "只出汇总", "不共享"
_KINDS = {"organisation": "组织", "sole_trader": "个体工商户", "person": "自然人", "household": "家庭"}
_ALWAYS = {"organisation": "组织", "person": "自然人", "household": "家庭", "nobody": "没有主体"}
_COARSER = {"month": "只到月", "year": "只到年", "town": "只到镇街", "county": "只到县"}
_FEW = 6  # departments that are named one by one


def classes_of(contract: Contract) -> tuple[str, ...]:
    """The classes of disclosure (共享类别) of a dataset, the widest first."""
    found = {"授权查询" if each.consent else _CLASSES[each.use] for each in contract.lawful}
    known = tuple(name for name in dict.fromkeys(_CLASSES.values()) if name in found)
    return known or ((_SUMS,) if contract.aggregates else (_NOWHERE,))


def outlets_of(contract: Contract, outlets: Iterable[Outlet]) -> tuple[Outlet, ...]:
    """The outlets to which rows or sums of a dataset may go, whether they are fed or asked."""
    named = {each.outlet for each in contract.lawful} | {each.outlet for each in contract.aggregates}
    return tuple(outlet for outlet in outlets if outlet.id in named)


def page(contracts: Sequence[Contract], county: County, outlets: Sequence[Outlet]) -> str:
    """The whole page. The same configuration gives the same text."""
    lines = [
        "# 数据集目录 · Dataset catalogue",
        "",
        f"{county.name}归集的 {len(contracts)} 个数据集：谁报、多久报一次、凭什么归集、能给谁看哪些列。"
        "没有写明依据的，一律不出县。",
        "",
        "Made from `schemas/` by `python -m hub.reports.dataset_catalogue docs/catalogue.md`; a test fails when it is",
        "stale. A column that is not named under an outlet never goes there. What a contract can say:",
        "[contract.md](contract.md); what is judged: the [rule catalogue](rules/README.md).",
        "",
        "| 数据集 Dataset | 名称 Title | 报送单位 Provider | 频次 Frequency | 共享类别 Class | 出口 Outlets |",
        "|---|---|---|---|---|---|",
    ]
    for contract in contracts:
        cells = (
            f"[{contract.dataset}](#{_anchor(contract)})",
            contract.title,
            _departments(contract, county),
            contract.frequency,
            "、".join(classes_of(contract)),
            "、".join(outlet.name for outlet in outlets_of(contract, outlets)) or "无",
        )
        lines.append(f"| {' | '.join(cells)} |")
    for contract in contracts:
        lines += ["", *_section(contract, county, outlets)]
    return "\n".join(lines) + "\n"


def _anchor(contract: Contract) -> str:
    return contract.dataset.replace("/", "")


def _departments(contract: Contract, county: County) -> str:
    names = [county.department(each).name for each in dict.fromkeys(one.department for one in contract.intakes)]
    return "、".join(names) if len(names) <= _FEW else f"{names[0]}等 {len(names)} 个"


def _section(contract: Contract, county: County, outlets: Sequence[Outlet]) -> Iterator[str]:
    yield from (f"## {contract.dataset}", "", f"**{contract.title}**。{contract.description}", "")
    yield f"- 报送单位：{_departments(contract, county)}；频次：{_when(contract)}"
    yield f"- 主体：{_subjects(contract)}"
    yield f"- 归集依据：{contract.legal_basis}"
    yield f"- 共享类别：{'、'.join(classes_of(contract))}"
    private = [column.label for column in contract.columns if column.classification in ("personal", "sensitive")]
    told = "全部" if len(private) == len(contract.columns) else "、".join(private) or "没有"
    yield f"- 列：{len(contract.columns)} 个；个人信息和敏感信息：{told}"
    by_outlet = {each.outlet: each for each in contract.lawful}
    for outlet in outlets_of(contract, outlets):
        if outlet.id in by_outlet:
            yield from _shared(contract, by_outlet[outlet.id], outlet)
        yield from (_summed(contract, each, outlet) for each in contract.aggregates if each.outlet == outlet.id)


def _when(contract: Contract) -> str:
    schedule = contract.schedule
    parts = [contract.frequency]
    if schedule is not None and schedule.due_in == "d":
        parts.append(f"期末后 {schedule.due} 日内报送")
    elif schedule is not None:
        parts.append(f"期末后 {schedule.due} 个工作日内报送" if schedule.due else "当期最后一个工作日以前报送")
    if contract.working_days is not None:
        parts.append(f"作出决定后 {contract.working_days} 个工作日内报送")
    return "，".join(parts)


def _subjects(contract: Contract) -> str:
    subject = contract.subject
    if subject.always is not None:
        return _ALWAYS[subject.always]
    groups = (
        ("organisation", subject.organisations),
        ("sole_trader", subject.sole_traders),
        ("person", subject.persons),
    )
    return "、".join(_KINDS[kind] for kind, codes in groups if codes)


def _shared(contract: Contract, lawful: Lawful, outlet: Outlet) -> Iterator[str]:
    shown = [(column, column.disclosure[outlet.id]) for column in contract.columns if outlet.id in column.disclosure]
    whose = "、".join(_KINDS[kind] for kind in lawful.subjects)
    yield f"- **{outlet.name}**（`{outlet.id}`）：{whose}；{_terms(contract, lawful)}"
    yield f"  - 依据：{lawful.legal_basis}；{'；'.join(dict.fromkeys(item.name for item in lawful.items))}"
    yield f"  - 列：{'、'.join(_cell(column, how) for column, how in shown if how.how != 'withhold')}"


def _terms(contract: Contract, lawful: Lawful) -> str:
    parts = ["凭主体的授权"] if lawful.consent else []
    parts += [f"{contract.column(name).label}是{'或者'.join(values)}" for name, values in lawful.when.items()]
    parts.append("没有期限" if lawful.window is None else _window(contract, lawful.window))
    return "；".join(parts)


def _window(contract: Contract, window: Window) -> str:
    ends = []
    if window.months is not None:
        ends.append(f"最多 {window.months} 个月")
    if window.severity is not None:
        ends.append(f"长短看{contract.column(window.severity.column).label}（{window.severity.rule.id}）")
    if window.end is not None:
        ends.append(f"到{contract.column(window.end).label}为止")
    return f"从{contract.column(window.start).label}起，{'，'.join(ends)}"


def _cell(column: Column, how: Disclosure) -> str:
    if how.how == "mask":
        return f"{column.label}（只显示前 {how.left} 后 {how.right} 位）"
    if how.how == "pseudonym":
        return f"{column.label}（换成代号）"
    if how.how == "generalise":
        return f"{column.label}（{_COARSER[how.to]}）"
    return column.label


def _summed(contract: Contract, aggregate: Aggregate, outlet: Outlet) -> str:
    sums = "、".join(contract.column(name).label for name in aggregate.sums)
    return (
        f"- **{outlet.name}**（`{outlet.id}`）：{aggregate.label}；笔数"
        + (f"和{sums}合计" if sums else "")
        + f"，不满 {aggregate.minimum} 笔的不出数。依据：{aggregate.legal_basis}"
    )


def made(schemas: Path, expectations: Path) -> str:
    """The page of a configuration."""
    from hub.contract import load

    return page(load.contracts(schemas, expectations), load.county(schemas), load.outlets(schemas))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(made(Path("schemas"), Path("expectations")), encoding="utf-8")
