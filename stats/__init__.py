"""Statistics as pure functions on numbers: no database, no clock, no model, no Django.

Every function names the source of its formula. An estimate always travels as an
`stats.intervals.Interval`, so that no number is shown without its n, interval and method.
"""
