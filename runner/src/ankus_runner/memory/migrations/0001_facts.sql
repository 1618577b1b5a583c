-- Facts about users. Every statement names the owner; row level security holds even for one that forgot to.

CREATE TABLE fact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL,
    profile text NOT NULL,
    text text NOT NULL CHECK (text <> ''),
    normal text NOT NULL,
    source text NOT NULL,
    run_id text NOT NULL,
    confidence double precision NOT NULL CHECK (confidence > 0 AND confidence <= 1),
    made_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL,
    recalled_at timestamptz,
    times_seen integer NOT NULL DEFAULT 1,
    words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED,
    model text,
    embedding vector,
    CHECK ((model IS NULL) = (embedding IS NULL))
);
-- what was made of a text by another model is never compared with: `model` is the model's fingerprint
CREATE UNIQUE INDEX fact_once ON fact (owner, profile, md5(normal));

ALTER TABLE fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE fact FORCE ROW LEVEL SECURITY;
CREATE POLICY fact_of_owner ON fact
    USING (owner = current_setting('ankus.memory_owner', true))
    WITH CHECK (owner = current_setting('ankus.memory_owner', true));
