"""Sends paired requests for hidden and unknown ids of a demo programme; see scripts/hidden-timing."""

import http.client
import json
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

binary, pairs, report = sys.argv[1], int(sys.argv[2]), sys.argv[3]
PERSONA = "domestic-academic"
OPERATIONS = {
    "DRS object": ("GET", "/ga4gh/drs/v1/objects/{id}"),
    "DRS access URL": ("GET", "/ga4gh/drs/v1/objects/{id}/access/https"),
    "htsget reads": ("GET", "/htsget/reads/{id}"),
    "htsget variants, a region": ("GET", "/htsget/variants/{id}?referenceName=chr1&start=0&end=1000"),
}


def run(*arguments):
    return subprocess.run([binary, *arguments], check=True, capture_output=True, text=True).stdout


def area_under_curve(one, other):
    """Returns the share of pairs in which a time of `other` is greater than a time of `one`; ties count half (Mann-Whitney)."""
    ordered = sorted([(t, 0) for t in one] + [(t, 1) for t in other])
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        middle = (at + end + 1) / 2
        ranks += middle * sum(kind for _, kind in ordered[at:end])
        at = end
    return (ranks - len(other) * (len(other) + 1) / 2) / (len(one) * len(other))


class Asker:
    def __init__(self, base, token):
        parts = urlsplit(base)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path):
        begun = time.perf_counter_ns()
        self.connection.request(method, path, headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return time.perf_counter_ns() - begun, answer.status


def hidden_ids(folder):
    """Withdraws a participant with files and returns the ids of these files."""
    config = f"{folder}/gateway.toml"
    listed = json.loads(run("objects", "list", "--json", "--config", config))
    owners = sorted({item["participant"] for item in listed if item["participant"] and not item["joint"]})
    leaver = owners[0]
    run("consent", "withdraw", leaver, "--config", config)
    return [item["id"] for item in listed if item["participant"] == leaver]


def main():
    with tempfile.TemporaryDirectory(prefix="gemj-hidden-timing-") as folder:
        server = subprocess.Popen(
            [binary, "demo", "--dir", folder, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            base = next(line.split("listening on ")[1].strip() for line in server.stdout if "listening on " in line)
            hidden = hidden_ids(folder)
            token = run("demo-passport", "--dir", folder, "--persona", PERSONA).strip()
            rows = []
            for caller, presented in [("with a passport", token), ("anonymous", None)]:
                asker = Asker(base, presented)
                for name, (method, template) in OPERATIONS.items():
                    rows.append((name, caller, *measure(asker, method, template, hidden)))
        finally:
            server.terminate()
            server.wait()
    write(rows)


def measure(asker, method, template, hidden):
    times = {"hidden": [], "unknown": []}
    for number in range(pairs + 20):
        asked = {"hidden": random.choice(hidden), "unknown": f"gemj.{secrets.token_hex(16)}"}
        kinds = random.sample(list(asked), 2)
        answers = {kind: asker.ask(method, template.format(id=asked[kind])) for kind in kinds}
        assert answers["hidden"][1] == answers["unknown"][1], answers
        # The first 20 requests only fill caches and are not counted.
        if number >= 20:
            for kind in kinds:
                times[kind].append(answers[kind][0])
    medians = [statistics.median(times[kind]) / 1000 for kind in ("unknown", "hidden")]
    return *medians, area_under_curve(times["unknown"], times["hidden"])


def write(rows):
    lines = [
        "# The time of refusals: hidden and unknown ids",
        "",
        f"`scripts/hidden-timing {pairs}`: pairs in random order over one connection, medians in microseconds, area under the ROC curve (0.5 is chance).",
        "",
        "| operation | caller | unknown | hidden | ratio | area |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, caller, unknown, hidden, area in rows:
        lines.append(f"| {name} | {caller} | {unknown:.0f} | {hidden:.0f} | {hidden / unknown:.3f} | {area:.3f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    with open(report, "w") as file:
        file.write(text)
    sys.exit(any(abs(row[-1] - 0.5) > 0.05 for row in rows))


main()
