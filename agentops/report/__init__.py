"""The weekly report: numbers read once, frozen, and told in sentences that are made of nothing
else.
"""
