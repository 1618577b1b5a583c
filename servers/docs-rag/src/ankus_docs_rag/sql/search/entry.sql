-- All passages of one anchor, as one stretch.
SELECT min(span_start), max(span_end), min(anchor) FROM passage
 WHERE page_id = %(page)s AND lower(anchor) = lower(%(anchor)s)
