-- A page of a level of functions, by file and line.
SELECT id, properties FROM {g}."Function" WHERE id = ANY((SELECT %(ids)s::graphid[])::graphid[])
 ORDER BY agtype_object_field_text(properties, 'file'::text) COLLATE "C",
          agtype_object_field_text(properties, 'line'::text)::bigint, id
 LIMIT %(limit)s::bigint OFFSET %(offset)s::bigint
