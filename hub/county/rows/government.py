"""What the authorities send about themselves (政务诚信): files, cases, documents, promises; and where ratings count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hub.county.agencies import court
from hub.county.source import Cells, Source, Span
from hub.county.world import Office, Organisation, World

_OPEN_END = "2099-12-31"
_SERVANTS = 4_000  # files of a year at scale 1
_NEWCOMERS = 12  # files opened in a month
_POSTS = ("综合管理", "综合管理", "专业技术", "行政执法", "行政执法")
_HONOURS = ("镇街级", "县级", "县级", "市级", "省级", "国家级")
_CASES = {"court": 10, "government": 5}  # a month
_GROUNDS = ("建设工程施工合同纠纷", "买卖合同纠纷", "租赁合同纠纷", "行政赔偿", "劳动争议")
_DOCUMENTS = {"government": (70, 3), "justice": (50, 2)}  # that stand, and that are new in a month
_POLICIES = (  # of governments: the title, and what is promised in it
    ("企业技术改造奖励办法", "设备投入奖励"),
    ("人才引进实施办法", "住房补贴"),
    ("政府投资项目管理办法", ""),
    ("小龙虾产业扶持办法", "稻虾综合种养补助"),
)
_OF_DEPARTMENTS = {
    "agriculture": (("稻虾综合种养补助办法", "种养补助"), ("农机购置补贴办法", "购机补贴")),
    "commerce": (("外贸企业扶持办法", "参展补助"), ("单用途预付卡管理办法", "")),
    "urban": (("城市停车管理办法", ""), ("户外广告设置管理办法", "")),
    "education": (("校外培训机构管理办法", ""),),
    "finance": (("涉企资金直达办法", "贷款贴息"), ("政府采购履约管理办法", "")),
    "market": (("质量奖励办法", "质量奖奖金"), ("小餐饮备案管理办法", "")),
}
_REVIEWS = ("确认有效", "确认有效", "修改", "暂停执行", "宣布失效", "废止")
_USES = {"market": ("SCJG", 150), "urban": ("CGJ", 80), "government": ("ZFB", 37)}  # mark, a month
_SCENES = {
    "market": (("双随机抽查", "A", "抽查比例由 10% 降为 3%"), ("双随机抽查", "CD", "抽查比例由 10% 升为 30%")),
    "urban": (
        ("行政审批", "AB", "户外广告设置实行告知承诺"),
        ("双随机抽查", "B", "抽查频次减半"),
        ("行政审批", "CD", "不适用告知承诺，按一般程序办理"),
    ),
    "government": (
        ("政府采购", "A", "免收履约保证金"),
        ("招标投标", "A", "投标保证金减半"),
        ("资金补贴", "AB", "优先列入补贴名单"),
        ("评优评先", "D", "不列入推荐名单"),
    ),
}
_RATINGS = "AAAABBBBBBCCD"
_PROMISES = {"government": ("ZWCN", 140, 10), "trading": ("GGZY", 60, 5)}  # mark, that stand, new in a month
_SERVICES = (
    ("market", ("企业开办半天办结", "材料齐全的，半个工作日内办结。")),
    ("finance", ("惠企资金免申即享", "符合条件的企业不用申请，资金直接拨付。")),
    ("town", ("便民事项帮办代办", "老年人和残疾人的事项上门代办。")),
    ("urban", ("投诉举报按时回复", "五个工作日内回复办理结果。")),
    ("education", ("入学报名一次办成", "报名材料网上提交，不用到校。")),
    ("tax", ("出口退税加快办理", "三个工作日内办结。")),
)
_PROJECTS = (
    ("产业园标准厂房建设", "按合同约定的工期竣工，按进度支付工程款。"),
    ("农村公路提档升级", "按期通车，不拖欠农民工工资。"),
)
_TENDERS = (
    ("中标结果当日公示", "评标结束当日公示中标候选人。"),
    ("投标保证金按时退还", "合同签订后五日内退还保证金和利息。"),
    ("重大项目进场交易全程公开", "招标公告、中标结果和合同全部公开。"),
)


def sources(world: World) -> Iterator[Source]:
    """The systems of the departments in which authorities are the subject."""
    yield Source("government/civil_servant_file", "personnel", "公务员诚信档案", civil_servant_files)
    for department in _CASES:
        yield Source("government/enforcement_case", department, "涉政府机构执行案件", enforcement_cases)
    for department in _DOCUMENTS:
        yield Source("government/policy_document", department, "规范性文件清理", policy_documents)
    for department in _USES:
        yield Source("government/rating_use", department, "信用评价应用", rating_uses)
    for department in _PROMISES:
        yield Source("government/service_commitment", department, "政务服务承诺", service_commitments)


def civil_servant_files(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One civil servant's year, sent when the year is over; between two years, those who have just come."""
    years = [
        year for year in range(span.first.year, span.last.year + 1) if span.first <= date(year, 12, 31) <= span.last
    ]
    if span.stock:
        years = years[-1:] or [span.first.year - 1]
    for year in years:
        for number in range(1, world.amount(_SERVANTS, least=15) + 1):
            yield _file(world, number, year)
    if not years:
        for number in range(1, world.amount(_NEWCOMERS * span.months, least=1) + 1):
            yield {
                **_servant(world, number, f"GWY-{span.first:%Y%m%d}-{number:03d}"),
                "nd": str(span.day(number).year),
                "cnrq": span.day(number),
            }


def _servant(world: World, number: int, file: str) -> Cells:
    office = _authorities(world)[number * 7 % len(_authorities(world))]
    return {"dabh": file, "szdw": office.name, "zwlb": _POSTS[number % len(_POSTS)]}


def _file(world: World, number: int, year: int) -> Cells:
    """A whole year: signed in January, judged in December."""
    rng = world.rng("government/civil_servant_file", number, year)
    return {
        **_servant(world, number, f"GWY-{number:06d}"),
        "nd": str(year),
        "cnrq": date(year, 1, rng.randint(4, 31)),
        "lxzt": "部分履行" if rng.random() < 0.02 else "全部履行",
        "rdrq": date(year, 12, rng.randint(10, 31)),
        "ryjb": rng.choice(_HONOURS) if rng.random() < 0.1 else None,
    }


def _authorities(world: World) -> list[Office]:
    """Offices that govern: no bank and no court."""
    others = [
        office
        for department, office in world.offices.items()
        if department not in ("bank", "court") and not department.startswith("town_")
    ]
    return others + _towns(world)


def _towns(world: World) -> list[Office]:
    """The governments of the towns: no farm and no works that the county counts among its towns."""
    return [office for office in world.offices.values() if office.name.endswith(("人民政府", "办事处"))]


def enforcement_cases(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One authority in one case: the court reports those that it files, the government those that are resumed."""
    rng = world.rng("government/enforcement_case", department, span.first, span.last)
    series = court(world.place).mark + ("执" if department == "court" else "执恢")
    debtors = _authorities(world)
    for number in range(1, world.amount(_CASES[department] * span.months, least=10 if span.stock else 1) + 1):
        filed = span.day(number)
        if span.stock:  # some of what still stands was filed years ago
            filed -= timedelta(days=rng.choice((0, 0, 300, 700)))
        debtor = rng.choice(debtors)
        serial = number if span.stock else f"{filed:%m%d}{number:02d}"
        yield {
            "bzxrmc": debtor.name,
            "tyshxydm": debtor.uscc,
            "ah": f"（{filed.year}）{series}{serial}号",
            "larq": filed,
            "zxfy": world.office("court").name,
            "ay": rng.choice(_GROUNDS),
            **_clearing(rng, number, filed, span.last),
            "dbdw": world.office("government").name,
            "sbrq": span.last,
        }


def _clearing(rng: Random, number: int, filed: date, until: date) -> Cells:
    owed = Decimal(rng.randrange(20_000, 3_000_000, 100))
    state = ("清理中", "已清理", "未清理")[number % 3]
    paid = {"清理中": (owed * rng.randint(1, 9) / 10).quantize(Decimal("0.01")), "已清理": owed}.get(state, Decimal(0))
    cleared = filed + timedelta(days=rng.randint(0, (until - filed).days)) if state == "已清理" else None
    return {"zxbd": owed, "dwje": paid, "wdwje": owed - paid, "qlzt": state, "qlrq": cleared}


def policy_documents(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One document looked through in the span: in a stock those of the last years, else those of this year."""
    rng = world.rng("government/policy_document", department, span.first, span.last)
    stands, new = _DOCUMENTS[department]
    many = world.amount(stands, least=12) if span.stock else world.amount(new * span.months, least=1)
    issuers = _issuers(world, department)
    for number in range(1, many + 1):
        reviewed = span.day(number * 37)
        if span.stock:
            issued, serial = date(span.first.year - 1 - number % 5, rng.randint(1, 12), rng.randint(1, 28)), f"{number}"
        else:
            issued = date(reviewed.year, 1, 1) + timedelta(days=rng.randint(0, reviewed.timetuple().tm_yday - 1))
            serial = f"{reviewed:%m%d}{number:02d}"
        issuer, policies = issuers[number % len(issuers)]
        title, promise = policies[rng.randrange(len(policies))]
        yield {
            "zdjg": issuer.name,
            "zdjgdm": issuer.uscc,
            "wh": f"{issuer.mark}规〔{issued.year}〕{serial}号",
            "wjmc": issuer.name.removesuffix("办公室") + title,
            "yfrq": issued,
            "qlrq": reviewed,
            "qlyj": f"{reviewed.year}年度规范性文件清理",
            **_review(rng, _REVIEWS[number % len(_REVIEWS)] if span.stock else "确认有效", reviewed, issued, promise),
        }


def _issuers(world: World, department: str) -> list[tuple[Office, tuple[tuple[str, str], ...]]]:
    """The government reports its own documents and the towns', justice those of the other departments."""
    if department == "government":
        own = replace(world.office("government"), mark=f"{world.place.name[0]}政办")
        towns = [replace(town, mark=f"{town.mark}政") for town in _towns(world)]
        return [(issuer, _POLICIES) for town in towns for issuer in (own, town)]
    return [(world.office(name), policies) for name, policies in _OF_DEPARTMENTS.items()]


def _review(rng: Random, result: str, reviewed: date, issued: date, promise: str) -> Cells:
    kept = f"已兑现{promise} {rng.randint(5, 300)} 万元，没有拖欠。" if promise else None
    if result == "暂停执行":
        kept = f"已经承诺的{promise}分两年兑现完毕。" if promise else "没有需要兑现的承诺。"
    until: dict[str, date | str | None] = {
        "确认有效": rng.choice((_OPEN_END, reviewed + timedelta(days=1095))),
        "修改": reviewed + timedelta(days=1825),
        "宣布失效": issued + timedelta(days=(reviewed - issued).days // 2),
    }
    return {"qljg": result, "yxqz": until.get(result), "dxjd": kept}


def rating_uses(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One organisation whose rating made a difference once."""
    rng = world.rng("government/rating_use", department, span.first, span.last)
    mark, a_month = _USES[department]
    for number in range(1, world.amount(a_month * span.months, least=12 if span.stock else 2) + 1):
        used = span.day(rng.randrange(span.days))
        scene, grades, measure = _SCENES[department][number % len(_SCENES[department])]
        rated = date(used.year, (used.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
        subject = _rated(world, rng, grades, rated)
        yield {
            "xdr_mc": subject.name,
            "xdr_lb": subject.kind,
            "xdr_shxym": subject.uscc,
            "yybh": f"PJYY-{mark}-{_series(span)}-{number:05d}",
            "pjdw": world.office("market").name,
            "pjdj": _rating(subject),
            "pjrq": rated,
            "yycj": scene,
            "yycs": measure,
            "yydw": world.office(department).name,
            "yyrq": used,
        }


def _rating(subject: Organisation) -> str:
    """The rating of an organisation, the same whoever uses it."""
    return _RATINGS[subject.serial * 5 % len(_RATINGS)]


def _rated(world: World, rng: Random, grades: str, day: date) -> Organisation:
    while True:
        found = world.some_organisation(rng)
        if _rating(found) in grades and found.founded <= day:
            return found


def _series(span: Span) -> str:
    """Begins a number; what stands (存量) is numbered apart from what is new."""
    return f"{span.first:%Y%m%d}{'C' if span.stock else ''}"


def service_commitments(world: World, department: str, span: Span) -> Iterator[Cells]:
    """One promise of an authority to the public."""
    rng = world.rng("government/service_commitment", department, span.first, span.last)
    mark, stands, new = _PROMISES[department]
    many = world.amount(stands, least=12) if span.stock else world.amount(new * span.months, least=1)
    for number in range(1, many + 1):
        promised = span.day(number * 41)
        due = promised + timedelta(days=rng.choice((60, 120, 180, 365)))
        kind, office, (matter, words) = _promise(world, rng, department, number)
        yield {
            "cndw": office.name,
            "cndwdm": office.uscc,
            "cnbh": f"{mark}-{_series(span)}-{number:04d}",
            "cnlb": kind,
            "cnsx": matter,
            "cnnr": words,
            "cnrq": promised,
            "wcqx": _OPEN_END if kind == "政务服务" and number % 4 == 0 else due,
            **(_judgement(rng, due, span.last) if number % 4 else {"pjrs": 0}),
        }


def _promise(world: World, rng: Random, department: str, number: int) -> tuple[str, Office, tuple[str, str]]:
    if department == "trading":
        return "重大项目", world.office("trading"), _TENDERS[number % len(_TENDERS)]
    if number % 5 == 0:
        return "重大项目", world.office("government"), _PROJECTS[number // 5 % len(_PROJECTS)]
    server, service = _SERVICES[number % len(_SERVICES)]
    return "政务服务", rng.choice(_towns(world)) if server == "town" else world.office(server), service


def _judgement(rng: Random, due: date, until: date) -> Cells:
    """Judged within a month after it was due; the public has its say only then."""
    judged = due + timedelta(days=rng.randint(0, 30))
    if judged > until:
        return {"pjrs": 0}
    result = "部分履行" if rng.random() < 0.1 else "全部履行"
    asked = rng.randint(0, 200)
    pleased = Decimal(rng.randint(600, 850) if result == "部分履行" else rng.randint(880, 1000)) / 10
    return {"lxzt": result, "rdrq": judged, "pjrs": asked, "myl": pleased if asked else None}
