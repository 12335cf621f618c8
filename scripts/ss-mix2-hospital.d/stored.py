"""The stored statements of each participant in a gateway's SQLite database, without any code of the gateway.

usage: stored.py DATABASE. Standard output: {participant: {"sex": [text], "born": [text], "problems": [fact], "results": [fact]}}, with the facts of
`hospital.py`. A fact is there as often as it is stored, and the facts are sorted by their JSON.
"""

import json
import sqlite3
import sys

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
people = {}


def of(person):
    return people.setdefault(person, {"sex": [], "born": [], "problems": [], "results": []})


for person, sex, born in database.execute(
    "SELECT p.id, s.sex, s.born FROM fact_source s JOIN participant p ON p.ordinal = s.ordinal WHERE s.retired = 0"
):
    of(person)["sex"].append(sex)
    of(person)["born"].append(born)
for person, kind, code, label, status, onset, comparator, number, unit, value_code, value_text, observed in database.execute(
    """SELECT p.id, f.kind, f.code, f.label, f.status, f.onset, f.comparator, f.number, f.unit, f.value_code, f.value_text, f.observed
       FROM fact f JOIN fact_source s ON s.id = f.source JOIN participant p ON p.ordinal = s.ordinal WHERE s.retired = 0"""
):
    if kind == "disease":
        of(person)["problems"].append([code, label, status, onset])
    elif kind == "measurement":
        of(person)["results"].append([code, label, status, comparator, number, unit, value_code, value_text, observed])
    else:
        sys.exit(f"a fact of the kind {kind}")
for stated in people.values():
    stated["sex"], stated["born"] = (sorted({value for value in stated[name] if value not in (None, "unknown")}) for name in ("sex", "born"))
    for name in ("problems", "results"):
        stated[name].sort(key=json.dumps)
json.dump(people, sys.stdout, ensure_ascii=False)
