"""The read API for credit-service bodies (信用服务市场): public facts by credit code, each query logged.

There is no list of subjects and no search. ``/api/openapi.json`` describes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hub.contract.conditions import Conditions
from hub.errors import NotFound
from hub.ledger.service_keys import Key
from hub.line import service_keys, serving_bodies
from hub.line.service_door import Closed, NotGiven, TooMany, outlet
from hub.line.serving_bodies import NoCode, TooOld, Withdrawn
from hub.web import service_answers
from hub.web.admission import hub_of
from hub.web.problems import Problem, described
from hub.web.service_answers import ROOT, Datasets, Difference, Facts, RecordNow

MOST = 100  # facts in one answer
MOST_CHANGES = 1_000
BY_CODE = "只能按18位统一社会信用代码查询，不能按名称或者其他条件查询。"
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ServiceKey",
    description="密钥 Key, as `hub service-key new` prints it.",
    bearerFormat="opaque",
)


def _key(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Key:
    found = service_keys.of_secret(hub_of(request), given.credentials) if given is not None else None
    if found is None:
        raise Problem(401, "没有密钥，或者密钥不对、已经过期、已经吊销。", {"WWW-Authenticate": "Bearer"})
    request.app.state.service_pace.step(found.body.id)
    return found


def _parameters(request: Request, key: Annotated[Key, Depends(_key)]) -> Key:
    """Parameters that the operation does not know, or that stand twice, are refused: a name must not be passed over."""
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    if set(given) - known:
        raise Problem(422, f"有不认识的参数。{BY_CODE}")
    if len(given) != len(set(given)):
        raise Problem(422, "有重复的参数。")
    return key


Admitted = Annotated[Key, Depends(_parameters)]
Purpose = Annotated[
    str,
    Query(
        pattern="^[a-z][a-z0-9_]{0,31}$",
        description="查询用途，必填，见 datasets 的 purposes",
        examples=["credit_report"],
    ),
]
Code = Annotated[
    str,
    Path(
        description="18位统一社会信用代码",
        json_schema_extra={"pattern": "^[1-9ANY][0-9A-HJ-NPQRTUWXY]{17}$", "minLength": 18, "maxLength": 18},
    ),
]
RecordId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="记录标识")]
DatasetName = Annotated[
    str | None, Query(max_length=128, pattern="^[a-z0-9_]+/[a-z0-9_]+$", description="只要这个数据集")
]
AfterId = Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", description="上一页最后一条的标识")]
Cursor = Annotated[
    str | None,
    Query(
        pattern="^[0-9a-f]{8}-[0-9]{1,18}$",
        description="上次应答的 cursor；不填：从头取，没有列出的记录都应删除",
    ),
]
LOOKING = described(401, 403, 422, 429, 500, 503)
router = APIRouter(prefix=ROOT, tags=["services"])


@contextmanager
def _told() -> Iterator[None]:
    """What the line refuses, as a problem."""
    try:
        yield
    except Closed:
        raise Problem(503, "信用服务接口没有开放，请稍后再查。", {"Retry-After": "3600"}) from None
    except TooMany as error:
        raise Problem(429, "查询次数到了上限，请稍后再查。", {"Retry-After": str(error.seconds)}) from None
    except NotGiven:
        raise Problem(403, "这个密钥不能按这个用途或者这个数据集查询。") from None
    except NoCode:
        raise Problem(422, BY_CODE) from None
    except Withdrawn:
        raise Problem(410, "这条记录已经撤回，请删除。") from None
    except TooOld:
        raise Problem(410, "这个 cursor 已经失效，请不带 after 从头取，没有列出的记录都应删除。") from None
    except NotFound:
        raise Problem(404, "没有向贵机构提供过这条记录。") from None


def _conditions(request: Request) -> Conditions:
    conditions = outlet(hub_of(request)).conditions
    assert conditions is not None  # of a read API
    return conditions


@router.get("/subjects/{uscc}/facts", responses=LOOKING, summary="主体信息 What may be seen of one subject")
def get_facts(
    request: Request,
    key: Admitted,
    uscc: Code,
    purpose: Purpose,
    dataset: DatasetName = None,
    after: AfterId = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> Facts:
    """By credit code alone. The answer is the same for a subject that is unknown and for one that may not be seen."""
    with _told():
        page = serving_bodies.facts(hub_of(request), key, purpose, uscc, dataset, after, limit)
        following = None
        if page.after is not None:
            more = {"purpose": purpose, "dataset": dataset, "after": page.after, "limit": limit}
            words = urlencode({name: value for name, value in more.items() if value is not None})
            following = f"{ROOT}/subjects/{uscc}/facts?{words}"
        return service_answers.facts(page, following, _conditions(request))


@router.get("/records/{id}", responses={**LOOKING, **described(404, 410)}, summary="单条记录 One record, as of now")
def get_record(request: Request, key: Admitted, id: RecordId, purpose: Purpose) -> RecordNow:
    """Only what the body was shown before; 410 when it must be deleted."""
    with _told():
        fact, now = serving_bodies.record(hub_of(request), key, purpose, id)
        return service_answers.record(fact, now, _conditions(request))


@router.get("/changes", responses={**LOOKING, **described(410)}, summary="变更 What has become of records shown before")
def get_changes(
    request: Request,
    key: Admitted,
    purpose: Purpose,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = MOST_CHANGES,
) -> Difference:
    """Ids alone, of what the body was shown: nothing is told of others. 410: begin anew without ``after``."""
    with _told():
        told = serving_bodies.changes(hub_of(request), key, purpose, after, limit)
        return service_answers.difference(told, _conditions(request))


@router.get("/datasets", responses=LOOKING, summary="数据集 What may be asked for, and on what basis")
def get_datasets(request: Request, key: Admitted) -> Datasets:
    """Of the key's scope."""
    with _told():
        told, now = serving_bodies.datasets(hub_of(request), key)
        return service_answers.datasets(told, now, _conditions(request))
