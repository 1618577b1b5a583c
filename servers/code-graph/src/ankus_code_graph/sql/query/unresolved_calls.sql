-- How many of some functions call through pointers that nothing is known of, or what the tree does not define.
SELECT count(*) FILTER (WHERE coalesce(agtype_object_field_text(properties, 'indirect'::text), '[]') <> '[]'),
       count(*) FILTER (WHERE coalesce(agtype_object_field_text(properties, 'external'::text), '[]') <> '[]')
  FROM {g}."Function" WHERE id = ANY((SELECT %(ids)s::graphid[])::graphid[])
