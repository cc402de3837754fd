"""What is promised for credit's sake (信用承诺): by organisations and persons, and in the key occupations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hub.county.source import Cells, Source, Span
from hub.county.workplaces import Workplace, firm, hospital, law_firm, school
from hub.county.world import Organisation, World

_OPEN_END = "2099-12-31"
_YEAR = timedelta(days=364)
_NEW_A_MONTH = 0.075  # of what stands
_JUDGED_AFTER = 20  # days, at the earliest
_SHARE = 100_000  # numbers of a day that belong to one department, the second half of them to what is new
_CRAYFISH, _TRADE = "龙虾产业", "商贸流通"


@dataclass(frozen=True, slots=True)
class _Offer:
    """A form that a department lays before people. ``trade``: only for that key trade; ``person``: for persons."""

    kind: str
    matter: str
    words: str
    breach: str = "自愿接受失信惩戒，违诺信息计入信用记录。"
    trade: str = ""
    person: bool = False


_CLEAN = _Offer("主动型", "小龙虾餐饮规范经营", "不使用非食用物质清洗小龙虾，明码标价，不短斤缺两。", trade=_CRAYFISH)
_FARMING = _Offer("主动型", "小龙虾养殖质量安全", "不使用禁用药物，养殖记录保存两年。", trade=_CRAYFISH)
_PROCESSING = _Offer("行业自律型", "小龙虾加工行业自律", "不收购来历不明的小龙虾，产品可以追溯。", trade=_CRAYFISH)
_HONEST = _Offer("主动型", "诚信经营", "明码标价，不售假冒伪劣商品，落实七日无理由退货。", trade=_TRADE)
_GUILD = _Offer("行业自律型", "商贸流通行业自律", "不囤积居奇，不串通涨价。", trade=_TRADE)
_PREPAID = _Offer("主动型", "单用途预付卡资金安全", "按规定存管预收资金，停业前一个月公告退款办法。", trade=_TRADE)
_OFFERS = {
    "credit": (
        _Offer(
            "信用修复型", "行政处罚信息信用修复", "已经改正违法行为，今后守法经营。", "再次失信的，按规定从严惩戒。"
        ),
        _Offer("主动型", "守信经营", "依法经营，按时履行合同。"),
    ),
    "market": (
        _Offer("审批替代型", "食品经营许可告知承诺", "经营条件符合要求，接受事后核查。", "承诺不实的，撤销许可。"),
        _CLEAN,
        _HONEST,
        _Offer("容缺受理型", "变更登记容缺受理", "十个工作日内补齐缺少的材料。", "逾期不补的，退回申请。"),
    ),
    "urban": (
        _Offer("审批替代型", "户外广告设置告知承诺", "设置牢固，不妨碍通行。", "承诺不实的，撤销许可并限期拆除。"),
        _Offer("容缺受理型", "建筑垃圾处置核准容缺受理", "五个工作日内补齐运输合同。", "逾期不补的，退回申请。"),
        _Offer("主动型", "门前三包", "门前清洁，不占道经营。"),
    ),
    "agriculture": (_FARMING, _Offer("主动型", "农产品质量安全", "不使用禁用农药，遵守安全间隔期。"), _PROCESSING),
    "commerce": (_GUILD, _PREPAID, _Offer("其他", "商务领域合同履约", "按约定发货和付款。")),
    "health": (
        _Offer("审批替代型", "公共场所卫生许可告知承诺", "卫生条件符合要求，从业人员持健康证上岗。"),
        _Offer("证明事项型", "护士执业注册证明告知承诺", "填写的工作经历真实。", "承诺不实的，撤销注册。", person=True),
    ),
    "education": (
        _Offer("证明事项型", "教师资格认定证明告知承诺", "填写的内容真实。", "承诺不实的，撤销认定。", person=True),
        _Offer("其他", "校外培训规范收费", "收费项目和标准公示，不一次收取超过三个月的费用。"),
    ),
}
_STAND = {  # at scale 1
    "credit": 1_000,
    "market": 4_500,
    "urban": 1_500,
    "agriculture": 2_000,
    "commerce": 1_500,
    "health": 1_000,
    "education": 500,
}


@dataclass(frozen=True, slots=True)
class _Occupation:
    """``letters`` begin the numbers of its certificates; ``stand`` and ``new`` (a month) are at scale 1."""

    code: str
    letters: str
    stand: int
    new: float
    years: int  # for which a promise holds; 0: for good


_OCCUPATIONS = {
    "justice": (_Occupation("律师", "LS", 60, 1, 1),),
    "education": (_Occupation("教师", "JS", 5_000, 55, 1),),
    "health": (_Occupation("医师", "YS", 2_000, 22, 2),),
    "market": (_Occupation("执业药师", "YY", 200, 3, 5),),
    "finance": (_Occupation("会计", "KJ", 1_500, 17, 0), _Occupation("审计", "SJ", 120, 2, 0)),
}
_ALL = tuple(one.code for several in _OCCUPATIONS.values() for one in several)


def sources(world: World) -> Iterator[Source]:
    """The systems of the departments that take promises."""
    for department in _STAND:
        yield Source("credit/commitment", department, "信用承诺", commitments)
    for department in _OCCUPATIONS:
        yield Source("credit/key_occupation", department, "重点职业人群信用承诺", key_occupations)


def commitments(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One promise of an organisation, a sole trader or a person, made in the span."""
    rng = world.rng("credit/commitment", department, span.first, span.last)
    office, stand, offers = world.office(department), _STAND[department], _OFFERS[department]
    many = world.amount(stand, least=12) if span.stock else world.amount(stand * _NEW_A_MONTH * span.months, least=2)
    first = (list(_STAND).index(department) + 1) * _SHARE + (0 if span.stock else _SHARE // 2)
    of_the_day: Counter[date] = Counter()
    for number in range(1, many + 1):
        offer = offers[(span.first.toordinal() + number) % len(offers)]
        made = span.day(rng.randrange(span.days))
        of_the_day[made] += 1
        yield {
            **_maker(world, rng, offer, made),
            "cnbm": f"{world.place.division}{made:%Y%m%d}{first + of_the_day[made]}",
            "cnlx": offer.kind,
            "cnsy": offer.matter,
            "cnnr": offer.words,
            "wnzr": offer.breach,
            "zcrq": made,
            "yxqz": _OPEN_END if offer.kind == "证明事项型" else made + _YEAR,
            **_fulfilment(rng, number, made, span.last, offer),
            **({"rddw": office.name, "rddwdm": office.uscc} if _judged(number, made, span.last) else {}),
            "sldw": office.name,
            "sldwdm": office.uscc,
        }


def _maker(world: World, rng: Random, offer: _Offer, made: date) -> Cells:
    """Who promises, and who may see it: what natural persons and sole traders promise is for no open page."""
    if offer.person:
        person = world.some_household(rng).members[0]
        return {
            "cnr_mc": person.name,
            "cnr_lb": "自然人",
            "cnr_zjlx": "身份证",
            "cnr_zjhm": person.citizen_id,
            "gklx": "不可公开",
        }
    found = world.some_organisation(rng)
    while found.founded > made or (offer.trade and _trade(found) != offer.trade):
        found = world.some_organisation(rng)
    seen = "可向社会公开" if found.category == "法人及非法人组织" and rng.random() < 0.9 else "特定范围内公开"
    return {
        "cnr_mc": found.name,
        "cnr_lb": found.category,
        "cnr_shxym": found.uscc,
        "zdhy": _trade(found) or None,
        "gklx": seen,
    }


def _trade(subject: Organisation) -> str:
    """The key trade of an organisation, the same in whatever it promises."""
    return _CRAYFISH if subject.crayfish else _TRADE if any(word in subject.name for word in ("商贸", "物流")) else ""


def _judged(number: int, made: date, until: date) -> bool:
    return number % 5 > 1 and made + timedelta(days=_JUDGED_AFTER) <= until


def _fulfilment(rng: Random, number: int, made: date, until: date, offer: _Offer) -> Cells:
    """Most keep their word; of nineteen, one does not and one does by halves."""
    if not _judged(number, made, until):
        return {}
    judged: Cells = {"rdrq": made + timedelta(days=rng.randint(_JUDGED_AFTER, (until - made).days))}
    broken = {4: "部分履行", 8: "全部未履行"}.get(number % 19)
    if not broken:
        return judged | {"lxzt": "全部履行"}
    return judged | {
        "lxzt": broken,
        "wlxnr": f"核查发现没有做到：{offer.words}",
        "zrzj": "责令限期改正，计入信用记录。",
    }


def key_occupations(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One promise of somebody who works in an occupation that the department looks after."""
    for occupation in _OCCUPATIONS[department]:
        rng = world.rng("credit/key_occupation", occupation.code, span.first, span.last)
        stands = world.amount(occupation.stand, least=10)
        many = stands if span.stock else world.amount(occupation.new * span.months, least=1)
        late = _late(world, occupation, span, stands)
        for number in range(1, many + 1):
            promised = span.day(number * 17)
            ends = promised + timedelta(days=365 * occupation.years - 1)
            serial = f"{number:06d}" if span.stock else f"{span.first:%Y%m%d}-{number:04d}"
            yield {
                **_practitioner(world, occupation.code, number if span.stock else late + number),
                "zsbh": f"{occupation.letters}{world.place.division}-{serial}",
                "cnrq": promised,
                "yxqz": ends if occupation.years else _OPEN_END,
                **_kept(rng, promised, span.last),
                "zgdw": world.office(department).name,
            }


def _late(world: World, occupation: _Occupation, span: Span, stands: int) -> int:
    """Where the new ones of the span begin, behind those of the first collection and those of earlier spans."""
    a_day = world.amount(occupation.new * 1.1 / 30, least=1)
    return stands + span.first.toordinal() * a_day % max(1, world.households // len(_ALL) - stands)


def _practitioner(world: World, occupation: str, number: int) -> Cells:
    """A person by number; every occupation has its own sixth of the households, so that nobody has two."""
    sixth = world.households // len(_ALL)
    place = _ALL.index(occupation) * sixth + number % sixth
    person = world.household(place + 1).members[0]
    employer = _employer(world, occupation, number)
    return {
        "xm": person.name,
        "zjlx": "身份证",
        "zjhm": person.citizen_id,
        "zylb": occupation,
        "zydw": employer.name,
        "zydwdm": employer.uscc,
    }


def _employer(world: World, occupation: str, number: int) -> Workplace:
    if occupation == "律师":
        return law_firm(world.place, number)
    if occupation == "教师":
        return school(world.place, number)
    if occupation == "医师":
        return hospital(world.place, number)
    return firm(world, number)


def _kept(rng: Random, promised: date, until: date) -> Cells:
    """Half of those whose promise is half a year old have been judged."""
    if (until - promised).days < 180 or rng.random() < 0.5:
        return {}
    judged = promised + timedelta(days=rng.randint(150, (until - promised).days))
    return {"lxzt": "部分履行" if rng.random() < 0.02 else "全部履行", "rdrq": judged}
