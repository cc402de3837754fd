"""Names of files that are no names for a file: paths, broken bytes, control characters, great length."""

from __future__ import annotations

import os

# Names that a file system takes. What is refused by it can come through another door, such as an HTTP post.
STORABLE = (
    "..\\..\\店铺.csv",
    "..%2f..%2f店铺.csv",
    "店铺\n第二行.csv",
    "店铺\x1b[31m红.csv",
    "店铺\x07\x7f.csv",
    "\u202evsc.铺店.csv",
    "店铺\u200b.csv",
    "=HYPERLINK(1).csv",
    "-rf.csv",
    " 店铺 .csv ",
    "店" * 83 + ".csv",
    "a" * 251 + ".csv",
    "CON.csv",
    "店铺'; DROP TABLE delivery;--.csv",
    "<script>店铺<\\script>.csv",
    os.fsdecode("店铺".encode("gbk") + b".csv"),
    os.fsdecode(b"\xff\xfe\x80.csv"),
    "没有扩展名",
    ".csv",
)
BEYOND = ("../../etc/passwd", "/etc/passwd", "店铺/../../x.csv", "店" * 300 + ".csv", "a" * 300, "..", "", "店铺\0.csv")
