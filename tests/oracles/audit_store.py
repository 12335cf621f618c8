"""Makes the audit store of an SQLite database refuse the rows of serving processes or accept them again, and lists the stored rows.

Standard input: {"database": path, "do": "refuse" | "accept" | "list"}
Standard output: {"rows": [{"action": ..., "actor": ..., "resource": ..., "row_count": ...}, ...]} of the chains of serving processes
"""
import json, sqlite3, sys

asked = json.load(sys.stdin)
database = sqlite3.connect(asked["database"], timeout=30)
if asked["do"] == "refuse":
    database.execute(
        "CREATE TRIGGER refuse_audit BEFORE INSERT ON audit_row WHEN NEW.chain <> 'operations' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
elif asked["do"] == "accept":
    database.execute("DROP TRIGGER refuse_audit")
database.commit()
rows = database.execute("SELECT action, actor, resource, row_count FROM audit_row WHERE chain <> 'operations' ORDER BY chain, sequence")
json.dump(dict(rows=[dict(zip(("action", "actor", "resource", "row_count"), row)) for row in rows]), sys.stdout)
