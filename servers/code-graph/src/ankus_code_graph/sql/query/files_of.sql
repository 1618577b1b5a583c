-- Files of some functions, and how many of them stand in each.
SELECT agtype_object_field_text(properties, 'file'::text), count(*)
  FROM {g}."Function" WHERE id = ANY((SELECT %(ids)s::graphid[])::graphid[])
 GROUP BY 1
