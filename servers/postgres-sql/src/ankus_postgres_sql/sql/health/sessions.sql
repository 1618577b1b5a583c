-- Client sessions and prepared transactions: how long their transaction and their state have lasted.
SELECT a.pid, a.usename::text AS "user", a.datname::text AS database, coalesce(a.application_name, '') AS application,
       a.state, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_seconds,
       extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_seconds,
       greatest(age(a.backend_xmin), age(a.backend_xid))::int8 AS held
  FROM pg_stat_activity a
 WHERE coalesce(a.backend_type, 'client backend') = 'client backend' -- hidden where all else is
   AND a.usename IS NOT NULL AND a.pid <> pg_backend_pid()
UNION ALL
SELECT NULL, p.owner::text, p.database::text, p.gid, 'prepared',
       extract(epoch FROM clock_timestamp() - p.prepared)::float8,
       extract(epoch FROM clock_timestamp() - p.prepared)::float8, age(p.transaction)::int8
  FROM pg_prepared_xacts p
