#include "serve/state/schema.h"

namespace lmos::serve {
namespace {

// Times are seconds since 1970.
constexpr const char* kMigrations[] = {
    R"sql(
      CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        salt TEXT NOT NULL,
        hash TEXT NOT NULL,
        rights TEXT NOT NULL CHECK (rights IN ('use', 'admin')),
        created INTEGER NOT NULL,
        tokens_per_minute INTEGER NOT NULL,
        requests_per_minute INTEGER NOT NULL
      ) STRICT;

      -- Models that were loaded while the daemon ran.
      CREATE TABLE models (
        name TEXT PRIMARY KEY,
        configuration TEXT NOT NULL,
        created INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT REFERENCES keys (id) ON DELETE SET NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        pipeline TEXT NOT NULL,
        folder TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN
          ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
        created REAL NOT NULL,
        started REAL,
        finished REAL,
        step INTEGER,
        steps INTEGER,
        loss REAL,
        restarts INTEGER NOT NULL DEFAULT 0,
        error TEXT
      ) STRICT;
      CREATE INDEX jobs_by_status ON jobs (status, number);

      -- Each start of a job's process.
      CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        process INTEGER NOT NULL,
        started REAL NOT NULL,
        finished REAL,
        outcome TEXT
      ) STRICT;
      CREATE INDEX runs_by_job ON runs (job, number);
    )sql",
    R"sql(
      ALTER TABLE keys ADD COLUMN tokens_per_day INTEGER NOT NULL DEFAULT 0;

      -- What keys with a quota used on their last day: days since 1970, in UTC.
      CREATE TABLE key_use (
        key TEXT PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        tokens INTEGER NOT NULL
      ) STRICT;
    )sql",
};

}  // namespace

std::span<const char* const> state_migrations() { return kMigrations; }

}  // namespace lmos::serve
