"""The tables of a run's store.

The version is the file's `user_version`. A change to the tables raises it; a reader refuses what
is newer than itself.
"""

from __future__ import annotations

SCHEMA_VERSION = 3

STATISTICS = """
CREATE TABLE statistics (
    daemon TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at REAL NOT NULL,
    totals BLOB NOT NULL,
    PRIMARY KEY (daemon, incarnation, number)
) WITHOUT ROWID;
"""

SCHEMA = f"""{STATISTICS}
CREATE TABLE run (
    id TEXT NOT NULL,
    swarm TEXT NOT NULL,
    topology_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at REAL NOT NULL,
    reason_kind TEXT,
    reason TEXT,
    ended_at REAL
);

CREATE TABLE globals (
    tag TEXT NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tag, version)
);

CREATE TABLE results (
    number INTEGER PRIMARY KEY,
    tag TEXT NOT NULL,
    node TEXT NOT NULL,
    task TEXT NOT NULL,
    instance TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    value BLOB NOT NULL
);
CREATE INDEX results_by_tag ON results (tag, iteration);

CREATE TABLE run_values (
    alias TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    instance TEXT NOT NULL,
    seq INTEGER NOT NULL,
    value BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    PRIMARY KEY (alias, iteration, instance, incarnation, seq)
);

CREATE TABLE effects (
    instance TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    effect TEXT NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (instance, iteration, effect)
);

CREATE TABLE memories (
    instance TEXT NOT NULL,
    kind TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (instance, kind)
);

CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL
);

CREATE TABLE controllers (
    incarnation INTEGER PRIMARY KEY,
    engine TEXT NOT NULL,
    sockets TEXT NOT NULL,
    started_at REAL NOT NULL
);

CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    iteration INTEGER,
    text TEXT NOT NULL
);
"""
