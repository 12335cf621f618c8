"""Writes the reference pages from the program itself.

    python3 reference.py GATEWAY REPOSITORY FOLDER

GATEWAY is the program `gemj-gateway`, REPOSITORY the folder of the sources, and FOLDER gets commands.md, configuration.md and denials.md.

commands.md is the help of every command. configuration.md is the file that `config default` prints, with the list of settings that only a restart changes from
the source of `reload`. denials.md is the answer of `/access/v1/denials`.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import tomllib
import urllib.error
import urllib.request

gateway, repository, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
WRITTEN = "<!-- Written by `scripts/docs reference` from the program. Do not edit this page. -->\n"
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


def output(*arguments):
    return subprocess.run([gateway, *arguments], capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


# Commands -------------------------------------------------------------------------------------------------------------------------------------------------


def subcommands(text):
    """The names of the subcommands in a help text, without `help`."""
    listed = re.search(r"^Commands:\n((?:  .*\n|\n)+)", text, re.M)
    names = re.findall(r"^  ([a-z][a-z0-9-]*)(?:  |$)", listed.group(1), re.M) if listed else []
    return [name for name in names if name != "help"]


def commands():
    pages, queue = [], [[]]
    while queue:
        path = queue.pop(0)
        text = output(*path, "--help")
        pages.append((path, text))
        queue[0:0] = [[*path, name] for name in subcommands(text)]
    lines = [
        WRITTEN,
        "# Commands",
        "",
        "This page lists every command of `gemj-gateway` with its arguments, options and defaults, as `--help` prints them.",
        "",
        "Exit codes: 0 if everything was done, 1 if a part was refused, 2 if nothing could be done ([operations.md](../operations.md)). The only environment",
        "variable of the program itself is `GEMJ_LOG` (`info`, `debug`, or per crate), which sets the level of the log.",
        "",
        "| command | what it does |",
        "| --- | --- |",
    ]
    for path, text in pages[1:]:
        name = " ".join(path)
        about = text.split("\n\n")[0]
        lines.append(f"| [`{name}`](#{name.replace(' ', '-')}) | {cell(about)} |")
    for path, text in pages:
        name = " ".join(path) or "gemj-gateway"
        lines += ["", f"## {name}", "", "```text", text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


# Configuration --------------------------------------------------------------------------------------------------------------------------------------------

# The sections that have no explanation of their own in the file.
ABOUT = {
    "server": "The addresses of the gateway, and the proxies in front.",
    "service": "What the gateway states about itself in GA4GH service-info.",
    "database": "The catalogue's database.",
    "objects": "Where the bytes of files and of the carrier index are stored.",
    "capabilities": "The installation's key, and the life of signed URLs.",
    "privacy": "What answers of the public and registered tiers may reveal.",
    "policy": "Rules of decisions.",
    "limits": "Limits of requests and downloads.",
    "audit": "The copy of the audit chains' heads and of the ledgers outside the database.",
    "metrics": "Who may read `/metrics`.",
    "consent": "The ages of consent, and further consent forms.",
    "fhir": "FHIR of hospitals.",
    "federation": "Queries to partners.",
    "federation.partner": "A partner whose Beacon is queried. `gemj-gateway init --for partner` writes these entries.",
}
UNITS = [("_per_minute", "per minute"), ("_per_day", "per day"), ("_ms", "ms"), ("_bytes", "bytes"), ("_bp", "base pairs"), ("_age", "years"), ("_s", "s")]


def unit(key):
    if key == "anonymous_work_ms_per_minute":
        return "ms per minute"
    return next((word for end, word in UNITS if key.endswith(end) and key != "dpop_max_age_s"), "s" if key == "dpop_max_age_s" else "")


def kind(value):
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, list):
        return "list of texts"
    return "text"


def only_restart():
    source = (repository / "gateway/server/src/command/serve/reread.rs").read_text()
    body = source[source.index("fn fixed(") :]
    return set(re.findall(r'^\s*\(?\s*"([a-z0-9_.]+)",', body[: body.index("\n}\n")], re.M))


def sections():
    """The sections of the default configuration: header, explanation and keys (name, value, whether set, explanation)."""
    found, comments, current = [], [], None
    for line in (repository / "gateway/server/src/configuration/default.toml").read_text().splitlines():
        bare = line.removeprefix("# ")
        header = re.fullmatch(r"(\[\[?[a-z_.]+\]\]?)", bare)
        pair = re.fullmatch(r"([a-z_0-9.]+) = (.+)", bare)
        if not line:
            comments = []
        elif header:
            name = header.group(1).strip("[]")
            current = (header.group(1), " ".join(comments) or ABOUT.get(name, ""), [])
            found.append(current)
            comments = []
        elif pair and current:
            value = tomllib.loads(f"x = {pair.group(2)}")["x"]
            current[2].append((pair.group(1), pair.group(2), kind(value), not line.startswith("#"), " ".join(comments)))
            comments = []
        else:
            comments.append(line.removeprefix("#").strip())
    merged = {}
    for header, text, keys in found:
        if header not in merged:
            merged[header] = (header, text, [])
        known = {key[0] for key in merged[header][2]}
        merged[header][2].extend(key for key in keys if key[0] not in known)
    return list(merged.values())


def faults(text):
    with tempfile.TemporaryDirectory() as place:
        file = pathlib.Path(place, "gateway.toml")
        file.write_text(text)
        return subprocess.run([gateway, "config", "check", file], capture_output=True, text=True, env=ENVIRONMENT).stderr


def required(header, keys):
    """The keys of a section that must be stated, as `config check` says of a section without keys, and then with each key that it missed."""
    name = header.strip("[]")
    values = {key: value for key, value, *_ in keys}
    default = (repository / "gateway/server/src/configuration/default.toml").read_text()
    before, _, after = default.partition(f"\n{header}\n")
    if after:
        # The section is in the default configuration: it is replaced.
        following = re.search(r"^\[", after, re.M)
        rest = after[following.start() :] if following else ""
    else:
        before, rest = default, ""
    parent = "[[authentication.issuer]]\n" if name.startswith("authentication.issuer.") else ""
    found = []
    while True:
        text = f"{before}\n{parent}{header}\n" + "".join(f"{key} = {values[key]}\n" for key in found) + rest
        missed = [key for key in re.findall(r"missing field `([a-z_0-9]+)`", faults(text)) if key in values and key not in found]
        if not missed:
            return set(found)
        found += missed[:1]


def configuration():
    fixed = only_restart()
    lines = [
        WRITTEN,
        "# Configuration",
        "",
        "This page lists every key of `gateway.toml`. `gemj-gateway config default` prints the same keys and explanations as a file.",
        "",
        "* A section `[[name]]` may occur several times. An unknown key is an error. Paths are relative to the file.",
        "* **required**: `yes` if the section cannot be without the key. The meaning of every other key states what holds if it is absent, if that is not",
        "  the value of the default configuration.",
        "* **default configuration**: the value that `config default` and `init` write. A key without a value there is absent; the example shows its form.",
        "* **reload**: `yes` if `gemj-gateway reload` or SIGHUP uses a changed value, `restart` if only a restart does.",
        "",
        "| section | contents |",
        "| --- | --- |",
    ]
    all_sections, missing = sections(), []
    for header, text, _ in all_sections:
        name = header.strip("[]")
        lines.append(f"| [`{header}`](#{name.replace('.', '')}) | {cell(text)} |")
    for header, text, keys in all_sections:
        name = header.strip("[]")
        lines += ["", f"## {name}", "", f"`{header}`" + (f": {text}" if text else ""), ""]
        lines += ["| key | type | unit | required | default configuration | example | reload | meaning |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
        needed = required(header, keys)
        for key, value, type_, is_set, meaning in keys:
            missing.append(f"{name}.{key}") if not meaning else None
            parts = f"{name}.{key}".split(".")
            restart = any(".".join(parts[:count]) in fixed for count in range(1, len(parts) + 1))
            shown = (f"`{cell(value)}`", "") if is_set else ("", f"`{cell(value)}`")
            lines.append(f"| `{key}` | {type_} | {unit(key)} | {'yes' if key in needed else ''} | {shown[0]} | {shown[1]} | {'restart' if restart else 'yes'} | {cell(meaning)} |")
    assert not missing, f"default.toml has no explanation of {', '.join(missing)}"
    return "\n".join(lines) + "\n"


# Denials --------------------------------------------------------------------------------------------------------------------------------------------------

BODIES = """| standard | place of the code |
| --- | --- |
| htsget | `htsget.code` |
| Beacon | `error.code` |
| DRS, WES | `code`, beside `msg` |
| FHIR | `issue[0].details.coding[0].code` of the OperationOutcome |
| the gateway's own routes | `code` of the problem document (RFC 9457) |
| dry run (`/access/v1/explain`) | `reasons[].code` of a dataset, `visas[].code` of a visa |
"""


def served_denials():
    with tempfile.TemporaryDirectory() as place, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
        probe.close()
        made = ["init", "--public-url", f"http://{address}", "--listen", address, "--organization-name", "x", "--organization-url", "https://x.example"]
        made += ["--dataset", "x", "--data-use", "none"]
        subprocess.run([gateway, *made], cwd=place, check=True, capture_output=True, env=ENVIRONMENT)
        server = subprocess.Popen([gateway, "serve"], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT)
        try:
            # The first line states the address; the gateway then listens.
            server.stdout.readline()
            with urllib.request.urlopen(f"http://{address}/access/v1/denials", timeout=60) as answer:
                return json.load(answer)["denials"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def denials():
    entries = served_denials()
    lines = [
        WRITTEN,
        "# Denials",
        "",
        "This page lists every code of a refusal, with what to do. `GET /access/v1/denials` returns the same list, in English and Japanese.",
        "",
        "A client decides by the code. Texts can change. [access.md](../access.md#denials) explains the other members of a denial.",
        "",
        BODIES,
        "A code without a status refuses no request by itself: the dry run and `visas_not_used` show it.",
        "",
        "| code | status | meaning | what to do | 日本語 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for entry in entries:
        title, remedy = entry["title"], entry["remedy"]
        japanese = f"{title['ja']}。{remedy['ja']}"
        lines.append(f"| `{entry['code']}` | {entry.get('status', '')} | {cell(title['en'])} | {cell(remedy['en'])} | {cell(japanese)} |")
    return "\n".join(lines) + "\n"


folder.mkdir(parents=True, exist_ok=True)
for name, make in [("commands.md", commands), ("configuration.md", configuration), ("denials.md", denials)]:
    (folder / name).write_text(make())
