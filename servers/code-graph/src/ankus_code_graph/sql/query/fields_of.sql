-- Fields of a struct.
SELECT end_id FROM {g}."CONTAINS" WHERE start_id = %(id)s::graphid
