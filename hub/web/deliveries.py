"""The API (接口): deliveries are posted and their receipts fetched. ``/api/openapi.json`` describes it."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse

from hub.ledger.tokens import Token
from hub.line import Hub
from hub.line.handing_out import delivery_of, receipts_of, workbook_of
from hub.line.posting import LONGEST_NAME, LONGEST_REASON, MODES, KeyTaken, Post, receiving, take_in
from hub.line.tokens import sendable
from hub.web import answers, bodies, envelopes
from hub.web.admission import Admitted, hub_of
from hub.web.problems import Problem, described

router = APIRouter(prefix="/api", tags=["deliveries"])
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="幂等键：同一个键和同样的内容只算一次报送，断线后可以放心重发。JSON 必填，文件建议填。",
    ),
]
BatchNo = Annotated[str, Path(max_length=64, description="批次号")]
ReceiptNo = Annotated[str, Path(max_length=80, description="回执号")]
JSON_MEDIA, FORM_MEDIA = "application/json", "multipart/form-data"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        JSON_MEDIA: {"schema": {"$ref": "#/components/schemas/Envelope"}},
        FORM_MEDIA: {
            "schema": {
                "type": "object",
                "required": ["file", "dataset"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "要报送的文件"},
                    "dataset": {"type": "string", "maxLength": 128, "examples": ["market/admin_licence"]},
                    "mode": {"type": "string", "enum": list(MODES), "description": "不填：按文件名"},
                    "reason": {"type": "string", "maxLength": LONGEST_REASON},
                },
            }
        },
    },
}


@router.post(
    "/deliveries",
    status_code=202,
    response_model=answers.Taken,
    summary="报送 Hand in rows as JSON, or a file",
    responses={
        202: {"headers": {"Location": {"schema": {"type": "string"}, "description": "Where the delivery is shown"}}},
        **described(400, 401, 403, 408, 409, 413, 415, 422, 429, 500, 503),
    },
    openapi_extra={"requestBody": BODY},
)
async def post_delivery(request: Request, token: Admitted, key: Key = None) -> JSONResponse:
    """Takes the bytes as they are; what they hold is judged afterwards, and the receipt says what came of it."""
    hub = hub_of(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    with receiving(hub) as file:
        if media == JSON_MEDIA:
            if key is None:
                raise Problem(422, "报送 JSON 要带 Idempotency-Key。")
            await bodies.whole(request, file, hub.settings.post_json_bytes)
            post = await run_in_threadpool(_of_rows, hub, token, key, file)
        elif media == FORM_MEDIA:
            form = await bodies.form(request, file, hub.settings.max_file_bytes)
            post = await run_in_threadpool(_of_file, hub, token, key or str(uuid.uuid4()), form)
        else:
            raise Problem(415)
        batch_no = await run_in_threadpool(hand_in, hub, file, post)
    ring(request)
    taken = answers.taken(batch_no)
    return JSONResponse(taken.model_dump(), 202, {"Location": taken.delivery})


def hand_in(hub: Hub, file: Any, post: Post) -> str:
    """Land what was received; gives the batch number."""
    try:
        return take_in(hub, file, post)
    except KeyTaken:
        raise Problem(409) from None


def ring(request: Request) -> None:
    """Tell the runner, where this process has one, that something waits."""
    if (runner := request.app.state.runner) is not None:
        runner.ring()


def _of_rows(hub: Hub, token: Token, key: str, file: Any) -> Post:
    envelope = envelopes.read(file)
    return rows_post(hub, token, key, envelope)


def rows_post(hub: Hub, token: Token, key: str, envelope: envelopes.Envelope) -> Post:
    """The request that an envelope makes. Its name is told by the key, so that the same request has the same name."""
    _allowed(hub, token, envelope.dataset)
    mark = hashlib.sha256(f"{token.department}/{key}".encode()).hexdigest()[:12]
    name = envelope.name or f"{hub.contract(envelope.dataset).title}_{mark}"
    mode = envelope.mode or "original"
    return Post(token, key, envelope.dataset, _file_name(f"{name}.json"), mode, envelope.reason)


def _of_file(hub: Hub, token: Token, key: str, form: bodies.Form) -> Post:
    dataset, mode, reason = form.text("dataset"), form.text("mode"), form.text("reason")
    if dataset is None:
        raise Problem(422, "表单里没有写明数据集（dataset）。")
    if mode is not None and mode not in MODES:
        raise Problem(422, "报送方式（mode）的写法不对。")
    if reason is not None and len(reason) > LONGEST_REASON:
        raise Problem(422, "原因（reason）太长。")
    if unknown := form.fields.keys() - {"dataset", "mode", "reason"}:
        raise Problem(422, f"表单里有 {len(unknown)} 个不认识的项。")
    _allowed(hub, token, dataset)
    return Post(token, key, dataset, _file_name(form.file_name or ""), mode, reason)


def _allowed(hub: Hub, token: Token, dataset: str) -> None:
    """Whether there is such a dataset is not told to who may not send it."""
    if dataset not in sendable(hub, token):
        raise Problem(403, "这个令牌不能报送该数据集，请核对数据集的写法。")


def _file_name(told: str) -> str:
    """The name of a file without folders and without what no name should hold."""
    name = PurePosixPath(told.replace("\\", "/")).name
    kept = "".join("_" if unicodedata.category(letter)[0] == "C" else letter for letter in name).strip()
    if not kept:
        raise Problem(422, "文件没有名称。")
    stem, dot, ending = kept.rpartition(".")
    return kept if len(kept) <= LONGEST_NAME else f"{(stem or kept)[: LONGEST_NAME - 10]}{dot}{ending[:9]}"


def _delivery(request: Request, token: Token, batch_no: str) -> dict[str, Any]:
    found = delivery_of(hub_of(request), token, batch_no)
    if found is None:
        raise Problem(404)
    return found


def _receipt(request: Request, token: Token, batch_no: str, receipt_no: str) -> tuple[dict[str, Any], dict[str, Any]]:
    delivery = _delivery(request, token, batch_no)
    for one in receipts_of(hub_of(request), delivery["id"]):
        if one["receipt_no"] == receipt_no:
            return delivery, one
    raise Problem(404)


LOOKING = described(401, 404, 422, 429, 500, 503)


@router.get("/deliveries/{batch_no}", responses=LOOKING, summary="查询报送 State and counts of a delivery")
def get_delivery(request: Request, token: Admitted, batch_no: BatchNo) -> answers.Delivery:
    """Only the department's own, posted here."""
    return answers.delivery(_delivery(request, token, batch_no))


@router.get("/deliveries/{batch_no}/receipts", responses=LOOKING, summary="回执列表 Its receipts")
def get_receipts(request: Request, token: Admitted, batch_no: BatchNo) -> answers.Receipts:
    """None yet while it is being judged; a later one amends an earlier one."""
    delivery = _delivery(request, token, batch_no)
    return answers.receipts(batch_no, receipts_of(hub_of(request), delivery["id"]))


@router.get(
    "/deliveries/{batch_no}/receipts/{receipt_no}.xlsx",
    response_class=FileResponse,
    responses={200: {"content": {WORKBOOK: {}}, "description": "The workbook"}, **LOOKING},
    summary="回执工作簿 The receipt as a workbook",
)
def get_workbook(request: Request, token: Admitted, batch_no: BatchNo, receipt_no: ReceiptNo) -> FileResponse:
    """A moment after the receipt itself; until then it is not found."""
    delivery, receipt = _receipt(request, token, batch_no, receipt_no)
    file = workbook_of(hub_of(request), delivery, receipt)
    if file is None:
        raise Problem(404, "工作簿还没有做好，请稍后再取。", {"Retry-After": "5"})
    return FileResponse(file, media_type=WORKBOOK, filename=file.name)


@router.get(
    "/deliveries/{batch_no}/receipts/{receipt_no}",
    response_class=Response,
    responses={200: {"content": {JSON_MEDIA: {"schema": {"type": "object"}}}, "description": "receipt.v1"}, **LOOKING},
    summary="回执 The receipt",
)
def get_receipt(request: Request, token: Admitted, batch_no: BatchNo, receipt_no: ReceiptNo) -> Response:
    """The object of ``receipt.v1``, byte for byte as the ledger has it."""
    _, receipt = _receipt(request, token, batch_no, receipt_no)
    return Response(receipt["body"], media_type=JSON_MEDIA)
