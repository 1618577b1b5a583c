-- The names of result columns' types.
SELECT array_agg(format_type(oid, modifier) ORDER BY place) AS names
  FROM unnest(%(oids)s::oid[], %(modifiers)s::int4[]) WITH ORDINALITY AS t(oid, modifier, place)
