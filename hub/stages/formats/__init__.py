"""How bytes become a table of text: one file per question (which format, which encoding, which header, which rows)."""
