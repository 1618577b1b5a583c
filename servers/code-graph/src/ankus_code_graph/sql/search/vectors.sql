-- The ids whose vectors are nearest. The scan is exact: a graph has tens of thousands of documents, not more.
SELECT e.id
  FROM {vectors} AS e JOIN {documents} AS d ON d.id = e.id
 WHERE e.model = %(model)s
   AND {schema}.vector_dims(e.vector) = %(dimensions)s
   AND (%(low)s::bigint IS NULL OR e.id BETWEEN %(low)s AND %(high)s)
   AND (%(paths)s::text[] IS NULL OR d.owner LIKE ANY (%(paths)s))
 ORDER BY e.vector OPERATOR({schema}.<=>) %(vector)s::{schema}.vector, e.id
 LIMIT %(most)s
