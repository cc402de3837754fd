"""The stages of one delivery, one file each. None knows the ledger or another stage; ``hub.line`` orders them."""
