"""Charts of kept results: values are read, put in order, aggregated, and drawn by Vega-Lite."""
