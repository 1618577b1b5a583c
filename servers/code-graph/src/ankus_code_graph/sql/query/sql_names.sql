-- SQL functions that some C functions implement.
SELECT s.id, s.properties FROM {g}."IMPLEMENTS" i JOIN {g}."SqlFunction" s ON s.id = i.end_id
 WHERE i.start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
 ORDER BY agtype_object_field_text(s.properties, 'name'::text) COLLATE "C", s.id
