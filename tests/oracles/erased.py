"""Finds planted texts in the bytes of every file of an installation, and prints the rows of an SQLite database that do not concern one participant.

Input: {"folder", "planted": [text], "database", "participant"}. Output: {"found": {text: [file]}, "others": {table: [row]}, "purged": state or null}.
"""

import json
import pathlib
import sqlite3
import sys

TABLES = {
    "participant": "ordinal",
    "specimen": "ordinal",
    "consent_event": "ordinal",
    "object_sample": "ordinal",
    "fact_source": "ordinal",
    "fact": "ordinal",
    "observation": "ordinal",
    "linked_number": "ordinal",
    "genotype_fingerprint": "ordinal",
    "membership": "ordinal",
}

asked = json.load(sys.stdin)
found = {}
for text in asked["planted"]:
    found[text] = []
for path in sorted(pathlib.Path(asked["folder"]).rglob("*")):
    if path.is_file():
        content = path.read_bytes()
        for text in asked["planted"]:
            if text.encode() in content:
                found[text].append(str(path.relative_to(asked["folder"])))

database = sqlite3.connect(f"file:{asked['database']}?mode=ro", uri=True)
ordinal = database.execute("SELECT ordinal FROM participant WHERE id = ?", [asked["participant"]]).fetchone()[0]
others = {}
for table, column in TABLES.items():
    rows = database.execute(f"SELECT * FROM {table} WHERE {column} IS NULL OR {column} <> ?", [ordinal]).fetchall()
    others[table] = sorted(repr(row) for row in rows)
purged = database.execute("SELECT state FROM purge WHERE ordinal = ?", [ordinal]).fetchone()
json.dump({"found": found, "others": others, "purged": purged and purged[0]}, sys.stdout)
