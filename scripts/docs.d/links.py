"""Checks every link of the built book: each relative link must lead to a file, and each anchor to an element with this id.

    python3 links.py BOOK
"""

import pathlib
import sys
import urllib.parse
from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.ids.add(value)


book = pathlib.Path(sys.argv[1]).resolve()
pages = {path: Page(path) for path in book.rglob("*.html") if path.name not in ("print.html", "toc.html")}
faults, checked = [], 0
for path, page in pages.items():
    for link in sorted(page.links):
        parts = urllib.parse.urlsplit(link)
        # The page for unknown addresses has absolute links of the site.
        if parts.scheme or parts.netloc or path.name == "404.html":
            continue
        checked += 1
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target = target / "index.html"
        if not target.exists():
            faults.append(f"{path.relative_to(book)}: {link}: no such file")
        elif parts.fragment and target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].ids:
            faults.append(f"{path.relative_to(book)}: {link}: no such anchor")
print("\n".join(faults) or f"{checked} links of {len(pages)} pages are good")
sys.exit(bool(faults) or len(pages) < 50)
