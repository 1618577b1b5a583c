-- Sessions that wait for a lock and those that they wait for, with what each does as far as the role may see.
WITH waiting AS (
    SELECT l.pid, pg_blocking_pids(l.pid) AS blockers, l.locktype, l.mode,
           CASE WHEN l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                THEN l.relation::regclass::text END AS relation,
           extract(epoch FROM clock_timestamp() - coalesce(l.waitstart, clock_timestamp()))::float8 AS seconds
      FROM pg_locks l
     WHERE NOT l.granted AND l.pid IS NOT NULL
), concerned AS (
    SELECT pid FROM waiting UNION SELECT unnest(blockers) FROM waiting
)
SELECT c.pid, w.blockers, w.locktype, w.mode, w.relation, w.seconds,
       a.usename::text AS "user", a.datname::text AS database, a.application_name AS application, a.state,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_seconds,
       left(a.query, 2000) AS query,
       ARRAY(SELECT DISTINCT format('%%s on %%s', h.mode, h.relation::regclass) FROM pg_locks h
              WHERE h.pid = c.pid AND h.granted AND h.relation IS NOT NULL AND h.locktype = 'relation'
                AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND EXISTS (SELECT FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
                             WHERE r.oid = h.relation AND r.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_')
              LIMIT 5) AS holds
  FROM concerned c
  LEFT JOIN waiting w USING (pid)
  LEFT JOIN pg_stat_activity a ON a.pid = c.pid
 ORDER BY w.seconds DESC NULLS FIRST, c.pid
