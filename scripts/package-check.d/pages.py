"""Checks that an installed package has a manual page and completions for every command of the program: pages.py ROOT"""

import gzip
import pathlib
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
program = root / "usr/bin/gemj-gateway"
completions = [
    (root / "usr/share/bash-completion/completions/gemj-gateway").read_text(),
    (root / "usr/share/zsh/vendor-completions/_gemj-gateway").read_text(),
    (root / "usr/share/fish/vendor_completions.d/gemj-gateway.fish").read_text(),
]
faults = []


def commands(words):
    """The commands below a command, from its own help."""
    text = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"}).stdout
    below = text.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0] if "\nCommands:\n" in text else ""
    names = [line.split()[0] for line in below.splitlines() if line.startswith("  ") and line[2] != " "]
    return [name for name in names if name != "help"]


waiting, count = [[]], 0
while waiting:
    words = waiting.pop()
    count += 1
    page = root / "usr/share/man/man1" / ("-".join(["gemj-gateway", *words]) + ".1.gz")
    if not page.is_file():
        faults.append(f"{page.name} is missing")
    elif ".SH NAME" not in gzip.decompress(page.read_bytes()).decode():
        faults.append(f"{page.name} has no name")
    faults += [f"no completion of {words[-1]}" for text in completions if words and words[-1] not in text]
    waiting += [words + [name] for name in commands(words)]
if count < 40:
    faults.append(f"only {count} commands were found")
print("\n".join(faults) if faults else f"good: {count} commands have manual pages and completions")
sys.exit(bool(faults))
