"""Renames a table of an SQLite database, so that statements about the table fail.

Standard input: {"database": path, "from": name, "to": name}
Standard output: {}
"""
import json, sqlite3, sys

asked = json.load(sys.stdin)
database = sqlite3.connect(asked["database"], timeout=30)
# Without this setting, SQLite would also rename the table in the statements of other tables.
database.execute("PRAGMA legacy_alter_table = ON")
database.execute(f'ALTER TABLE {asked["from"]} RENAME TO {asked["to"]}')
database.commit()
json.dump({}, sys.stdout)
