-- All passages of one anchor as one stretch, or else the passage in which it stands.
SELECT min(p.span_start), max(p.span_end), min(p.anchor)
  FROM passage AS p JOIN page ON page.id = p.page_id
 WHERE p.page_id = %(page)s
   AND (lower(p.anchor) = lower(%(anchor)s) OR p.place = (page.anchors ->> %(anchor)s)::integer)
