"""A credit-service body that asks about a shop of a tiny county: once, with a key that is taken away afterwards."""

from __future__ import annotations

from pathlib import Path

from hub.county.identities import Place, uscc
from hub.ledger import service_keys as keys
from hub.ledger import service_log
from hub.ledger.connect import reading
from hub.line import Hub, service_keys, serving_bodies

DATASET, PLACE = "market/shop", Place()
OUTLET = """  - id: services
    name: 信用服务市场
    kind: read_api
    use: public
    purpose: 测试用。
    options:
      purposes: {credit_report: 信用报告}
      deleteDays: 3
      changesDays: 30
      dispute: 测试用
      repair: 测试用
      status: verified
      source: 测试用
"""
LAWFUL = """      - outlet: services
        legalBasis: 测试用
        catalogueItem: test/shop
        subjects: [organisation]
"""


def shown(shop: str) -> str:
    """The contract of the shops, which a body may ask for."""
    return shop.rstrip().replace("open_feed: keep", "open_feed: keep, services: keep") + f"\n{LAWFUL}"


def lay_out(schemas: Path) -> None:
    """The outlet."""
    outlets = schemas / "outlets.yaml"
    outlets.write_text(outlets.read_text(encoding="utf-8").rstrip() + f"\n{OUTLET}", encoding="utf-8")


def ask(told: Hub) -> None:
    """Whatever was done already is not done again."""
    with reading(told.ledger) as connection:
        given, asked = keys.listed(connection), service_log.counts(connection)
    if not given:
        service_keys.issue(told, service_keys.Licence("演练征信", "YL-001", (DATASET,)), 1)
        with reading(told.ledger) as connection:
            given = keys.listed(connection)
    if not asked:
        serving_bodies.facts(told, given[0], "credit_report", uscc(PLACE, 2), None, None, 100)
    service_keys.revoke(told, given[0].id)
