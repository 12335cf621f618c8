"""The number of facts in the database of a gateway by kind, code and status, as JSON."""

import json
import sqlite3
import sys

rows = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(
    "SELECT f.kind, f.code, f.status, COUNT(*) FROM fact f JOIN fact_source s ON s.id = f.source WHERE s.retired = 0 GROUP BY 1, 2, 3"
)
print(json.dumps({" ".join(row[:3]): row[3] for row in rows}))
