/**
 * The database's schema, step by step. `PRAGMA user_version` counts the steps that a database has had.
 *
 * A released step never changes; a new version of the schema is a new step.
 */

/** `PRAGMA application_id`: "WARD". */
export const APPLICATION_ID = 0x57415244;

export const MIGRATIONS: readonly string[] = [
  /*
   * 1. The event log. `idx` is the place in the log, from 0, without holes. `body` is the canonical Event;
   * the columns beside it are for look-ups only and derived from it. A run's or an agent's name is kept once.
   * `tiles` are the hashes of the audit tree (src/gateway/audit/tiles.ts), written in the same transaction.
   */
  `
  CREATE TABLE origins (
    id            INTEGER PRIMARY KEY,
    host          TEXT NOT NULL,
    boot          TEXT NOT NULL,
    origin        TEXT NOT NULL,
    last_sequence INTEGER NOT NULL,
    UNIQUE (host, boot, origin)
  ) STRICT;
  CREATE TABLE agents (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    segment TEXT NOT NULL
  ) STRICT;
  CREATE INDEX agents_segment ON agents (segment);
  CREATE TABLE runs (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    idx      INTEGER PRIMARY KEY,
    origin   INTEGER NOT NULL REFERENCES origins (id),
    sequence INTEGER NOT NULL,
    time_ns  INTEGER NOT NULL,
    agent    INTEGER REFERENCES agents (id),
    run      INTEGER REFERENCES runs (id),
    kind     INTEGER NOT NULL,
    verdict  INTEGER NOT NULL,
    would    INTEGER NOT NULL,
    body     BLOB NOT NULL
  ) STRICT;
  CREATE INDEX events_run ON events (run, idx) WHERE run IS NOT NULL;
  CREATE TABLE tiles (
    level  INTEGER NOT NULL,
    idx    INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, idx)
  ) STRICT;
  CREATE TABLE checkpoints (
    size         INTEGER PRIMARY KEY,
    time_unix_ms INTEGER NOT NULL,
    note         TEXT NOT NULL
  ) STRICT;
  CREATE TABLE policy_versions (
    agent        TEXT NOT NULL,
    version      INTEGER NOT NULL,
    address      TEXT NOT NULL,
    policy       BLOB NOT NULL,
    time_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (agent, version)
  ) STRICT;
  `,
  /* 2. Which log this is: the name in its checkpoints, for good. */
  `
  CREATE TABLE log (
    id TEXT NOT NULL
  ) STRICT;
  INSERT INTO log (id) VALUES (lower(hex(randomblob(16))));
  `,
  /*
   * 3. The gateways that run on this directory: a row that stays tells of one that ended without a stop. The keys
   * that were in use last, by what they are for: another one in their place is a rotation.
   */
  `
  CREATE TABLE gateways (
    id              TEXT PRIMARY KEY,
    boot            TEXT NOT NULL,
    address         TEXT NOT NULL,
    started_unix_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE keys (
    name   TEXT PRIMARY KEY,
    key_id TEXT NOT NULL
  ) STRICT;
  `,
  /*
   * 4. Look-ups of queries: what a run's events are without reading them, and what blocks of 4096 events hold at
   * most (block-index.ts).
   */
  `
  DROP INDEX events_run;
  CREATE INDEX events_run ON events (run, idx, kind, verdict, would) WHERE run IS NOT NULL;
  CREATE TABLE blocks (
    block    INTEGER PRIMARY KEY,
    first_ns INTEGER NOT NULL,
    last_ns  INTEGER NOT NULL,
    kinds    INTEGER NOT NULL,
    verdicts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE block_agents (
    agent INTEGER NOT NULL REFERENCES agents (id),
    block INTEGER NOT NULL,
    PRIMARY KEY (agent, block)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO blocks
    SELECT idx >> 12, min(time_ns), max(time_ns), sum(DISTINCT 1 << kind),
           sum(DISTINCT 1 << verdict) | sum(DISTINCT 1 << would)
    FROM events GROUP BY 1;
  INSERT INTO block_agents SELECT DISTINCT agent, idx >> 12 FROM events WHERE agent IS NOT NULL;
  `,
  /* 5. Policy documents, every version of each. One without a text was taken away. */
  `
  CREATE TABLE policy_documents (
    revision     INTEGER PRIMARY KEY,
    scope        TEXT NOT NULL,
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    text         TEXT,
    mode         TEXT NOT NULL,
    author       TEXT NOT NULL,
    time_unix_ms INTEGER NOT NULL,
    comment      TEXT NOT NULL,
    change       TEXT NOT NULL,
    UNIQUE (scope, name, version)
  ) STRICT;
  `,
  /* 6. The checkpoints of other logs that this gateway cosigned last, as their witness. */
  `
  CREATE TABLE witnessed (
    origin TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL,
    note   TEXT NOT NULL
  ) STRICT;
  `,
  /* 7. Retention: segments of events that are not kept any more, and what no retention may take. */
  `
  CREATE TABLE gone (
    block INTEGER PRIMARY KEY,
    event INTEGER NOT NULL,
    swept INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE holds (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  `,
  /*
   * 8. Who may speak: keys of people and consumers, tokens that hosts enroll with, hosts and their certificates.
   * Of secrets there are hashes only.
   */
  `
  CREATE TABLE api_keys (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    roles           TEXT NOT NULL,
    hash            BLOB NOT NULL,
    created_unix_ms INTEGER NOT NULL,
    expires_unix_ms INTEGER NOT NULL,
    revoked_unix_ms INTEGER
  ) STRICT;
  CREATE TABLE enrolment_tokens (
    hash            BLOB PRIMARY KEY,
    host            TEXT NOT NULL,
    expires_unix_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE hosts (
    name             TEXT PRIMARY KEY,
    enrolled_unix_ms INTEGER NOT NULL,
    revoked_unix_ms  INTEGER
  ) STRICT;
  CREATE TABLE certificates (
    serial          TEXT PRIMARY KEY,
    host            TEXT NOT NULL,
    expires_unix_ms INTEGER NOT NULL,
    revoked         INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX certificates_host ON certificates (host);
  `,
  /* 9. Commands that no runtime has answered yet, and what policies hold with the answers. Times are unix ms. */
  `
  CREATE TABLE commands (
    id   TEXT PRIMARY KEY,
    run  TEXT NOT NULL,
    kind INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE held_actions (
    id          TEXT PRIMARY KEY,
    host        TEXT NOT NULL,
    action      BLOB NOT NULL,
    asked       INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    answered_by TEXT NOT NULL DEFAULT '',
    answered    INTEGER NOT NULL DEFAULT 0,
    because     TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX held_actions_pending ON held_actions (host) WHERE state = 'pending';
  `,
  /* 10. What gateways on this database, and hosts, worked with last: a change of it is an event. */
  `
  CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  /*
   * 11. Budgets: those in force, what is used of each window by each runtime (reported cost: by none), which are used up,
   * what each run has told that it has used in all, and reports of cost by their keys. Windows are in seconds since 1970.
   */
  `
  CREATE TABLE budgets (
    layer        TEXT NOT NULL,
    resource     TEXT NOT NULL,
    budget       TEXT NOT NULL,
    seen_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (layer, resource)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE budget_uses (
    layer    TEXT NOT NULL,
    resource TEXT NOT NULL,
    window_s INTEGER NOT NULL,
    start_s  INTEGER NOT NULL,
    runtime  TEXT NOT NULL,
    used     INTEGER NOT NULL,
    PRIMARY KEY (layer, resource, window_s, start_s, runtime)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE budgets_exceeded (
    layer    TEXT NOT NULL,
    resource TEXT NOT NULL,
    window_s INTEGER NOT NULL,
    start_s  INTEGER NOT NULL,
    PRIMARY KEY (layer, resource, window_s, start_s)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE run_uses (
    run          TEXT PRIMARY KEY,
    used         TEXT NOT NULL,
    time_unix_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE usage_reports (
    caller       TEXT NOT NULL,
    key          TEXT NOT NULL,
    digest       BLOB NOT NULL,
    time_unix_ms INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
  ) STRICT, WITHOUT ROWID;
  `,
  /* 12. Keys that the log has signed with, once it has had a second one: each signs checkpoints of more than `since` events. */
  `
  CREATE TABLE log_keys (
    since        INTEGER PRIMARY KEY,
    verifier_key TEXT NOT NULL
  ) STRICT;
  `,
  /* 13. How far runtimes may come in a window of a budget by the shares that they were told: they go on by these. */
  `
  CREATE TABLE budget_holdings (
    layer    TEXT NOT NULL,
    resource TEXT NOT NULL,
    window_s INTEGER NOT NULL,
    start_s  INTEGER NOT NULL,
    runtime  TEXT NOT NULL,
    held     INTEGER NOT NULL,
    PRIMARY KEY (layer, resource, window_s, start_s, runtime)
  ) STRICT, WITHOUT ROWID;
  `,
  /* 14. What runtimes were told of windows to come, and for those that begin before when (Unix seconds). */
  `
  ALTER TABLE budget_holdings ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE budget_holdings ADD COLUMN until_s INTEGER NOT NULL DEFAULT 0;
  `,
];
