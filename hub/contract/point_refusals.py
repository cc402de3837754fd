"""What no rule of household points may be about (积分规则的禁区), and why, in words.

Points are incentives: a rule gives, and the only ground on which something that was given is taken back is that the
deed was made up (弄虚作假). Some matters are no business of points in either direction: who is rewarded for not
petitioning is punished for petitioning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_NO_SCORE = "国办发〔2020〕49号"
_NEVER = "征信业管理条例第十四条"
_OUTSIDE = "the catalogue of public credit information has no such item"


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter, the words by which a rule gives itself away, and why it is refused; ``rewarded``: may earn points."""

    name: str
    words: tuple[str, ...]
    why: str
    rewarded: bool = False


MATTERS = (
    Matter(
        "petitions (信访)",
        ("信访", "上访", "访民", "息访", "缠访", "闹访", "罢访"),
        f"petitioning is everybody's right, and neither doing it nor not doing it may be scored ({_NO_SCORE})",
    ),
    Matter(
        "complaints (投诉举报)",
        ("投诉", "举报", "控告", "检举", "12345", "热线"),
        f"whoever complains uses a right; credit must not make people keep silent ({_NO_SCORE})",
    ),
    Matter(
        "religion (宗教信仰)",
        ("宗教", "信仰", "信教", "礼拜", "教会", "寺庙", "迷信"),
        f"what somebody believes must not even be collected ({_NEVER})",
    ),
    Matter(
        "party discipline (党纪)",
        ("党纪", "违纪", "党员", "党内", "处分", "政治面貌"),
        f"discipline of the party and of offices is no credit record of a household ({_NO_SCORE})",
    ),
    Matter(
        "speech (言论)",
        ("言论", "发帖", "转发", "评论", "朋友圈", "群聊", "网络", "舆情", "造谣", "传谣"),
        f"what somebody says is not scored; what breaks a law is for the police and the courts ({_NO_SCORE})",
    ),
    Matter(
        "health and blood type (健康、血型)",
        ("健康", "疾病", "病史", "血型", "残疾", "基因", "指纹", "体检", "精神病", "疫苗"),
        f"health, blood type and genes must not even be collected; of a donation only the fact counts ({_NEVER})",
    ),
    Matter(
        "private life (私人生活)",
        (
            "婚姻",
            "离婚",
            "彩礼",
            "生育",
            "低保",
            "工资",
            "收入",
            "存款",
            "学历",
            "民族",
            "不和",
            "赡养",
            "饮酒",
            "打牌",
        ),
        f"family, means and habits are nobody's credit: {_OUTSIDE}",
    ),
    Matter(
        "waste sorting (垃圾分类)",
        ("垃圾",),
        f"sorting waste may earn points, but must not cost any ({_NO_SCORE})",
        rewarded=True,
    ),
)


def refused(said: str, gives: bool) -> Iterator[str]:
    """Why a rule is refused that says this; nothing when it is about none of the matters."""
    for matter in MATTERS:
        found = next((word for word in matter.words if word in said), None)
        if found is not None and not (gives and matter.rewarded):
            yield f"{found!r} is about {matter.name}: {matter.why}; take the rule out"


NOT_AN_INCENTIVE = (
    "points are an incentive: a rule gives them and takes none; the only loss is of ground: invented (弄虚作假), "
    "when a deed for which points were given was made up"
)
