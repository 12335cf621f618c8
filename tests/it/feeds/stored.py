"""Lists the stored facts of four feeds from a gateway's SQLite database, without any code of the gateway."""

import json
import sqlite3
import sys

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)

people = {}
sources = database.execute(
    """SELECT p.id, s.profile, s.sex, s.born, s.id FROM fact_source s JOIN participant p ON p.ordinal = s.ordinal
       WHERE s.retired = 0 AND s.profile <> 'phenopacket'"""
)
for person, profile, sex, born, source in sources.fetchall():
    said = people.setdefault(person, {}).setdefault(
        profile, {"sex": set(), "born": set(), "disease": set(), "measurement": set(), "phenotype": set(), "specimen": set()}
    )
    said["sex"].add(sex)
    said["born"].add(born)
    rows = database.execute(
        "SELECT kind, code, status, label, COALESCE(onset, observed), comparator, number, unit FROM fact WHERE source = ?", (source,)
    )
    for kind, *rest in rows.fetchall():
        said[kind].add(json.dumps(rest, ensure_ascii=False))
    rows = database.execute("SELECT specimen, kind_code, collected FROM specimen_statement WHERE source = ?", (source,))
    said["specimen"] |= {json.dumps(row) for row in rows.fetchall()}

print(json.dumps({p: {f: {k: sorted(map(str, v)) for k, v in s.items()} for f, s in said.items()} for p, said in people.items()}))
