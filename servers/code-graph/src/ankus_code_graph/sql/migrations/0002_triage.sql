-- What was judged of the findings of find_suspicious. It outlives the graph: a finding is known again by
-- its fingerprint when the tree is indexed anew.

CREATE TABLE ankus_code_graph.triage (
    graph text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    rule text NOT NULL,
    file text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('true_positive', 'false_positive', 'wont_fix', 'unsure')),
    note text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (graph, fingerprint)
);
