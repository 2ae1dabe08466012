"""What a call to a model imports, for workers to import before they fork (agentops.celery).

It takes a second: without this the first night after a start would begin with it in every process,
and each would hold its own copy.
"""

import httpcore2  # noqa: F401  (the client imports it when it is made)
import httpx2  # noqa: F401
import openai  # noqa: F401
