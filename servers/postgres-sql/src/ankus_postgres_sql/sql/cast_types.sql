-- Types of result columns as SQL writes them, and whether a value's text can be cast back to them.
SELECT format_type(t.oid, given.modifier) AS written,
       n.nspname::text AS schema,
       t.typname::text AS name,
       t.typtype <> 'p'
       AND t.typname NOT IN ('pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list', 'gtsvector',
                             'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary')
       AND has_schema_privilege(n.oid, 'USAGE')
       AND has_type_privilege(t.oid, 'USAGE') AS readable
  FROM unnest(%(oids)s::oid[], %(modifiers)s::int4[]) WITH ORDINALITY AS given(oid, modifier, place)
  JOIN pg_type t ON t.oid = given.oid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 ORDER BY given.place
