"""Print a study's conversations, one a line."""

import json
import sys

from tests.case_studies.chats import chats
from tests.case_studies.studies import STUDIES

if len(sys.argv) != 2 or sys.argv[1] not in STUDIES:
    sys.exit(f"usage: python -m tests.case_studies {'|'.join(STUDIES)}")
for chat in chats(STUDIES[sys.argv[1]]):
    print(json.dumps(chat))
