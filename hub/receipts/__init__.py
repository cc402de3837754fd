"""The answer to the sender: one object (``receipt.v1``), three faces (JSON, workbook, console)."""
