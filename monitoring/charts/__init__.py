"""Pure functions from numbers to plotly figures."""
