SELECT anchor FROM passage WHERE page_id = %(page)s AND span_start <= %(start)s AND span_end > %(start)s
 ORDER BY span_end - span_start LIMIT 1
