-- What a prompt's version is called; its content is known by its hash.
ALTER TABLE ankus_trace.trace ADD COLUMN prompt_version text NOT NULL DEFAULT '';
ALTER TABLE ankus_trace.prompt_version ADD COLUMN version text NOT NULL DEFAULT '';
CREATE INDEX ON ankus_trace.trace (prompt_hash, started_at);
CREATE INDEX ON ankus_trace.trace (user_name, started_at);
