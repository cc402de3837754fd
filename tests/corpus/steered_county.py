# ruff: noqa: E501
"""The small county with datasets that steer its shops: repair, dispute, consent; and a bank that wants consent."""

from __future__ import annotations

import shutil
from pathlib import Path

_COLUMNS = """      - {name: bh, businessName: 编号, physicalName: BH, logicalType: string, logicalTypeOptions: {maxLength: 32}, required: true, primaryKey: true, primaryKeyPosition: 1, classification: internal, customProperties: [{property: kernel, value: {name: text}}]}
      - {name: dm, businessName: 统一社会信用代码, physicalName: DM, logicalType: string, logicalTypeOptions: {maxLength: 18}, required: true, classification: internal, customProperties: [{property: kernel, value: {name: uscc}}]}
      - {name: sjj, businessName: 数据集, physicalName: SJJ, logicalType: string, logicalTypeOptions: {maxLength: 64}, required: true, classification: internal, enum: [{value: market/shop, label: 店铺登记}], customProperties: [{property: kernel, value: {name: code}}]}
      - {name: ks, businessName: 开始, physicalName: KS, logicalType: date, required: true, classification: internal, customProperties: [{property: kernel, value: {name: date}}]}
      - {name: js, businessName: 结束, physicalName: JS, logicalType: date, classification: internal, customProperties: [{property: kernel, value: {name: date}}]}
"""
_DOCUMENT = "      - {name: wsh, businessName: 文书号, physicalName: WSH, logicalType: string, logicalTypeOptions: {maxLength: 128}, required: true, classification: internal, customProperties: [{property: kernel, value: {name: text}}]}\n"
_OUTLETS = "      - {name: ck, businessName: 出口, physicalName: CK, logicalType: string, logicalTypeOptions: {maxLength: 64}, required: true, classification: internal, enum: [{value: bank, label: 银行}], customProperties: [{property: kernel, value: {name: code}}]}\n"
_BANK = """  - id: bank
    name: 银行
    kind: front_end_tables
    use: finance
    purpose: 授权查询。
    options:
      tables: {market/shop: L_BANK}
      columns: {key: RECID, sequence: SJXH, check: CHECK_SIGN, cause: CAUSE, synced: SYNC_SIGN, synced_at: SYNC_DATE, failed: "2", done: "1"}
"""
STEERED = "  - property: steeredBy\n    value: {dm: organisation, wsh: document}\n"
LAWFUL = """      - outlet: bank
        legalBasis: 测试用
        catalogueItem: test/shop
        subjects: [organisation]
        consent: true
"""


def _contract(dataset: str, title: str, code: str, more: str, steers: str) -> str:
    name = dataset.partition("/")[2]
    return f"""apiVersion: v3.2.0
kind: DataContract
id: {dataset}
version: 1.0.0
name: {title}
status: active
domain: credit
description: {{purpose: 测试用。, usage: 测试用。, limitations: 测试用。}}
team: {{name: 市场监督管理局}}
support: [{{channel: 演示, description: 演示。}}]
servers:
  - server: market
    type: sftp
    location: sftp://hub/market/inbox/
    customProperties: [{{property: files, value: [{title}*]}}]
schema:
  - name: {name}
    businessName: {title}
    physicalName: {code}
    logicalType: object
    properties:
{_COLUMNS}{more}slaProperties:
  - {{property: frequency, value: 不定期}}
customProperties:
  - {{property: code, value: {code}}}
  - {{property: refuseAbove, value: 0.9}}
  - {{property: legalBasis, value: 测试用}}
  - {{property: orderBy, value: ks}}
  - {{property: subject, value: {{always: organisation, organisationId: dm}}}}
  - property: steers
    value: {steers}
"""


def made(small: Path, folder: Path) -> Path:
    """A copy of the small schemas with what steers them, below ``folder``; gives the schemas' folder."""
    schemas = folder / "schemas"
    shutil.copytree(small / "schemas", schemas)
    by_record = "{reason: %s, dataset: sjj, record: {organisation: dm, document: wsh}, since: ks, until: js}"
    by_subject = "{reason: consent, dataset: sjj, outlets: ck, record: {organisation: dm}, since: ks, until: js}"
    (schemas / "credit").mkdir()
    for name, title, code, more, steers in (
        ("repair", "修复", "XF", _DOCUMENT, by_record % "repaired"),
        ("dispute", "异议", "YY", _DOCUMENT, by_record % "disputed"),
        ("consent", "授权", "SQ", _OUTLETS, by_subject),
    ):
        text = _contract(f"credit/{name}", title, code, more, steers)
        (schemas / "credit" / f"{name}.odcs.yaml").write_text(text, encoding="utf-8")
    shop = schemas / "market" / "shop.odcs.yaml"
    text = shop.read_text(encoding="utf-8").rstrip() + "\n" + LAWFUL + STEERED
    text = text.replace("open_feed: keep}", "open_feed: keep, bank: keep}")
    shop.write_text(text, encoding="utf-8")
    departments = schemas / "departments.yaml"
    credit = "  - {id: credit, code: XYZX, name: 信用中心, kind: department, contact: 演示联络员}\n"
    departments.write_text(departments.read_text(encoding="utf-8") + credit, encoding="utf-8")
    outlets = schemas / "outlets.yaml"
    outlets.write_text(outlets.read_text(encoding="utf-8") + _BANK, encoding="utf-8")
    return schemas
