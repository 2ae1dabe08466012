"""Charts as Vega-Lite specs, and figures in words."""
