-- All functions.
SELECT id FROM {g}."Function"
