"""A line in words, for the household that asks (逐行说明)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.contract.point_rules import Award, Caps

WORDS: Mapping[str, str] = {
    "withdrawn": "这一条已经撤回，不计分",
    "to_come": "发生日期还没有到，不计分",
    "wrong_village": "家庭编号不是这个村（居）的，不计分",
    "no_edition": "发生日期没有有效的积分规则，不计分",
    "no_rule": "当年的积分规则里没有这个项目，不计分",
    "not_reviewed": "信用评议团还没有评议，暂不计分",
    "refused": "信用评议团评议没有通过，不计分",
    "not_noticed": "评议通过后还没有公示，暂不计分",
    "notice_running": "正在公示，{notice_ends}起计分",
    "annulled": "这一条已经撤销，不计分",
    "appealed": "有申诉正在处理，办结前不计分，也不作为任何依据",
    "age_unknown": "证件号码看不出年龄，又没有填负责的成年家庭成员，不计分",
    "minor_alone": "未成年人不能单独记分，请填负责的成年家庭成员",
    "no_evidence": "规则要求凭证，没有填凭证编号，不计分",
    "wrong_household": "受益家庭和规则不符，不计分",
    "no_quantity": "数量没有填或者超出范围，不计分",
    "not_awarded": "规则只定了范围，评议团还没有评定分值，暂不计分",
    "out_of_range": "评议团评定的分值不在规则的范围内，请重新评议",
    "about_nothing": "没有写明是哪一条事情，或者本户没有那一条，不扣分",
    "invented": "评议团查实是编造的，不计分",
    "duplicate": "和 {same_as} 是同一件事，只计一次；不是同一件的，请填各自的凭证编号",
    "below": "数量没有达到下一档，不增加分",
    "cap_event": "超过一次的封顶",
    "cap_member": "超过一名成员一年的封顶",
    "cap_month": "超过本项目一个月的封顶",
    "cap_quarter": "超过本项目一个季度的封顶",
    "cap_year": "超过本项目一年的封顶",
    "base": "扣到基础分为止，不再往下扣",
}


def in_words(line: Mapping[str, Any]) -> str:
    """Why a line counts what it counts: one sentence a reason; «全部计分» where there is none."""
    told = [WORDS[code].format(**line) for code in line["reasons"]]
    if line["grade_drop"]:
        told.append(f"等级降{line['grade_drop']}级，不低于最后一级")
    return "；".join(told) if told else "全部计分"


def award_in_words(award: Award) -> str:
    """What a rule gives."""
    if award.kind == "steps":
        steps = "，".join(f"满{_plain(least)}计{_plain(points)}分" for least, points in award.steps)
        return f"{'一年累计' if award.over == 'year' else '一次'}{steps}"
    if award.kind == "range":
        return f"{_plain(award.low)}到{_plain(award.high)}分，由评议团评定"
    if award.kind == "each":
        return f"每满{_plain(award.per)}计{_plain(award.points)}分"
    return f"{'扣' if award.kind == 'loss' else '计'}{_plain(award.points)}分"


def caps_in_words(caps: Caps) -> str:
    """The most that counts."""
    named = {"event": "一次", "member": "一人一年", "month": "一月", "quarter": "一季", "year": "一年"}
    found = {word: getattr(caps, name) for name, word in named.items()}
    return "，".join(f"{word}{_plain(points)}分" for word, points in found.items() if points is not None)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
