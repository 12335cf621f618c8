"""Holds a read transaction on an SQLite database until standard input ends, so that its journal cannot be emptied. Prints `held` when it begins."""

import sqlite3
import sys

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
database.execute("BEGIN")
database.execute("SELECT COUNT(*) FROM participant").fetchall()
print("held", flush=True)
sys.stdin.read()
