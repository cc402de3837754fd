"""Contracts (数据契约): ODCS files in, frozen values and suites out. ``load`` is the way in."""
