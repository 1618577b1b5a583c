-- Of each passage: its own anchor, and those that stand in it.
SELECT passage.id,
       ARRAY(SELECT passage.anchor
              UNION SELECT anchor FROM jsonb_each(page.anchors) AS at (anchor, place)
                     WHERE place = to_jsonb(passage.place))
  FROM passage
  JOIN page ON page.id = passage.page_id
 WHERE passage.id = ANY (%(ids)s)
