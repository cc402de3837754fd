"""Free text that tells a person (文字中的个人信息) is found before it leaves: numbers, plates, addresses, names.

The patterns are those of ``hub.contract.traces``, so that a sender is asked at arrival about what would be held back
here; besides, what only counting or the row itself can tell: the check digit of a card, the names in its own columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Column, Contract, Lawful
from hub.contract.traces import BETWEEN_NUMBERS, CARD_LIKE, CARD_PREFIX, MANY_DIGITS, NUMBERS, WORDS
from hub.kernels import repeated
from hub.kernels.bank_card import check_is_wrong
from hub.kernels.masking import PERSONAL_NUMBER
from hub.kernels.matrix import Flags, byte_matrix

_LONGEST = 19
_WIDE = {chr(0xFF10 + digit): str(digit) for digit in range(10)}
# Numbers of things, told by their label: 15 digits behind one of these are no identity number.
_THINGS = (
    "(?:注册号|登记号|许可证号|许可证编号|批准文号|备案号|订单号|运单号|案号|文号)[码]?[:：为 　]{0,2}[0-9０-９]{12,20}"
)
_EITHER_WORD, _EITHER_NUMBER = ("|".join(f"(?:{one})" for one in several) for several in (WORDS, NUMBERS))


def tells_somebody(text: str) -> bool:
    """Whether a text names a person or holds a person's number."""
    return bool(_telling(pl.Series([text], dtype=pl.String))[0])


def leaking(records: pl.DataFrame, contract: Contract, lawful: Lawful, shown: Sequence[Column]) -> pl.Series:
    """For each record whether a text that would leave tells a person, where persons are not shown."""
    found = pl.Series("leaking", np.zeros(records.height, dtype=np.bool_))
    if "person" in lawful.subjects:
        return found
    texts = [column for column in shown if SEMANTIC_TYPES[column.kernel].own_words]
    for column in texts:
        cells = _without(records[column.name].cast(pl.String), contract.public_contacts)
        found = found | _column(cells, document=column.kernel == "document_number")
    own = persons(contract, lawful, shown)
    return found | _named(records, contract, texts, own) if own else found


def persons(contract: Contract, lawful: Lawful, shown: Sequence[Column]) -> tuple[str, ...]:
    """Columns with names of persons (a representative's) that must stand in no text that is shown.

    A subject that is a person itself leaves through no outlet at which these are asked about.
    """
    if "person" in lawful.subjects or not any(SEMANTIC_TYPES[column.kernel].own_words for column in shown):
        return ()
    return tuple(
        column.name
        for column in contract.content
        if column.name != contract.subject.name
        and (column.kernel == "person_name" or (column.kernel == "text" and column.classification == "personal"))
    )


def needed(contract: Contract, lawful: Lawful, shown: Sequence[Column]) -> set[str]:
    """Columns that have to be there beside those that are shown."""
    own = persons(contract, lawful, shown)
    title = contract.subject.name
    return {*own, *((title,) if title is not None else ())} if own else set()


def _column(cells: pl.Series, *, document: bool) -> pl.Series:
    """For each cell whether it tells a person. Cells that repeat are looked at once."""
    few = repeated.found(cells)
    if few is not None:
        return few.spread(_telling(few.cells, document=document))
    return _telling(cells, document=document)


def _telling(cells: pl.Series, *, document: bool = False) -> pl.Series:
    asked = [MANY_DIGITS] if document else [MANY_DIGITS, _EITHER_WORD]
    frame = pl.DataFrame({"text": cells})
    seen = frame.select(pl.col("text").str.contains(one).fill_null(False).alias(str(n)) for n, one in enumerate(asked))
    marks = np.zeros(len(cells), dtype=np.bool_) if document else seen["1"].to_numpy().copy()
    rows = np.flatnonzero(seen["0"].to_numpy() & ~marks)  # numbers are looked for where there are digits enough
    if rows.size:
        marks[rows] = _numbers(cells.gather(rows), document=document)
    return pl.Series(marks)


def _numbers(cells: pl.Series, *, document: bool) -> Flags:
    """For each text whether a person's number is in it. In the number of a document only the clearest is one."""
    found = cells.str.contains(PERSONAL_NUMBER).to_numpy().copy()
    if document:
        return found
    bare = cells.str.replace_all(_THINGS, "")
    found |= bare.str.contains(_EITHER_NUMBER).to_numpy()
    like = np.flatnonzero(bare.str.contains(CARD_LIKE).to_numpy() & ~found)
    if like.size:
        found[like] = _cards(bare.gather(like))
    return found


def _cards(cells: pl.Series) -> Flags:
    """For each text whether one of the long numbers in it is a bank card's."""
    # Every number twice: each match takes the character behind it, which may be the one before the next.
    several = cells.str.replace_all(BETWEEN_NUMBERS, "  ${1}  ").str.extract_all(CARD_LIKE)
    numbers = pl.DataFrame({"row": np.arange(len(cells)), "number": several}).explode("number").drop_nulls()
    digits = numbers["number"].str.replace_many(list(_WIDE), list(_WIDE.values())).str.replace_all("[^0-9]", "")
    numbers = numbers.with_columns(digits).filter(
        pl.col("number").str.contains(CARD_PREFIX), pl.col("number").str.len_chars().is_between(16, _LONGEST)
    )
    out = np.zeros(len(cells), dtype=np.bool_)
    if numbers.height:
        right = ~check_is_wrong(byte_matrix(numbers["number"].str.zfill(_LONGEST), _LONGEST))
        out[numbers["row"].to_numpy()[right]] = True
    return out


def _without(cells: pl.Series, contacts: Sequence[str]) -> pl.Series:
    """The texts without the numbers and addresses that the contract says to be an authority's."""
    for contact in contacts:
        cells = cells.str.replace_all(contact, "", literal=True)
    return cells


def _named(records: pl.DataFrame, contract: Contract, texts: Sequence[Column], own: Sequence[str]) -> pl.Series:
    """For each record whether a name in one of its own columns stands in another of its texts.

    The name of the organisation may hold it, and so may a text that repeats this name: it names the organisation.
    """
    found, title = np.zeros(records.height, dtype=np.bool_), contract.subject.name
    titles = (
        records[title].cast(pl.String) if title is not None else pl.Series([None] * records.height, dtype=pl.String)
    )
    for name in own:
        names = records[name].cast(pl.String).str.strip_chars()
        told = (names.str.len_chars() >= 2).fill_null(False)
        for column in texts if told.any() else ():
            if column.name in (*own, title):
                continue
            cells = pl.DataFrame({"text": records[column.name].cast(pl.String), "name": names, "title": titles})
            hit = cells.select(pl.col("text").str.contains(pl.col("name"), literal=True)).to_series() & told
            for row in np.flatnonzero(hit.fill_null(False).to_numpy() & ~found):
                text, person, organisation = cells.row(int(row))
                found[row] = person in (text.replace(organisation, "") if organisation else text)
    return pl.Series(found)
