-- Every name that a vertex goes by: (id, n, file). Labels that are not wanted are not read.
SELECT id, agtype_object_field_text(properties, 'name'::text) AS n,
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'file'::text) END AS file
  FROM {g}."Function" WHERE 'Function' = ANY(%(labels)s::text[])
UNION ALL
SELECT id, agtype_object_field_text(properties, 'name'::text),
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'file'::text) END
  FROM {g}."Macro" WHERE 'Macro' = ANY(%(labels)s::text[])
UNION ALL
SELECT id, agtype_object_field_text(properties, 'name'::text),
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'file'::text) END
  FROM {g}."GlobalVar" WHERE 'GlobalVar' = ANY(%(labels)s::text[])
UNION ALL
SELECT id, agtype_object_field_text(properties, 'name'::text),
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'file'::text) END
  FROM {g}."SqlFunction" WHERE 'SqlFunction' = ANY(%(labels)s::text[])
UNION ALL
SELECT id,
       CASE WHEN %(dotted)s::boolean
            THEN agtype_object_field_text(properties, 'struct'::text) || '.' ELSE '' END
       || agtype_object_field_text(properties, 'name'::text),
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'file'::text) END
  FROM {g}."Field" WHERE 'Field' = ANY(%(labels)s::text[])
UNION ALL
SELECT id,
       CASE WHEN %(slashed)s::boolean THEN agtype_object_field_text(properties, 'path'::text)
            ELSE regexp_replace(agtype_object_field_text(properties, 'path'::text), '^.*/', '') END,
       CASE WHEN %(file)s::text <> '' THEN agtype_object_field_text(properties, 'path'::text) END
  FROM {g}."File" WHERE 'File' = ANY(%(labels)s::text[])
UNION ALL
SELECT id, unnest(agtype_object_field_text(properties, 'name'::text)
                  || ARRAY(SELECT json_array_elements_text(p -> 'typedefs'))),
       agtype_object_field_text(properties, 'file'::text)
  FROM {g}."Struct", LATERAL (SELECT agtype_out(properties)::text::json) AS j (p)
 WHERE 'Struct' = ANY(%(labels)s::text[])
UNION ALL
SELECT id, unnest(agtype_object_field_text(properties, 'name'::text)
                  || ARRAY(SELECT json_array_elements_text(p -> 'typedefs'))
                  || ARRAY(SELECT json_array_elements_text(p -> 'values'))),
       agtype_object_field_text(properties, 'file'::text)
  FROM {g}."Enum", LATERAL (SELECT agtype_out(properties)::text::json) AS j (p)
 WHERE 'Enum' = ANY(%(labels)s::text[])
