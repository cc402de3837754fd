"""What stands around the rows of a JSON delivery (报文): ``{"dataset", "mode", "reason", "name", "rows": [{…}, …]}``.

Only the envelope is judged here. The rows are judged by the line, from the bytes that were sent.
"""

from __future__ import annotations

import json
from typing import IO, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.line.posting import LONGEST_REASON, MODES
from hub.web.problems import Problem

LABELS = {"dataset": "数据集", "mode": "报送方式", "reason": "原因", "name": "名称", "rows": "数据行"}
Mode = Annotated[str, Field(pattern=f"^({'|'.join(MODES)})$")]


class Envelope(BaseModel):
    """Rows of one dataset; the keys of a row are the column's Chinese or technical names."""

    model_config = ConfigDict(extra="forbid")

    dataset: str = Field(max_length=128, examples=["household/point_event"])
    mode: Mode | None = Field(None, description="original, correction, replacement, withdrawal; 默认为 original")
    reason: str | None = Field(None, max_length=LONGEST_REASON, description="撤回或者替换的原因")
    name: str | None = Field(
        None, min_length=1, max_length=80, description="这份报送的名称：同名的报送前后相续，替换时用原来的名称"
    )
    rows: list[dict[str, Any]] = Field(min_length=1)


def read(file: IO[bytes]) -> Envelope:
    """The envelope of what was received; ``Problem`` 422 where it is none."""
    file.seek(0)
    try:
        content = json.loads(file.read().decode("utf-8-sig"), object_pairs_hook=_once, parse_int=str, parse_float=str)
        return Envelope.model_validate(content)
    except UnicodeDecodeError:
        raise Problem(422, "内容不是 UTF-8 编码。") from None
    except ValidationError as error:
        raise Problem(422, _told(error)) from None
    except (ValueError, RecursionError):
        raise Problem(422, "内容不是完整的 JSON，或者有重复的键。") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of an envelope with doubled keys nobody knows which one counts; doubled cells are the line's affair."""
    found = dict(pairs)
    if len(found) != len(pairs) and not LABELS.keys().isdisjoint(found):
        raise ValueError("a key stands twice")
    return found


def _told(error: ValidationError) -> str:
    places = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors(include_input=False, include_url=False)}
    known = [f"{LABELS[name]}（{name}）" for name in LABELS if name in places]
    return f"{'、'.join(known)}缺少或者写法不对。" if known else "内容应当是一个对象，不能有别的键。"
