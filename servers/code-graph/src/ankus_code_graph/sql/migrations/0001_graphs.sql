-- Beside the graphs, each in AGE's schema of its own: which there are, and what AGE has no place for.
-- A graph's partitions of file and document lie in its own schema and go with it.

CREATE TABLE ankus_code_graph.graph (
    name text COLLATE "C" PRIMARY KEY,
    root text NOT NULL,
    revision text NOT NULL,
    indexed_at timestamptz NOT NULL DEFAULT now(),
    format integer NOT NULL,
    statistics jsonb NOT NULL
);

CREATE TABLE ankus_code_graph.file (
    graph text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    size bigint NOT NULL,
    mtime_ns bigint NOT NULL,
    facts bytea NOT NULL,
    rows bytea NOT NULL,
    PRIMARY KEY (graph, path)
) PARTITION BY LIST (graph);

-- the indexer's bytes: read whole, written in bulk, and not worth PostgreSQL's compression
ALTER TABLE ankus_code_graph.file
    ALTER COLUMN facts SET STORAGE EXTERNAL,
    ALTER COLUMN rows SET STORAGE EXTERNAL;

CREATE TABLE ankus_code_graph.document (
    graph text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    name text NOT NULL,
    words text NOT NULL,
    comment text NOT NULL,
    PRIMARY KEY (graph, id)
) PARTITION BY LIST (graph);
