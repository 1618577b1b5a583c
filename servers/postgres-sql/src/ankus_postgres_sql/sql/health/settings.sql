-- Settings as sessions begin with them: `reset_val`, as a transaction of ours sets some for itself.
-- What the command line sets is said to wait for a restart wherever the file has something else.
SELECT name, reset_val AS value, unit, source, pending_restart AND source <> 'command line' AS pending_restart
  FROM pg_settings
 WHERE name = ANY (%(names)s) OR (pending_restart AND source <> 'command line') OR (name LIKE 'enable\_%%' AND reset_val <> boot_val)
 ORDER BY name
