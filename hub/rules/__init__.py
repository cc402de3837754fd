"""Verdicts: a suite of Great Expectations, compiled to polars, judged in one pass, answered to GX metric by metric."""
