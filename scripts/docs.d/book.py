"""Copies the pages for the book.

    python3 book.py DOCS FOLDER

The copy of SUMMARY.md also lists the decision records and the reports, so that a new one needs no line there. A link to the sources or to a folder becomes plain text, because the book does not contain them. mdBook writes README.md as index.html, but does not change
links to README.md.
"""

import pathlib
import re
import shutil
import sys


def title(path):
    return re.search(r"^# (.+)$", path.read_text(), re.M).group(1)


docs, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
shutil.copytree(docs, folder, dirs_exist_ok=True)
for page in folder.rglob("*.md"):
    place = (docs / page.relative_to(folder)).parent

    def inside(link):
        text, address = link.groups()
        target = address.split("#")[0]
        if not target or "://" in target:
            return link.group(0)
        path = (place / target).resolve()
        if path.is_dir() or not path.is_relative_to(docs):
            return text
        return f"[{text}]({address.replace('README.md', 'index.md')})"

    if page.name != "SUMMARY.md":
        page.write_text(re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", inside, page.read_text()))

summary = folder / "SUMMARY.md"
records = [f"    - [{title(page)}](decisions/{page.name})" for page in sorted((docs / "decisions").glob("0*.md"))]
reports = [f"- [{title(page)}](reports/{page.name})" for page in sorted((docs / "reports").glob("*.md"))]
text = re.sub(r"(\(decisions/README\.md\)\n)", lambda line: line.group(1) + "\n".join(records) + "\n", summary.read_text())
summary.write_text(text + "\n# Reports\n\n" + "\n".join(reports) + "\n")
