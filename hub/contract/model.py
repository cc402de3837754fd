"""The frozen contract (数据契约): what a row of a dataset is, who may send it and where each cell may go.

Pure values. ``load.py`` builds them from ODCS 3.x files; nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from hub.contract.checks import Answers
from hub.contract.handing_over import HandingOver
from hub.contract.law import CatalogueItem, PublicationRule
from hub.contract.outlets import Outlet as Outlet
from hub.contract.outlets import Use as Use
from hub.contract.pull import Pull
from hub.contract.pull_http import ApiPull
from hub.contract.retention import KEPT, Retention
from hub.contract.schedule import Schedule
from hub.contract.steering import Steers
from hub.contract.subject_register import SubjectRegister

Classification = Literal["public", "internal", "personal", "sensitive"]
Storage = Literal["text", "date", "decimal"]
Format = Literal[
    "csv", "xlsx", "xls", "ods", "json", "jsonl", "xml", "fixed", "dbf", "extract", "pages"
]  # the last two only the hub writes: of a database, of an API


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list (代码表): canonical code, label, spellings seen in the wild, validity (inclusive)."""

    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How one cell leaves through one outlet (字段处理).

    ``keep`` as it is; ``mask`` all but ``left`` and ``right`` characters; ``pseudonym``: a keyed hash, another one for
    each outlet; ``generalise`` to ``to``: month or year of a date, town or county of a region; ``withhold``: not at
    all, said on purpose.
    """

    how: Literal["keep", "mask", "pseudonym", "generalise", "withhold"]
    left: int = 0
    right: int = 0
    to: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the values of a column must stand (引用): a column of a dataset, as the ledger holds it."""

    dataset: str  # court/judgment_defaulter
    column: str  # ah


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a dataset."""

    name: str  # lower case, the national field name: xk_xdr_mc
    label: str  # Chinese business name: 行政相对人名称
    physical_name: str  # as the province spells it: XK_XDR_MC
    synonyms: tuple[str, ...]  # other headers seen in the wild
    kernel: str  # semanticType: text uscc citizen_id date money code region case_number
    storage: Storage
    options: Mapping[str, object]  # for the kernel: unit, open_end, layout, ...; JSON values only
    codes: tuple[Code, ...]  # for the kernels code and region
    required: bool
    primary_key: bool
    max_length: int | None  # characters
    pattern: str | None  # must be found in the value; anchored by its author; no look-around
    classification: Classification
    disclosure: Mapping[str, Disclosure]  # by outlet; an outlet that is not named never sees the cell
    examples: tuple[str, ...] = ()
    description: str = ""
    refers_to: Reference | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a column stands in a line of fixed width (定长文本): the first byte from 1, and how many bytes."""

    column: str
    start: int
    length: int
    decimals: int = 0  # of an amount: so many of its last digits stand behind a point that is not written


@dataclass(frozen=True, slots=True)
class Intake:
    """One way in (ODCS ``servers[]``): a department and the file names by which its files are recognised."""

    department: str
    patterns: tuple[str, ...]  # globs on the file name, matched without case: 行政许可*, admin_licence*
    format: Format | None = None  # None: recognised by content
    encoding: str | None = None
    delimiter: str | None = None
    layout: tuple[Slice, ...] = ()  # of a file of fixed width; bytes of the file's own encoding
    pull: Pull | None = None  # from a database, in place of files
    api: ApiPull | None = None  # from an API, in place of files
    over: HandingOver = field(default_factory=HandingOver)  # marker, totals line, encryption, signature

    @property
    def computed(self) -> bool:
        """Whether the hub itself makes the rows in this department's name (自动计算): nobody sends them."""
        return not self.patterns and self.pull is None and self.api is None


@dataclass(frozen=True, slots=True)
class Subject:
    """Which columns say whom a row is about (信用主体). Categories are canonical codes of ``category``."""

    category: str | None  # column; None: every row is about ``always``
    organisations: tuple[str, ...]  # codes that mean an organisation
    sole_traders: tuple[str, ...]
    persons: tuple[str, ...]
    always: Literal["organisation", "person", "household", "nobody"] | None  # nobody: no row leaves
    organisation_id: str | None  # column that holds the unified social credit code
    person_id: str | None  # column that holds the citizen id
    name: str | None
    household_id: str | None = None  # column that holds the number of a household (家庭编号)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The only form in which a sensitive dataset may leave: grouped counts and sums, small cells suppressed."""

    outlet: str
    name: str
    label: str
    month_of: str  # date column; only months that have ended are shown
    by: str  # column: town
    sums: tuple[str, ...]  # money columns
    minimum: int  # groups with fewer rows are not shown
    legal_basis: str
    days: int = 0  # after the end of a month, before which it is not shown: until its late rows have come


@dataclass(frozen=True, slots=True)
class Window:
    """Publication window (公示期): from ``start`` for ``months``, or until the date in ``end`` when that is earlier.

    With a ``severity`` the months follow from how grave the matter is, by the regime of the day in ``start``.
    """

    start: str  # date column
    end: str | None  # date column
    months: int | None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Severity:
    """The column that tells how grave an adverse record is (失信程度), and the rule by which it does."""

    column: str
    rule: PublicationRule
    only: tuple[str, ...] = ()  # severities that leave; empty: every one that is published


@dataclass(frozen=True, slots=True)
class Lawful:
    """What lets a dataset leave through one outlet: its legal basis and the items of the catalogue, by edition."""

    outlet: str
    legal_basis: str
    items: tuple[CatalogueItem, ...]
    subjects: tuple[Literal["organisation", "sole_trader", "person", "household"], ...]
    window: Window | None  # None: no end
    when: Mapping[str, tuple[str, ...]]  # column -> canonical values; every one must match
    use: Use = "public"  # what the outlet is for
    consent: bool = False  # whether the subject must have agreed
    unknown_age: bool = False  # whether persons may be shown whose document does not tell their age


@dataclass(frozen=True, slots=True)
class Contract:
    """One dataset, whole."""

    dataset: str  # address: market/admin_licence
    code: str  # for receipt numbers: XZXK
    version: str
    title: str  # Chinese name: 行政许可
    description: str
    owner: str  # department that owns the contract
    contact: str
    columns: tuple[Column, ...]
    intakes: tuple[Intake, ...]
    subject: Subject
    order_by: str | None  # column that says which version is newer
    refuse_above: float  # share of rejected rows (0..1) above which the whole delivery is refused
    lawful: tuple[Lawful, ...]
    aggregates: tuple[Aggregate, ...]
    working_days: int | None  # days allowed from decision to report
    frequency: str  # for people: 每日
    quality: tuple[Mapping[str, object], ...]  # the dataset's own rules, GX vocabulary: type, kwargs, severity, meta
    file: str  # where it was read from, relative to the schemas folder
    fingerprint: str  # SHA-256 of the contract file, its code lists and its expectations
    operation: str | None = None  # column by which a row says that it corrects or withdraws (操作)
    remove_above: float = 0.2  # share of the rows that a replacement may remove; above it a person is asked
    unknown_columns: Literal["refuse", "ignore"] = "ignore"  # what a header does that no column knows
    retention: Retention = KEPT  # how long its things are kept, by class
    schedule: Schedule | None = None  # when its deliveries are due; None: nobody waits for them
    steers: Steers | None = None  # what its rows do to the sharing of other datasets
    steered: Mapping[str, str] = field(default_factory=dict)  # key column -> part of the key that steering rows name
    incentive_only: bool = False  # may leave only where it is an incentive, never a ground for a disadvantage
    answers: Answers | None = None  # its rows ask for reports; None: it asks nothing
    public_contacts: tuple[str, ...] = ()  # telephone numbers and addresses of authorities: they may stand in its texts
    legal_basis: str = ""  # on what ground it is collected (归集依据)
    register: SubjectRegister | None = None  # it is the register of subjects; None: it is not

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the natural-key columns, in contract order."""
        return tuple(column.name for column in self.columns if column.primary_key)

    @property
    def content(self) -> tuple[Column, ...]:
        """The columns that make a record: all but the one that says what to do with it."""
        return tuple(column for column in self.columns if column.name != self.operation)

    def column(self, name: str) -> Column:
        """Column by name; ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation of a suite in Great Expectations' own words, plus what the hub says of it.

    ``meta`` always has ``code``, ``column`` (whose cell is at fault, or None), ``dimension`` and ``source``: the word
    ``contract`` or the file of the expectation. ``severity``: critical rejects the row (of a table: holds it), warning
    asks.
    """

    type: str
    kwargs: Mapping[str, object]
    severity: Literal["critical", "warning", "info"]
    meta: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Suite:
    """All that must hold for a delivery of one dataset: derived from the contract, then ``expectations/``."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """A sender (报送部门)."""

    id: str  # market, court, town_320830101
    code: str  # for receipt numbers and file names: SCJG
    name: str
    contact: str
    kind: Literal["department", "court", "bank", "town"] = "department"
    uscc: str | None = None
    email: str | None = None  # of the office, for reminders; never a person's own


@dataclass(frozen=True, slots=True)
class County:
    """Whose hub this is: the one place where the county is named."""

    division: str  # 6 digits, GB/T 2260
    name: str
    departments: tuple[Department, ...] = field(default=())

    def department(self, id: str) -> Department:
        """Department by id; ``KeyError`` when there is none."""
        for department in self.departments:
            if department.id == id:
                return department
        raise KeyError(id)
