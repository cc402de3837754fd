"""The ledger (台账): what came in, what became of every row, what left, and the proof of it. Written by ``hub.line`` alone."""
