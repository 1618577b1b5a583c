-- How the archiving of the log goes.
SELECT failed_count AS failed, last_failed_wal AS wal, last_failed_time::text AS failed_at,
       last_archived_time IS NULL OR last_failed_time > last_archived_time AS stuck
  FROM pg_stat_archiver
 WHERE failed_count > 0
