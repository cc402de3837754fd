"""Pages for auditors, one per delivery and one per dataset: offline HTML made from the ledger's facts."""
