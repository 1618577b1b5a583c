-- Each file with its lines, and how many functions and global variables it defines, in the order of ids.
SELECT agtype_access_operator(f.properties, '"path"'::agtype)::text,
       coalesce(agtype_access_operator(f.properties, '"lines"'::agtype)::text::int, 0),
       coalesce(functions.number, 0), coalesce(globals.number, 0)
  FROM {file} AS f
  LEFT JOIN (SELECT agtype_access_operator(properties, '"file"'::agtype) AS file, count(*) AS number
               FROM {function} GROUP BY 1) AS functions
    ON functions.file = agtype_access_operator(f.properties, '"path"'::agtype)
  LEFT JOIN (SELECT agtype_access_operator(properties, '"file"'::agtype) AS file, count(*) AS number
               FROM {variable} GROUP BY 1) AS globals
    ON globals.file = agtype_access_operator(f.properties, '"path"'::agtype)
 ORDER BY f.id
