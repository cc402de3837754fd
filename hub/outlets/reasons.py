"""Why a record does not leave (不予共享的原因): stable codes, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """``yes`` and ``no``: what the clause says when it is met and when it is not, for people; ``en``: the no."""

    yes: str
    no: str
    en: str


NO_BASIS = "no_basis"
OUT_OF_CATALOGUE = "out_of_catalogue"
NOT_FOR_THIS_USE = "not_for_this_use"
NOT_THIS_SUBJECT = "not_this_subject"
NO_SUBJECT = "no_subject"
MINOR = "minor"
UNKNOWN_AGE = "unknown_age"
ANNULLED = "annulled"
SHIELDED = "shielded"
REPAIRED = "repaired"
DISPUTED = "disputed"
NO_CONSENT = "no_consent"
CONDITION = "condition"
NOT_PUBLISHED = "not_published"
NOT_OPEN = "not_open"
IN_TEXT = "in_text"

WORDS: Mapping[str, Words] = {
    NO_BASIS: Words("契约写明了依据", "契约没有写明向这里共享的依据", "no lawful basis for this outlet"),
    OUT_OF_CATALOGUE: Words(
        "在有效的目录里", "当天没有有效的目录项", "in no edition of the catalogue in force that day"
    ),
    NOT_FOR_THIS_USE: Words(
        "目录允许这种用途", "目录或契约不允许这种用途", "the catalogue or the contract does not allow this use"
    ),
    NOT_THIS_SUBJECT: Words("这类主体可以共享", "这类主体不向这里共享", "this kind of subject may not be shown here"),
    NO_SUBJECT: Words("主体由代码确定", "没有代码能确定主体，或者代码互相矛盾", "the subject is not identified"),
    MINOR: Words("不是未成年人", "主体未满18周岁", "the subject is a minor"),
    UNKNOWN_AGE: Words("年龄没有疑问", "证件看不出年龄", "the document does not tell the age of the subject"),
    ANNULLED: Words("决定没有被撤销或变更", "决定已被撤销、变更或确认无效", "the decision was annulled or changed"),
    SHIELDED: Words("没有被法院屏蔽", "法院已经屏蔽", "the court has shielded it"),
    REPAIRED: Words("没有完成信用修复", "已经完成信用修复", "the credit was repaired"),
    DISPUTED: Words("没有未办结的异议", "异议正在处理", "a dispute is open"),
    NO_CONSENT: Words("主体的授权有效", "没有主体的有效授权", "the subject has not agreed, or not any more"),
    CONDITION: Words("契约的条件满足", "契约的条件没有满足", "a condition of the lawful basis is not met"),
    NOT_PUBLISHED: Words("按轻重可以公示", "轻微的或轻重不明的不公示", "a matter of this gravity is not published"),
    NOT_OPEN: Words("在公示期内", "不在公示期内", "the publication window is not open"),
    IN_TEXT: Words(
        "文字里没有个人信息",
        "文字里有个人的号码、车牌、邮箱或姓名",
        "a free text carries a person's number, plate, address or name",
    ),
}
