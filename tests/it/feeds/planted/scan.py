"""Looks for planted values in files and in the rows of databases, in every form in which a program writes a text.

The standard input is JSON: `needles` (value: place), `places` (files and folders), and `tables` (databases whose rows are read as well, because a value can
be divided over several pages of the file). The standard output is JSON: `found` (the place of each value that was found, and where), `files` and
`bytes` (how much was read), and `rows`.
"""

import base64
import gzip
import json
import os
import sqlite3
import sys
import urllib.parse
import zlib

asked = json.load(sys.stdin)


def forms(value):
    """The byte sequences that mean the value."""
    utf8 = value.encode()
    found = {utf8, value.encode("utf-16-le"), value.encode("utf-16-be"), urllib.parse.quote(value, safe="").encode()}
    found.add(urllib.parse.quote(value, safe="").lower().encode())
    found.add(json.dumps(value)[1:-1].encode())
    found.add(value.encode("ascii", "xmlcharrefreplace"))
    found |= {utf8.hex().encode(), utf8.hex().upper().encode(), value.lower().encode(), value.upper().encode()}
    for encoding in ("cp932", "euc_jp", "iso-2022-jp"):
        found.add(value.encode(encoding, "ignore"))
    # Base64 at each of the three positions of a byte. The characters at the edges also depend on the neighbours.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + utf8).rstrip(b"=")
        inner = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (len(utf8) + shift) % 3 else 0)]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


# The forms by their first eight bytes, so that each position of a file needs one look-up.
STARTS = {}
for value, place in asked["needles"].items():
    for form in forms(value):
        if len(form) >= 8:
            STARTS.setdefault(form[:8], []).append((form, place, form == value.encode() and value[-1].isdigit()))
found, files, size, rows = {}, 0, 0, 0


def scan(name, content):
    for at in range(len(content) - 7):
        for form, place, ends_with_digit in STARTS.get(content[at : at + 8], ()):
            # A value whose end is a digit must not be the start of a longer number.
            if content.startswith(form, at) and not (ends_with_digit and content[at + len(form) : at + len(form) + 1].isdigit()):
                found.setdefault(place, set()).add(name)
    for opened in unpacked(content):
        scan(name + " (unpacked)", opened)


def unpacked(content):
    """The content of a compressed file."""
    try:
        if content[:2] == b"\x1f\x8b":
            yield gzip.decompress(content)
        elif content[:2] in (b"\x78\x9c", b"\x78\x01", b"\x78\xda"):
            yield zlib.decompress(content)
    except (OSError, EOFError, zlib.error):
        return


for place in asked["places"]:
    paths = [place] if os.path.isfile(place) else [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names]
    for path in sorted(paths):
        scan(path, os.fsencode(path))
        if os.path.isfile(path):
            with open(path, "rb") as file:
                content = file.read()
            files, size = files + 1, size + len(content)
            scan(path, content)
for path in asked["tables"]:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.text_factory = bytes
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in database.execute(f'SELECT * FROM "{table.decode()}"'):
            rows += 1
            for value in row:
                scan(f"{path} table {table.decode()}", value if isinstance(value, bytes) else str(value).encode())
print(json.dumps({"found": {place: sorted(where) for place, where in sorted(found.items())}, "files": files, "bytes": size, "rows": rows}, ensure_ascii=False))
