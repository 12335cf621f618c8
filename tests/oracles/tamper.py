"""Changes an audit trail in an SQLite database, as a person with access to the file could.

Standard input: {"database": path, "how": "update" | "delete" | "swap" | "cut", "sequence": n}
Standard output: {"chain": the chain, "rows": its number of rows before the change}
"""
import json, sqlite3, sys

asked = json.load(sys.stdin)
database = sqlite3.connect(asked["database"])
database.execute("PRAGMA foreign_keys = OFF")
# The chain of a serving process, not the chain of the command line.
chain, rows = database.execute(
    "SELECT chain, COUNT(*) FROM audit_row WHERE chain <> 'operations' GROUP BY chain ORDER BY COUNT(*) DESC LIMIT 1"
).fetchone()
at = asked["sequence"]
if asked["how"] == "update":
    database.execute("UPDATE audit_row SET verdict = CASE verdict WHEN 'deny' THEN 'allow' ELSE 'deny' END WHERE chain = ? AND sequence = ?", (chain, at))
elif asked["how"] == "delete":
    database.execute("DELETE FROM audit_row WHERE chain = ? AND sequence = ?", (chain, at))
elif asked["how"] == "cut":
    database.execute("DELETE FROM audit_row WHERE chain = ? AND sequence >= ?", (chain, at))
elif asked["how"] == "swap":
    for before, after in [(at, -1), (at + 1, at), (-1, at + 1)]:
        database.execute("UPDATE audit_row SET sequence = ? WHERE chain = ? AND sequence = ?", (after, chain, before))
database.commit()
json.dump(dict(chain=chain, rows=rows), sys.stdout)
