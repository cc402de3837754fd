"""The semantic types (语义类型) that a column may name, as contracts see them: storage, marks, options.

``hub.kernels`` does the reading. Contracts must load without polars, so what a kernel can say is written down here
too; a test keeps this table and ``hub.kernels.KERNELS`` equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hub.contract.model import Storage


@dataclass(frozen=True, slots=True)
class SemanticType:
    """What a contract needs to know of a kernel.

    ``options`` maps the name of an option to the Python types that its JSON value may have.
    """

    storage: Storage
    codes: tuple[str, ...]
    options: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    code_list: bool = False  # needs one


_TEXT = ("TXT-CONTROL", "TXT-REPLACEMENT", "TXT-FORMULA")
_UNLESS = {"unless": (dict,)}

SEMANTIC_TYPES: Mapping[str, SemanticType] = MappingProxyType(
    {
        "text": SemanticType("text", _TEXT, {"multiline": (bool,)}),
        "uscc": SemanticType(
            "text",
            ("ID-EXCEL15", "ID-USCC-FORM", "ID-USCC-CHECK", "ID-USCC-ORG", "ID-USCC-REGION"),
            {"allow": (list,), **_UNLESS},
        ),
        "citizen_id": SemanticType(
            "text", ("ID-EXCEL15", "ID-SFZ-FORM", "ID-SFZ-CHECK", "ID-SFZ-DATE"), {"lenient": (bool,), **_UNLESS}
        ),
        "date": SemanticType(
            "date",
            ("DAT-SERIAL", "DAT-FORMAT", "DAT-IMPOSSIBLE"),
            {"open_end": (bool,), "first_year": (int,), "last_year": (int,)},
        ),
        "money": SemanticType("decimal", ("MON-FORMAT",), {"unit": (str,), "suspicious_above": (int, float)}),
        "code": SemanticType("text", ("COD-UNKNOWN",), {"multiple": (bool,), "on": (str,)}, code_list=True),
        "region": SemanticType("text", ("REG-UNKNOWN",), {"prefixes": (list,), "on": (str,)}, code_list=True),
        "case_number": SemanticType("text", ("CAS-FORMAT",)),
    }
)

UNITS = ("fen", "yuan", "wanyuan")  # 分 元 万元

# The mark that no document type excuses: the digits are lost, whatever the number was.
NEVER_EXCUSED = ("ID-EXCEL15",)
