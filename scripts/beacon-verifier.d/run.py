"""Runs the verifier and writes the report: `run.py VERIFIER VERSION GATEWAY SCHEMAS SCRATCH REPORT`."""

import json
import os
import signal
import subprocess
import sys
import time

from endpoints import endpoints, mapped
from installation import Installation
from process import end_with_parent
from proxy import Proxy
from report import first_line, revision, say
from schemas import FRAMEWORK, MODEL, prepared, with_endpoints

# The demo's participants have variants in this range: BRCA1.
VARIANTS = "assemblyId=GRCh38&referenceName=17&start=43000000&end=43200000"


def verified(verifier, schemas, proxy, asked):
    """Returns (name, path, valid, error) for every endpoint. The verifier always exits with 0, so its output is parsed."""
    with_endpoints(schemas, asked)
    command = [verifier, "--framework", f"file://{schemas}/{FRAMEWORK}", "--model", f"file://{schemas}/{MODEL}", proxy.url]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, preexec_fn=end_with_parent)
    try:
        found = json.loads(ran.stdout)["entities"]
    except (json.JSONDecodeError, KeyError):
        # The verifier panics on some malformed answers. A panic counts as a failure.
        raise SystemExit(f"the verifier gave no result: {ran.stderr[-3000:]}") from None
    return [
        (entity, of["url"].removeprefix(proxy.url), of["valid"], of["error"])
        for entity, reports in found.items()
        for of in reports
    ]  # fmt: skip


def table(rows, proxy):
    lines = ["| entity | path | status and granularity | result of the verifier |", "| --- | --- | --- | --- |"]
    for entity, path, valid, error in sorted(rows, key=lambda row: row[1]):
        status, body = proxy.ask(path)
        granularity = json.loads(body).get("meta", {}).get("returnedGranularity", "") if status == 200 else ""
        words = {True: "valid", False: "**not valid**", None: "**no answer**"}[valid]
        # An id depends on the installation and the approval, so the report shows a placeholder.
        parts = path.split("/")
        shown = "/".join(parts[:2] + ["{id}"] + parts[3:]) if len(parts) > 2 and path.count("/") > 1 else path
        lines.append(f"| {entity} | `{shown}` | {status} {granularity} | {words}{': ' + ' '.join(error.split())[:300] if error else ''} |")
    return "\n".join(lines) + "\n"


def main(verifier, version, binary, tree, scratch, report):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    schemas = prepared(tree, scratch)
    installation = Installation(binary, os.path.join(scratch, "programme"))
    token = installation.passport()
    server = installation.serve()
    sections, bad = [], 0
    try:
        for who, credentials in [("Anonymous caller", None), ("A researcher with an approval that delivers data", token)]:
            with Proxy(server.port, credentials, VARIANTS) as proxy:
                say(who)
                described = mapped(proxy.json)
                variant = first_variant(Proxy(server.port, token, VARIANTS))
                asked = endpoints(proxy.json, described, variant)
                rows = verified(verifier, schemas, proxy, asked)
                wrong = [row for row in rows if row[2] is not True]
                bad += len(wrong)
                sections.append(f"## {who}\n\n{len(rows) - len(wrong)} of {len(rows)} valid.\n\n{table(rows, proxy)}")
        with Proxy(server.port, token, VARIANTS, spoilt=True) as proxy:
            say("A control")
            rows = verified(verifier, schemas, proxy, asked)
            caught = {path for _, path, valid, _ in rows if valid is not True}
            people = {path for entry, path in asked if entry == "individual"}
            if caught != people or not people:
                raise SystemExit(f"the control found {sorted(caught)} and not {sorted(people)}")
            sections.append(f"## Control\n\nThe proxy removed `sex` from every record of a participant. The verifier then rejected the answers of all {len(people)} paths that list participants, and no other answers.\n")
    finally:
        server.stop()
    text = f"""# The official Beacon verifier, {time.strftime("%Y-%m-%d", time.gmtime())}

`beacon-verifier` {version} tested the demo, revision {revision()}, {first_line(binary, "--version")}. Command: `scripts/beacon-verifier SCHEMAS`, where
SCHEMAS is the official tree of v2.1.1 with VRS 1.3.

The verifier has faults, and the script works around them. Except for the control below, the script changes no answer of the gateway.

* The verifier cannot resolve relative references of schemas without `$id`. The script gives each schema an absolute `$id` and makes references to the
  network local.
* The verifier always exits with 0, and panics on some malformed answers. The script reads the printed result; a missing result is a failure.
* The verifier sends no token and no parameters. A proxy on loopback adds both, because the gateway refuses a query of variants without parameters.
* The verifier reads ids of variants and of collections from members that the specification does not define. It judges result sets below a dataset or
  cohort as collections. The script therefore gives it a map with each path by itself, with ids from the gateway's answers.
* The verifier panics on paths below an entry that return filtering terms, so the script does not name these paths. The verifier does not test
  `/filtering_terms`, `/service-info` and POST either; `ga4gh-conformance` tests them.

{chr(10).join(sections)}"""
    with open(report, "w") as file:
        file.write(text)
    say(f"{bad} not valid; {report}")
    sys.exit(1 if bad else 0)


def first_variant(proxy):
    sets = proxy.json("/g_variants").get("response", {}).get("resultSets", [])
    records = [record for of in sets for record in of["results"]]
    if not records:
        raise SystemExit(f"no variant of the demo is in {VARIANTS}")
    return records[0]["variantInternalId"]


main(*sys.argv[1:])
