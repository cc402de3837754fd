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
    own_words: bool = False  # keeps what the sender wrote: lengths are judged, and anything may be written in it
    personal: bool = False  # a person's by nature, whoever it belongs to in a single row


_TEXT = ("TXT-CONTROL", "TXT-REPLACEMENT", "TXT-FORMULA", "TXT-PUA")
_NUMERIC = ("ID-EXCEL15", "ID-NUMERIC")
_UNLESS = {"unless": (dict,)}

SEMANTIC_TYPES: Mapping[str, SemanticType] = MappingProxyType(
    {
        "text": SemanticType("text", _TEXT, {"multiline": (bool,), "half_width": (bool,)}, own_words=True),
        "person_name": SemanticType("text", (*_TEXT, "NAM-FORM", "NAM-ORG", "NAM-DOT"), own_words=True, personal=True),
        "organisation_name": SemanticType("text", (*_TEXT, "NAM-SHORT"), own_words=True),
        "document_number": SemanticType("text", (*_NUMERIC, *_TEXT, "DOC-FORMAT"), own_words=True),
        "uscc": SemanticType(
            "text",
            (*_NUMERIC, "ID-USCC-FORM", "ID-USCC-CHECK", "ID-USCC-ORG", "ID-USCC-REGION"),
            {"allow": (list,), "allow_list": (str,), **_UNLESS},
        ),
        "citizen_id": SemanticType(
            "text",
            (*_NUMERIC, "ID-SFZ-FORM", "ID-SFZ-CHECK", "ID-SFZ-DATE"),
            {"lenient": (bool,), "foreign": (bool,), **_UNLESS},
            personal=True,
        ),
        "date": SemanticType(
            "date",
            ("DAT-SERIAL", "DAT-EPOCH", "DAT-FORMAT", "DAT-IMPOSSIBLE"),
            {"open_end": (bool,), "first_year": (int,), "last_year": (int,), "serial": (bool,), "epoch": (str,)},
        ),
        "money": SemanticType("decimal", ("MON-FORMAT",), {"unit": (str,), "suspicious_above": (int, float)}),
        "code": SemanticType(
            "text", ("COD-EXPIRED", "COD-UNKNOWN"), {"multiple": (bool,), "on": (str,)}, code_list=True
        ),
        "region": SemanticType(
            "text", ("REG-UNKNOWN", "REG-EXPIRED"), {"prefixes": (list,), "on": (str,)}, code_list=True
        ),
        "case_number": SemanticType("text", (*_NUMERIC, "CAS-FORMAT")),
        "org_code": SemanticType("text", (*_NUMERIC, "ID-ORG-FORM", "ID-ORG-CHECK")),
        "business_registration": SemanticType("text", (*_NUMERIC, "ID-REG-FORM", "ID-REG-CHECK", "ID-REG-OLD")),
        "bank_card": SemanticType("text", (*_NUMERIC, "ID-CARD-FORM", "ID-CARD-CHECK"), personal=True),
        "phone": SemanticType("text", (*_TEXT, "PHN-FORM"), personal=True),
        "quantity": SemanticType("decimal", ("QTY-FORM", "QTY-WHOLE"), {"unit": (str,), "whole": (bool,)}),
        "period": SemanticType(
            "text", ("PER-FORMAT", "PER-IMPOSSIBLE"), {"of": (str,), "first_year": (int,), "last_year": (int,)}
        ),
    }
)

PERIODS = ("month", "quarter", "half", "year")
UNITS = ("fen", "yuan", "wanyuan")  # 分 元 万元

EPOCHS = ("s", "ms")  # since 1970

# The marks that no document type excuses: digits are lost, or may be, whatever the number was.
NEVER_EXCUSED = _NUMERIC

# Behind the name of a column: what the ledger says of its cell. Null where it is empty, "" where all is well, else a
# code. They stand in no artefact of the stage normalise; a delivery that is judged without a ledger lacks them.
KNOWN = "__known"
REPORTED = "reported"  # in such a mark of a date: the record was reported in time, or came before
