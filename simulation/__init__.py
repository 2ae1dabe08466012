"""A simulated support desk that drives weeks of the management loop through the product's
functions.

Customers with true intents write to the live release, people solve what it hands over, and a
scripted AI manager reviews, teaches, tests and releases. What the figures show emerges from that;
nothing in them is typed in. Workspaces made here are marked as simulated.
"""
