-- Traces are partitioned by day (UTC), so that what is too old is dropped and not deleted row by row.
CREATE SCHEMA ankus_trace;

-- In a database that agents read, default privileges would let their role read what others asked.
DO $$
DECLARE
    grantee oid;
BEGIN
    FOR grantee IN
        SELECT DISTINCT a.grantee FROM pg_namespace n, aclexplode(n.nspacl) a
         WHERE n.nspname = 'ankus_trace' AND a.grantee <> n.nspowner
    LOOP
        EXECUTE format('REVOKE ALL ON SCHEMA ankus_trace FROM %s',
                       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END);
    END LOOP;
END $$;

CREATE TABLE ankus_trace.trace (
    trace_id text COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    user_name text NOT NULL,
    conversation text NOT NULL,
    profile text NOT NULL,
    prompt_hash text NOT NULL,
    model text NOT NULL,
    status text NOT NULL,
    error text NOT NULL,
    seconds double precision,
    steps integer NOT NULL,
    model_calls integer NOT NULL,
    tool_calls integer NOT NULL,
    prompt_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    first_token_seconds double precision,
    cost double precision,
    PRIMARY KEY (trace_id, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX ON ankus_trace.trace (started_at);

-- What is often asked for has a column; the rest is in attrs, by OpenTelemetry's names.
CREATE TABLE ankus_trace.span (
    trace_id text COLLATE "C" NOT NULL,
    span_id text COLLATE "C" NOT NULL,
    parent_id text COLLATE "C",
    kind text NOT NULL,
    name text NOT NULL,
    started_at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    status text NOT NULL,
    error text NOT NULL,
    step integer,
    model text NOT NULL,
    tool text NOT NULL,
    prompt_tokens integer,
    cached_tokens integer,
    completion_tokens integer,
    first_token_seconds double precision,
    cost double precision,
    attrs jsonb NOT NULL,
    PRIMARY KEY (trace_id, span_id, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX ON ankus_trace.span (started_at);

CREATE TABLE ankus_trace.span_payload (
    trace_id text COLLATE "C" NOT NULL,
    span_id text COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    input jsonb,
    output jsonb,
    PRIMARY KEY (trace_id, span_id, started_at)
) PARTITION BY RANGE (started_at);

CREATE TABLE ankus_trace.score (
    trace_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    value double precision NOT NULL,
    source text NOT NULL,
    comment text NOT NULL DEFAULT '',
    scored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trace_id, name, source)
);

CREATE TABLE ankus_trace.prompt_version (
    prompt_hash text PRIMARY KEY,
    profile text NOT NULL,
    body text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now()
);

-- Append-only: who let which call happen outlives the trace of it.
CREATE TABLE ankus_trace.approval (
    trace_id text COLLATE "C" NOT NULL,
    decided_at timestamptz NOT NULL,
    tool text NOT NULL,
    arguments jsonb NOT NULL,
    verdict text NOT NULL,
    decided_by text NOT NULL,
    PRIMARY KEY (trace_id, decided_at, tool)
);
CREATE FUNCTION ankus_trace.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ankus_trace.approval is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ankus_trace.approval
    FOR EACH STATEMENT EXECUTE FUNCTION ankus_trace.refuse();
