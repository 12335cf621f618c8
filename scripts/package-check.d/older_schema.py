"""Turns an SQLite database into one of the schema before the newest, with the same rows: older_schema.py MIGRATIONS DATABASE

The older schema is made from the migration files without the gateway. Every row is copied with the columns that the older schema has."""

import hashlib
import os
import pathlib
import sqlite3
import sys

migrations, database = pathlib.Path(sys.argv[1]), sys.argv[2]
steps = sorted(migrations.glob("*.sql"))[:-1]
older = database + ".older"
source = sqlite3.connect(database)
target = sqlite3.connect(older)
class Joined:
    """string_agg, which SQLite has from version 3.44; the migrations run here on empty tables."""

    def __init__(self):
        self.parts = []

    def step(self, part, separator):
        self.parts.append(part)

    def finalize(self):
        return " ".join(self.parts)


target.create_aggregate("string_agg", 2, Joined)
for step in steps:
    target.executescript(step.read_text())
target.execute(
    "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
)
for step in steps:
    number, name = step.stem.split("_", 1)
    digest = hashlib.sha384(step.read_bytes()).digest()
    row = (int(number), name, True, digest, 0)
    target.execute("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, ?, ?, ?, ?)", row)
target.execute("PRAGMA foreign_keys = OFF")
tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'"
newer = {name for (name,) in source.execute(tables)}
for (table,) in target.execute(tables).fetchall():
    if table not in newer:
        continue
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    kept = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    names = ", ".join(column for column in columns if column in kept)
    rows = source.execute(f"SELECT {names} FROM {table}").fetchall()
    target.execute(f"DELETE FROM {table}")
    target.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(names.split(', ')))})", rows)
target.commit()
source.close()
# The rows are written into the same file, because the gateway seals a database whose file was replaced.
into = sqlite3.connect(database)
target.backup(into)
into.execute("PRAGMA wal_checkpoint(TRUNCATE)")
into.close()
target.close()
os.unlink(older)
