"""What the read API for credit-service bodies answers with (信用服务市场的应答)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hub.contract.conditions import Conditions
from hub.line.hub import ZONE
from hub.line.serving_bodies import Changes, Fact, Page

ROOT = "/api/services/v1"


class Terms(BaseModel):
    """What the body agrees to with every answer."""

    delete_within_days: int = Field(description="撤回的记录最迟几日内删除 Days within which a withdrawal is applied")
    changes: str = Field(description="撤回和变更从这里取 Where withdrawals are told")
    dispute: str = Field(description="异议入口")
    repair: str = Field(description="信用修复入口")


class OneFact(BaseModel):
    """One record as it may be seen at this moment; amounts are texts, so that nobody rounds them."""

    id: str = Field(pattern="^[0-9a-f]{32}$")
    dataset: str
    version: int
    fields: dict[str, str | None]


class Facts(BaseModel):
    """What may be seen of one subject. Empty: nothing is known, or nothing may be seen; nobody is told which."""

    as_of: datetime
    facts: list[OneFact]
    next: str | None = Field(description="下一页 Address of the next page")
    terms: Terms


class RecordNow(BaseModel):
    """One record that the body was shown before."""

    as_of: datetime
    record: OneFact
    terms: Terms


class Change(BaseModel):
    """What has become of a record that the body was shown: DEL, delete it; ADD and CHG, it may be fetched."""

    id: str = Field(pattern="^[0-9a-f]{32}$")
    dataset: str
    operation: Literal["ADD", "CHG", "DEL"]


class Difference(BaseModel):
    """Each record once, with the last that holds of it; ``cursor`` is the ``after`` of the next request."""

    as_of: datetime
    changes: list[Change]
    cursor: str
    more: bool
    terms: Terms


class DataField(BaseModel):
    """One field of a dataset."""

    name: str
    title: str
    type: Literal["string", "date", "decimal"]
    treatment: Literal["keep", "mask", "pseudonym", "generalise"]


class Dataset(BaseModel):
    """What is given of a dataset, and on what basis."""

    dataset: str
    title: str
    publisher: str
    contract_version: str
    frequency: str
    legal_basis: str
    catalogue_items: list[str]
    subjects: list[Literal["organisation", "sole_trader"]]
    fields: list[DataField]


class Datasets(BaseModel):
    """What the body may ask for."""

    as_of: datetime
    datasets: list[Dataset]
    purposes: dict[str, str] = Field(description="查询用途 Code and name")
    terms: Terms


def facts(page: Page, following: str | None, conditions: Conditions) -> Facts:
    """A page of facts."""
    told = [_fact(one) for one in page.facts]
    return Facts(as_of=page.as_of.astimezone(ZONE), facts=told, next=following, terms=_terms(conditions))


def record(one: Fact, as_of: datetime, conditions: Conditions) -> RecordNow:
    """One record."""
    return RecordNow(as_of=as_of.astimezone(ZONE), record=_fact(one), terms=_terms(conditions))


def difference(told: Changes, conditions: Conditions) -> Difference:
    """What has changed."""
    rows = [Change(id=one["record_id"], dataset=one["dataset"], operation=one["operation"]) for one in told.rows]
    return Difference(
        as_of=told.as_of.astimezone(ZONE), changes=rows, cursor=told.cursor, more=told.more, terms=_terms(conditions)
    )


def datasets(told: Iterable[dict[str, Any]], as_of: datetime, conditions: Conditions) -> Datasets:
    """What there is."""
    return Datasets(
        as_of=as_of.astimezone(ZONE),
        datasets=[Dataset(**one) for one in told],
        purposes=dict(conditions.purposes),
        terms=_terms(conditions),
    )


def _fact(one: Fact) -> OneFact:
    return OneFact(id=one.record_id, dataset=one.dataset, version=one.version, fields=dict(one.fields))


def _terms(conditions: Conditions) -> Terms:
    return Terms(
        delete_within_days=conditions.delete_days,
        changes=f"{ROOT}/changes",
        dispute=conditions.dispute,
        repair=conditions.repair,
    )
