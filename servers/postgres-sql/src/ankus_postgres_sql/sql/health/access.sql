-- What the role may see of others, and what the server is.
SELECT current_user::text AS role, current_database()::text AS database,
       current_setting('server_version_num')::int AS version,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS all_stats,
       (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pgstattuple' AND pg_has_role(current_user, 'pg_stat_scan_tables', 'USAGE')) AS pgstattuple
