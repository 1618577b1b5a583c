-- Conversations of the runner. A text that a conversation holds is written once, under its hash.
CREATE SCHEMA ankus_conversation;

CREATE TABLE ankus_conversation.conversation (
    id text PRIMARY KEY,
    user_name text NOT NULL,
    profile text NOT NULL,
    title text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    unfinished boolean NOT NULL DEFAULT false,
    -- grows whenever somebody takes the conversation: who took it before cannot write to it any more
    holder bigint NOT NULL DEFAULT 0,
    -- json, not jsonb, which refuses \u0000
    state json
);

CREATE INDEX ON ankus_conversation.conversation (user_name, updated_at DESC);

CREATE TABLE ankus_conversation.body (
    conversation text NOT NULL REFERENCES ankus_conversation.conversation ON DELETE CASCADE,
    key text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (conversation, key)
);
