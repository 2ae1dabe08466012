"""Work through the provider's Files and Batches API: half the price, results within a day.

`opening` claims rows and makes a `ModelBatch` of them, `steps` sends and polls it, `results` writes
what came back. Rows need, besides the columns of `llm.claims`, `route` (live or batch) and `batch`
(the ModelBatch that had them last).
"""
