"""Pages for a phone (移动页面): log in, fill in a form, see the receipt. All of it works without JavaScript."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from hub.contract.model import Contract
from hub.ledger import postings
from hub.ledger.connect import reading
from hub.line import Hub, tokens
from hub.line.handing_out import delivery_of, receipts_of
from hub.line.posting import receiving
from hub.line.tokens import sendable
from hub.web import deliveries, forms, sessions
from hub.web.admission import hub_of
from hub.web.envelopes import Envelope
from hub.web.problems import Problem
from hub.web.rendering import page, said
from hub.web.sessions import Session

router = APIRouter(prefix="/m", include_in_schema=False)
STATIC = Path(__file__).parent / "static"
LATEST = 20
LONGEST_CELL = 4_096


def mount(app: FastAPI) -> None:
    """The files that pages need; they hold nothing of anybody's and may be kept."""
    app.mount("/m/static", StaticFiles(directory=STATIC), name="static")
    app.state.trouble = _trouble
    app.add_api_route("/m", lambda: RedirectResponse("/m/"), include_in_schema=False)


def _trouble(request: Request, status: int, detail: str) -> Response | None:
    """A problem as a page, for people; None where a program asks."""
    if not request.url.path.startswith("/m/") or "text/html" not in request.headers.get("accept", ""):
        return None
    if status == 401:
        return RedirectResponse("/m/login", 303)
    return page("trouble", status, **_facts(hub_of(request), None), detail=detail)


def _session(request: Request) -> Session:
    found = sessions.of(hub_of(request), request)
    if found is None:
        raise Problem(401)
    request.app.state.pace.step(found.token.id)
    return found


LoggedIn = Annotated[Session, Depends(_session)]
FromHere = Depends(sessions.same_site)


def _facts(hub: Hub, session: Session | None) -> dict[str, Any]:
    department = hub.county.department(session.token.department).name if session else ""
    label = session.token.label if session else ""
    who = hashlib.sha256(f"{session.token.department}/{label}".encode()).hexdigest()[:16] if session else ""
    csrf = session.csrf if session else ""
    return {"county": hub.county.name, "department": department, "label": label, "csrf": csrf, "who": who}


@router.get("/sw.js")
def service_worker() -> FileResponse:
    """Stands here for its scope: it sees what lies below its own address."""
    return FileResponse(STATIC / "sw.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/login")
def login_page(request: Request) -> Response:
    """Asks for the token."""
    return page("login", **_facts(hub_of(request), None), wrong=False)


@router.post("/login", dependencies=[FromHere])
def log_in(request: Request, token: Annotated[str, Form(max_length=256)] = "") -> Response:
    """A token that holds opens the pages."""
    hub = hub_of(request)
    found = tokens.of_secret(hub, token.strip())
    if found is None:
        return page("login", 401, **_facts(hub, None), wrong=True)
    response = RedirectResponse("/m/", 303)
    sessions.begin(hub, found, response, secure=request.url.scheme == "https")
    return response


@router.post("/logout", dependencies=[FromHere])
def log_out(request: Request, session: LoggedIn, csrf: Annotated[str, Form()] = "") -> Response:
    """Nothing stays on the phone: neither the cookie nor what was kept for offline use."""
    session.check(csrf)
    response = RedirectResponse("/m/login", 303, {"Clear-Site-Data": '"cache", "storage"'})
    sessions.end(response)
    return response


@router.get("/")
def home(request: Request, session: LoggedIn) -> Response:
    """The forms, what waits on this phone, and what was sent with this token."""
    hub = hub_of(request)
    with reading(hub.ledger) as connection:
        latest = postings.latest(connection, session.token.id, LATEST)
    sent = [one | {"title": hub.contract(one["dataset"]).title, "said": said(one["verdict"], one)} for one in latest]
    return page("home", **_facts(hub, session), forms=_forms(hub, session), sent=sent, offline=False)


@router.get("/offline/home")
def empty_home(request: Request, session: LoggedIn) -> Response:
    """The same for keeping: without anything of anybody's."""
    hub = hub_of(request)
    return page("home", **_facts(hub, None), forms=_forms(hub, session), sent=[], offline=True)


def _forms(hub: Hub, session: Session) -> list[Contract]:
    return [hub.contract(dataset) for dataset in sendable(hub, session.token)]


def _contract(hub: Hub, session: Session, owner: str, name: str) -> Contract:
    dataset = f"{owner}/{name}"
    if dataset not in sendable(hub, session.token):
        raise Problem(404)
    return hub.contract(dataset)


def _form(hub: Hub, session: Session, contract: Contract, *, offline: bool, **more: Any) -> Response:
    department = hub.county.department(session.token.department)
    number = forms.numbered(contract)
    given = {number: forms.new_number(contract, hub.now())} if number and not offline else {}
    facts = {
        "contract": contract,
        "fields": forms.fields(contract, department, hub.today()),
        "today": hub.today().isoformat(),
        "key": "" if offline else str(uuid.uuid4()),
        "given": given,
        "missing": [],
        "offline": offline,
    }
    return page("form", 422 if more else 200, **_facts(hub, None if offline else session), **facts | more)


@router.get("/form/{owner}/{name}")
def form_page(request: Request, session: LoggedIn, owner: str, name: str) -> Response:
    """An empty form of a dataset."""
    hub = hub_of(request)
    return _form(hub, session, _contract(hub, session, owner, name), offline=False)


@router.get("/offline/form/{owner}/{name}")
def empty_form(request: Request, session: LoggedIn, owner: str, name: str) -> Response:
    """The same for keeping: without key, number and login."""
    hub = hub_of(request)
    return _form(hub, session, _contract(hub, session, owner, name), offline=True)


@router.post("/form/{owner}/{name}", dependencies=[FromHere])
async def send_form(request: Request, session: LoggedIn, owner: str, name: str) -> Response:
    """What was filled in, from a page without JavaScript."""
    hub = hub_of(request)
    async with request.form(max_files=0, max_fields=200, max_part_size=LONGEST_CELL) as form:
        given = {key: value for key, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_take_form, request, hub, session, f"{owner}/{name}", given)


def _take_form(request: Request, hub: Hub, session: Session, dataset: str, given: dict[str, str]) -> Response:
    session.check(given.get("csrf", ""))
    contract = _contract(hub, session, *dataset.split("/", 1))
    if missing := forms.missing(contract, given):
        return _form(hub, session, contract, offline=False, given=given, missing=missing, key=given.get("key", ""))
    batch_no = _hand_in(request, hub, session, contract, given.get("key", ""), given)
    return RedirectResponse(f"/m/receipt/{batch_no}", 303)


@router.get("/session")
def session_state(request: Request) -> Response:
    """What a page that was opened offline needs before it may send."""
    hub = hub_of(request)
    found = sessions.of(hub, request)
    facts = _facts(hub, found)
    return JSONResponse({"csrf": facts["csrf"], "who": facts["who"]}, 200 if found else 401)


@router.post("/send", dependencies=[FromHere])
async def send_entry(request: Request, session: LoggedIn) -> Response:
    """One entry from the queue of a phone: ``{"dataset", "key", "cells": {…}}``."""
    session.check(request.headers.get("x-csrf", ""))
    body = await request.body() if int(request.headers.get("content-length", "0") or 0) <= 64 << 10 else b""
    try:
        entry = json.loads(body)
        dataset, key, cells = str(entry["dataset"]), str(entry["key"]), dict(entry["cells"])
    except (ValueError, KeyError, TypeError):
        raise Problem(422) from None
    owner, _, name = dataset.partition("/")
    hub = hub_of(request)

    def take() -> str:
        return _hand_in(request, hub, session, _contract(hub, session, owner, name), key, cells)

    return JSONResponse({"batch_no": await run_in_threadpool(take)}, 202)


def _hand_in(
    request: Request, hub: Hub, session: Session, contract: Contract, key: str, cells: Mapping[str, Any]
) -> str:
    """One row as a delivery of its own, in the very form in which systems post."""
    try:
        key = str(uuid.UUID(key))
    except ValueError:
        raise Problem(422, "页面已经过期，请返回重新填写。") from None
    row = forms.row_of(contract, {name: str(cell) for name, cell in cells.items()})
    if not row or any(len(cell) > LONGEST_CELL for cell in row.values()):
        raise Problem(422, "表单是空的，或者有一项太长。")
    envelope = Envelope(dataset=contract.dataset, mode="original", reason=None, name=None, rows=[row])
    post = deliveries.rows_post(hub, session.token, key, envelope)
    with receiving(hub) as file:
        told = {"dataset": contract.dataset, "mode": "original", "rows": [row]}
        file.write(json.dumps(told, ensure_ascii=False).encode())
        batch_no = deliveries.hand_in(hub, file, post)
    deliveries.ring(request)
    return batch_no


def _own(hub: Hub, session: Session, batch_no: str) -> dict[str, Any]:
    delivery = delivery_of(hub, session.token, batch_no, own=True)
    if delivery is None:
        raise Problem(404)
    return delivery


@router.get("/receipt/{batch_no}")
def receipt_page(request: Request, session: LoggedIn, batch_no: str) -> Response:
    """The receipt of one delivery; while there is none, the page asks again by itself."""
    hub = hub_of(request)
    delivery = _own(hub, session, batch_no)
    receipts = [json.loads(one["body"]) for one in receipts_of(hub, delivery["id"])]
    return page(
        "receipt",
        **_facts(hub, session),
        delivery=delivery,
        title=hub.contract(delivery["dataset"]).title,
        dataset=delivery["dataset"],
        said=said(delivery["verdict"], delivery),
        receipts=receipts[::-1],
    )


@router.get("/state/{batch_no}")
def entry_state(request: Request, session: LoggedIn, batch_no: str) -> Response:
    """What came of an entry, for the list on the phone."""
    delivery = _own(hub_of(request), session, batch_no)
    colour, icon, word = said(delivery["verdict"], delivery)
    return JSONResponse({"judged": delivery["verdict"] is not None, "colour": colour, "icon": icon, "word": word})
