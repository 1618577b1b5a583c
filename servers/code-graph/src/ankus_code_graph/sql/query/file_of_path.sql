-- The file of a path.
SELECT id FROM {g}."File" WHERE agtype_object_field_text(properties, 'path'::text) = %(path)s
