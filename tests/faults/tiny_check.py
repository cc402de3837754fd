"""The credit check of a tiny county: who asks, about whom, and what of the shops may be seen for it."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path

from hub.county.identities import Place, company, uscc

DATASET, NAME, PLACE = "urban/check", "核查_1.csv", Place()
PURPOSES = """purposes:
  - {code: 补贴, legalBasis: 测试用, status: verified, source: 测试用, adverse: [market/shop], other: []}
"""
OUTLET = """  - {id: credit_check, name: 信用核查, kind: reports, use: supervision, purpose: 测试用。}
"""
LAWFUL = """      - outlet: credit_check
        legalBasis: 测试用
        catalogueItem: test/shop
        subjects: [organisation]
"""
COLUMN = "      - {name: %s, businessName: %s, physicalName: %s, logicalType: string, logicalTypeOptions: {maxLength: 64}, required: true, classification: internal%s, customProperties: [{property: kernel, value: {name: %s}}]}\n"
NAMES = {"pch": "批次", "yj": "依据", "jbr": "经办", "spr": "审批", "mc": "名称"}
PURPOSE = "      - {name: yt, businessName: 用途, physicalName: YT, logicalType: string, logicalTypeOptions: {maxLength: 64}, required: true, classification: internal, enum: [{value: 补贴, label: 补贴}], customProperties: [{property: kernel, value: {name: code}}]}\n"
HEAD = """apiVersion: v3.2.0
kind: DataContract
id: urban/check
version: 1.0.0
name: 核查名单
status: active
domain: urban
description: {purpose: 测试用。, usage: 测试用。, limitations: 测试用。}
team: {name: 城市管理局}
support: [{channel: 演示, description: 演示。}]
servers:
  - server: urban
    type: sftp
    location: sftp://hub/urban/inbox/
    customProperties: [{property: files, value: [核查*]}]
schema:
  - name: check
    businessName: 核查名单
    physicalName: HC
    logicalType: object
    properties:
"""
TAIL = """slaProperties:
  - {property: frequency, value: 不定期}
customProperties:
  - {property: code, value: HC}
  - {property: refuseAbove, value: 0.9}
  - {property: legalBasis, value: 测试用}
  - {property: subject, value: {always: organisation, organisationId: dm}}
  - property: answers
    value: {outlet: credit_check, batch: pch, purpose: yt, authority: yj, asker: jbr, authoriser: spr, name: mc}
"""


def shown(shop: str) -> str:
    """The contract of the shops, which may be seen in a check."""
    return shop.rstrip().replace("open_feed: keep}", "open_feed: keep, credit_check: keep}") + f"\n{LAWFUL}"


def lay_out(schemas: Path) -> None:
    """Write the rest of the configuration."""
    key = ", primaryKey: true, primaryKeyPosition: %d"
    columns = [
        COLUMN % (name, label, name.upper(), key % 1 if name == "pch" else "", "text") for name, label in NAMES.items()
    ]
    columns += [COLUMN % ("dm", "代码", "DM", key % 2, "uscc"), PURPOSE]
    (schemas / "urban" / "check.odcs.yaml").write_text(HEAD + "".join(columns) + TAIL, encoding="utf-8")
    (schemas / "checks").mkdir()
    (schemas / "checks" / "purposes.yaml").write_text(PURPOSES, encoding="utf-8")
    outlets = schemas / "outlets.yaml"
    outlets.write_text(outlets.read_text(encoding="utf-8").rstrip() + f"\n{OUTLET}", encoding="utf-8")


def asked() -> bytes:
    """A list of two companies, one of them with a shop."""
    lines = ["批次,用途,依据,经办,审批,名称,代码"]
    lines += [f"B1,补贴,演政发1号,A01,A02,{company(PLACE, serial)},{uscc(PLACE, serial)}" for serial in (1, 99)]
    return ("\r\n".join(lines) + "\r\n").encode()
