UPDATE passage SET {column} = new.weights::sparsevec, {terms} = new.terms::integer[]
  FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, weights, terms) WHERE passage.id = new.id
