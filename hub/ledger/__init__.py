"""The ledger (台账): what came in, what became of every row, what left. Written by ``hub.line`` alone."""
