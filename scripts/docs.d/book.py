"""Copies the pages for the book.

    python3 book.py DOCS FOLDER

A link that leaves DOCS (to the sources) becomes plain text, because the book does not contain the sources.
"""

import pathlib
import re
import shutil
import sys

docs, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
shutil.copytree(docs, folder, dirs_exist_ok=True)
for page in folder.rglob("*.md"):
    place = (docs / page.relative_to(folder)).parent

    def inside(link):
        target = link.group(2).split("#")[0]
        leaves = target and "://" not in target and not (place / target).resolve().is_relative_to(docs)
        return link.group(1) if leaves else link.group(0)

    page.write_text(re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", inside, page.read_text()))
