-- The passages with their text, for the baselines alone: they know nothing of headings, names or languages.
-- The configuration `russian` stems Russian words by Russian rules and words in Latin letters by English ones.
CREATE TEMPORARY TABLE evaluated AS
SELECT passage.id, page.path, page.url, cut.text, to_tsvector('pg_catalog.russian', cut.text) AS vector,
       -- its own, and those that stand in it
       ARRAY(SELECT passage.anchor
              UNION SELECT anchor FROM jsonb_each(page.anchors) AS at (anchor, place)
                     WHERE place = to_jsonb(passage.place)) AS anchors
  FROM {schema}.passage
  JOIN {schema}.page ON page.id = passage.page_id
 CROSS JOIN LATERAL (
     SELECT substr(page.text, passage.span_start + 1, passage.span_end - passage.span_start) AS text
     -- OFFSET keeps the planner from cutting the page twice
     OFFSET 0
 ) AS cut
