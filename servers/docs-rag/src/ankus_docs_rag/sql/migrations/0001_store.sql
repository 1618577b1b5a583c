-- Documents, what is found in them, and what each model made of them.
-- Vectors of one model are in a table of their own, made when the model is added:
--   vector_<model id> (text_hash bytea PRIMARY KEY, v halfvec(dimensions) NOT NULL, lexical sparsevec(250002))
-- lexical is of a model that has such weights (BGE-M3), NULL of others.

CREATE TABLE source (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    version text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT '',
    tags text[] NOT NULL DEFAULT '{}',
    origin text NOT NULL,
    -- what the pages were cut by; another number means that all of them are cut anew
    chunker text NOT NULL,
    -- counts the changes of this source; what a cache holds is of one snapshot
    snapshot bigint NOT NULL DEFAULT 0,
    ingested timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE page (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    -- file.path of what it was read from; a file may hold several pages
    file text NOT NULL DEFAULT '',
    path text NOT NULL,
    url text NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    date date,
    author text NOT NULL DEFAULT '',
    tags text[] NOT NULL DEFAULT '{}',
    text text NOT NULL,
    -- [{"start", "end", "title", "level", "anchor"}], as model.Section
    sections jsonb NOT NULL,
    -- {anchor: place of the first passage at which it stands}
    anchors jsonb NOT NULL DEFAULT '{}',
    -- {exact spelling: how many of its passages have it}
    identifiers jsonb NOT NULL DEFAULT '{}',
    -- of the page as it was read, with its metadata and the aliases that it gives to others
    hash bytea NOT NULL,
    -- what its passages come to: their number, and the sums of their lengths for the means of BM25
    passages integer NOT NULL DEFAULT 0,
    word_length real NOT NULL DEFAULT 0,
    token_length real NOT NULL DEFAULT 0,
    UNIQUE (source_id, path)
);
CREATE INDEX page_file ON page (source_id, file);

-- what was read; a file with the same hash is not read again
CREATE TABLE file (
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    path text NOT NULL,
    -- of its bytes, and of the options that it was read by
    hash bytea NOT NULL,
    PRIMARY KEY (source_id, path)
);

-- other names of places, as the index pages of a source give them; passage.aliases is made of these
CREATE TABLE alias (
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    page_id bigint NOT NULL REFERENCES page ON DELETE CASCADE,
    term text NOT NULL,
    path text NOT NULL,
    anchor text NOT NULL
);
CREATE INDEX alias_page ON alias (page_id);
CREATE INDEX alias_source ON alias (source_id);

-- ingests that have begun and not ended well: while there are some, no vector is thrown away
CREATE TABLE unfinished (
    source text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE passage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page_id bigint NOT NULL REFERENCES page ON DELETE CASCADE,
    place integer NOT NULL,
    span_start integer NOT NULL,
    span_end integer NOT NULL,
    form text NOT NULL,
    anchor text NOT NULL,
    headings text[] NOT NULL,
    names text[] NOT NULL DEFAULT '{}',
    aliases text[] NOT NULL DEFAULT '{}',
    -- what filters ask for, beside what they filter
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    version text NOT NULL,
    language text NOT NULL,
    kind text NOT NULL,
    date date,
    author text NOT NULL,
    tags text[] NOT NULL,
    -- the document's half of BM25 over analysed words, and over tokens or a model's lexical weights
    words sparsevec NOT NULL,
    tokens sparsevec NOT NULL,
    -- the same terms, to find candidates by an index
    word_ids integer[] NOT NULL,
    token_ids integer[] NOT NULL,
    UNIQUE (page_id, place)
);
CREATE INDEX passage_page ON passage (page_id);
-- what filters ask for most, without the wide rows
CREATE INDEX passage_filter ON passage (source_id, language, version, kind) INCLUDE (id);
-- passages that share a telling term with a question; an ingest adds many at once, a search should not merge them
CREATE INDEX passage_words ON passage USING gin (word_ids) WITH (fastupdate = off);
CREATE INDEX passage_tokens ON passage USING gin (token_ids) WITH (fastupdate = off);

CREATE TABLE piece (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    passage_id bigint NOT NULL REFERENCES passage ON DELETE CASCADE,
    span_start integer NOT NULL,
    span_end integer NOT NULL,
    -- what is embedded: the lead, and so many of the span's last characters
    lead text NOT NULL DEFAULT '',
    tail integer NOT NULL DEFAULT 0,
    -- SHA-256 of what is embedded: equal texts share a vector, and an unchanged one keeps it
    text_hash bytea NOT NULL
);
CREATE INDEX piece_passage ON piece (passage_id);
CREATE INDEX piece_text_hash ON piece (text_hash);

CREATE TABLE model (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint text NOT NULL UNIQUE,
    -- as embed.embedder.ModelIdentity
    identity jsonb NOT NULL,
    dimensions integer NOT NULL,
    -- live: questions are embedded by it; ready: it could be; building: some vectors are missing
    state text NOT NULL CHECK (state IN ('building', 'ready', 'live')),
    made timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX model_live ON model (state) WHERE state = 'live';

-- how many passages of a source have a term: the idf of a question is over the sources it searches
CREATE TABLE frequency (
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    space "char" NOT NULL CHECK (space IN ('w', 't')),
    term integer NOT NULL,
    passages integer NOT NULL,
    PRIMARY KEY (source_id, space, term)
);

-- mean lengths that the stored halves of BM25 were made with
CREATE TABLE length (
    space "char" PRIMARY KEY CHECK (space IN ('w', 't')),
    mean real NOT NULL
);

-- exact spellings of identifiers, to say which of a question's the documents do not have
CREATE TABLE identifier (
    source_id integer NOT NULL REFERENCES source ON DELETE CASCADE,
    name text NOT NULL,
    passages integer NOT NULL,
    PRIMARY KEY (source_id, name)
);
CREATE INDEX identifier_name ON identifier (name);

-- words of one language that stand for words of another
CREATE TABLE lexicon (
    from_language text NOT NULL,
    to_language text NOT NULL,
    word text NOT NULL,
    meaning text NOT NULL,
    probability real NOT NULL,
    PRIMARY KEY (from_language, to_language, word, meaning)
);
