"""The two published case studies of this loop, as conversations that yield their figures.

**These are reconstructions.** The reports give percentages and mean scores; they give no counts, no
calendar of the first study, and not every week. What is published stands in `studies.py` without a
mark; what is assumed stands there as such: conversations a week, scores a week, the weeks in
between, topics, and which conversations overlap. So the values are those of the reports, but n and
therefore every interval is ours: whether a published dip was real cannot be read off here.

    python -m tests.case_studies supplements > chats.jsonl
    ./run manage ingest chats.jsonl --agent SLUG
"""
