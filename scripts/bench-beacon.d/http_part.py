"""Measures Beacon over HTTP: one gateway with SQLite and a folder, and a joint BCF of 1,000 participants."""

import hashlib
import http.client
import json
import os
import time
from urllib.parse import quote

from made import FEW
from installation import Installation
from process import children_cpu_s, output_of
from rows import Section, times
from wrk import wrk

CONNECTIONS = (1, 8)
SECONDS = 5


def measure_http(binary, people, scratch):
    section = Section(
        "Beacon over HTTP",
        [
            "One gateway with SQLite and a folder, two workers, the client on the same cores. The gateway decides on each query, under the policy that it",
            "reads after the query arrived, and records it in the audit chain. The floor is `GET /healthz` of the same gateway, without decision and record.",
        ],
    )
    gateway = Installation(binary, os.path.join(scratch, "programme"))
    with open(os.path.join(people, "consented.txt")) as file:
        agreeing = [line.strip() for line in file]
    gateway.write("bench-samples.csv", "sample,participant,specimen,family,sex", *(f"S{n},S{n},S{n}-S,,unknown" for n in range(FEW)))
    sheet = gateway.write(
        "bench.csv",
        "dataset,participant,specimen,family,sex,assembly,path,samples_path",
        f"cancer,,,,,GRCh38,{people}/people.bcf,bench-samples.csv",
    )
    before = children_cpu_s()
    begin = time.monotonic()
    gateway.load(sheet, ["2"])
    wall, cpu = time.monotonic() - begin, children_cpu_s() - before
    before = children_cpu_s()
    begin = time.monotonic()
    output_of(["bcftools", "view", "--no-version", "-Ou", "-o", "/dev/null", f"{people}/people.bcf"])
    floor_wall, floor_cpu = time.monotonic() - begin, children_cpu_s() - before
    section.add("`load` of the joint file, CPU; decoded by bcftools", f"{cpu:.2f} s", f"{floor_cpu:.2f} s", times(cpu / floor_cpu))
    section.add("`load` of the joint file, wall; decoded by bcftools", f"{wall:.2f} s", f"{floor_wall:.2f} s", times(wall / floor_wall))
    gateway.consent(agreeing)
    token = gateway.passport()
    with open(os.path.join(people, "questions.tsv")) as file:
        questions = [line.rstrip("\n").split("\t") for line in file]
    server = gateway.serve()
    try:
        for words, kind in [("one allele", "exact"), ("10 kb", "window")]:
            paths = gateway.write(f"{kind}.txt", *(path(question) for question in questions if question[0] == kind))
            for who, credentials in [("public, boolean", None), ("controlled, count", token)]:
                for connections in CONNECTIONS:
                    load = wrk(server, "questions.lua", connections, SECONDS, token=credentials, questions=paths)
                    section.add(
                        f"{words}, {who}, {connections} connections",
                        f"{load.p50_ms:.2f} ms, p99 {load.p99_ms:.2f} ms, {load.rate:,.0f}/s",
                        target="no errors", met=load.errors == 0,
                    )  # fmt: skip
        floor = gateway.write("healthz.txt", "/healthz")
        for connections in CONNECTIONS:
            load = wrk(server, "questions.lua", connections, SECONDS, questions=floor)
            section.add(f"floor: `/healthz`, {connections} connections", f"{load.p50_ms:.2f} ms, p99 {load.p99_ms:.2f} ms, {load.rate:,.0f}/s")
        withdrawal(section, gateway, server, token, people)
    finally:
        server.stop()
    return section


def path(question, granularity="count"):
    place = f"/beacon/g_variants?assemblyId=GRCh38&referenceName=22&requestedGranularity={granularity}&start={question[1]}"
    if question[0] == "exact":
        return f"{place}&referenceBases={quote(question[2])}&alternateBases={quote(question[3])}"
    return f"{place}&end={question[2]}"


def withdrawal(section, gateway, server, token, people):
    """Withdraws a participant and checks that the next answer does not count the participant and that no file of the index has changed."""
    with open(os.path.join(people, "consented.txt")) as file:
        agreeing = {int(line[1:]) for line in file}
    carriers = {}
    with open(os.path.join(people, "rows.csv")) as file:
        next(file)
        for line in file:
            start, reference, alternate, person, _ = line.split(",")
            carriers.setdefault((start, reference, alternate), []).append(int(person))
            if len(carriers) > 2_000:
                break
    allele, person = next((allele, of[0]) for allele, of in carriers.items() if len(of) == 1 and of[0] in agreeing)
    asked = path(["exact", *allele])
    index = os.path.join(gateway.folder, "objects")
    before, held = exists(server, token, asked), digest(index)
    begin = time.monotonic()
    gateway.run("consent", "withdraw", f"S{person}")
    committed = time.monotonic()
    after = exists(server, token, asked)
    answered = time.monotonic()
    ok = before and not after and digest(index) == held
    section.add("the only carrier withdraws: the next answer is no", "yes" if ok else "NO", target="yes, no byte of the store changed", met=ok)
    section.add("command of the withdrawal; the answer after it", f"{1000 * (committed - begin):.0f} ms; {1000 * (answered - committed):.1f} ms")


def exists(server, token, asked):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", asked, headers={"Authorization": f"Bearer {token}"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer["responseSummary"]["exists"]


def digest(folder):
    held = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            with open(os.path.join(place, name), "rb") as file:
                held.update(name.encode())
                held.update(hashlib.file_digest(file, "sha256").digest())
    return held.hexdigest()
