-- Sources in which some passage has these words side by side.
SELECT source.id FROM source
 WHERE EXISTS (SELECT FROM passage AS p JOIN page ON page.id = p.page_id
                WHERE p.source_id = source.id AND p.word_ids @> %(terms)s::integer[]
                  AND substr(page.text, p.span_start + 1, p.span_end - p.span_start) ~* %(pattern)s)
