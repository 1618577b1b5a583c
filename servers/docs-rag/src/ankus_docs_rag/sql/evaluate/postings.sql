SELECT evaluated.id, lexeme, cardinality(positions)
  FROM evaluated, unnest(vector)
 ORDER BY evaluated.id
