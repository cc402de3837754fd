"""The exchange hub: collect, judge, answer, prove and lawfully share public credit data (公共信用信息交换)."""
