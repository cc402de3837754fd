"""The number of rows that a sender declares (声明行数) is held against the number that came."""

from __future__ import annotations

from hub.findings import Finding
from hub.line.course import Course

CODE = "FIL-COUNT"


def hold_against(course: Course, declared: int | None) -> None:
    """Refuse the file when its sender counts otherwise; blank and closing lines may count or not."""
    blank = course.normalised.blank if course.normalised is not None else 0
    if declared is None or course.decision == "refuse" or course.rows - blank <= declared <= course.rows:
        return
    course.decision, course.refused_by = "refuse", CODE
    course.findings.append(Finding(CODE, detail=f"声明{declared}行，实收{course.rows}行"))
