INSERT INTO frequency AS f (source_id, space, term, passages)
SELECT %(source)s, {space}, term, count(*)
  FROM passage p, unnest(p.{ids}) AS term WHERE p.{by} = ANY (%(which)s::bigint[]) GROUP BY term
    ON CONFLICT (source_id, space, term) DO UPDATE SET passages = f.passages + excluded.passages
