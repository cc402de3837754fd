"""The text that lies in place of a report that was called back (收回通知). It says neither about whom, nor why."""

from __future__ import annotations

from datetime import datetime

TEXT = """信用核查报告已经收回

{name}

这份报告里的信息不能再使用，报告已经从发件目录收回。已经下载、打印的，请销毁，不要再用。
仍然需要的，请换一个核查批次，重新提出核查。

联系：公共信用信息中心
{county}公共信用信息交换枢纽　{at:%Y-%m-%d}
"""


def notice(county: str, report: str, at: datetime) -> tuple[str, bytes]:
    """Name and content of the text about a report, told by the name of its workbook."""
    stem = report.rpartition(".")[0]
    content = TEXT.format(name=stem, county=county, at=at).replace("\n", "\r\n")
    return f"{stem}_已收回.txt", content.encode("utf-8-sig")
