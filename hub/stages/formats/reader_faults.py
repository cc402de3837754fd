"""What the workbook reader (python-calamine) raises over bytes that it cannot make anything of."""

from __future__ import annotations

from python_calamine import CalamineError

_PANIC = "PanicException"  # no Exception, and pyo3 gives the class no name to import


def is_fault(trouble: BaseException) -> bool:
    """Whether the bytes are at fault: damage, a date or a span of time beyond all bounds. Anything else is ours."""
    if isinstance(trouble, OSError):
        return trouble.errno is None  # the reader's own, such as an end that comes too early; not that of a disk
    return isinstance(trouble, CalamineError | OverflowError) or type(trouble).__name__ == _PANIC
