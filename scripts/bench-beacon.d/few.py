"""Sends the same queries for 1,000 participants to every kind of store in use."""

import os
import sqlite3
import statistics
import subprocess
import time

import duckdb
from made import FEW
from rows import Section, times
from said import duration, said

# The number of queries of each kind that the slow peers answer.
SLOW = 20


def measure_few(store, people, scratch):
    found = said([store, "answer", people, str(FEW)])
    with open(os.path.join(people, "questions.tsv")) as file:
        questions = [line.rstrip("\n").split("\t") for line in file]
    answers = [tuple(map(int, found[f"answer {number}"].split("\t"))) for number in range(len(questions))]
    section = Section(
        "1,000 people, against what is in use",
        [
            "Every store applies consent: a bitmap in the gateway, a joined table in DuckDB and SQLite, `-S` of bcftools. The answer is the number of variants that",
            "participants with consent carry, and the number of copies that they carry. The figures are medians over the queries. Each store is warm. bcftools starts a",
            "process for each query, like a Beacon that reads files.",
        ],
    )
    kinds = {"exact": "one allele", "window": "10 kb"}
    section.add("bytes a variant", f"{int(found['ingest bytes']) / int(found['ingest variants']):.0f}", f"{int(found['blobs bytes']) / int(found['ingest variants']):.0f} (blobs)")
    peers = [
        ("SQLite blobs", {kind: int(found[f"{kind} blobs p50"]) for kind in kinds}),
        ("bcftools view -S -r", asked(questions, answers, lambda question: bcftools(people, question), SLOW)),
        ("DuckDB over Parquet", asked(questions, answers, Parquet(people, scratch).ask, SLOW)),
        ("SQLite rows and a join", asked(questions, answers, Rows(people, scratch).ask, None)),
    ]
    for kind, words in kinds.items():
        ours = int(found[f"{kind} index p50"])
        for name, theirs in peers:
            section.add(f"{words}: {name}", duration(ours), duration(theirs[kind]), times(theirs[kind] / ours) + " as long")
    section.add("answers of all stores", "equal", met=True, target="equal")
    return section


def asked(questions, answers, ask, most):
    """Returns median times by kind of query, in nanoseconds. Raises if an answer differs."""
    taken = {}
    for question, answer in zip(questions, answers, strict=True):
        of_kind = taken.setdefault(question[0], [])
        if most and len(of_kind) >= most:
            continue
        ask(question)
        begin = time.perf_counter_ns()
        said = ask(question)
        of_kind.append(time.perf_counter_ns() - begin)
        if said != answer:
            raise ValueError(f"{question}: {said} and not {answer}")
    return {kind: statistics.median(values) for kind, values in taken.items()}


def bcftools(people, question):
    """Counts variants and alleles with `bcftools view` of the participants who consented."""
    kind, start = question[0], int(question[1])
    if kind == "exact":
        # The region contains every allele at this position; the filter below selects the requested allele.
        reference, alternate = question[2], question[3]
        is_anchored = not (reference and alternate)
        position = start if is_anchored else start + 1
        anchor = "C" if is_anchored else ""
        region, wanted = f"chr22:{position}-{position}", (str(position), anchor + reference, anchor + alternate)
    else:
        region, wanted = f"chr22:{start + 1}-{question[2]}", None
    view = subprocess.Popen(
        ["bcftools", "view", "--no-version", "-Ou", "-S", f"{people}/consented.txt", "-c", "1", "-G", "-r", region, f"{people}/people.bcf"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    rows = [line.split("\t") for line in _query(view).splitlines()]
    counts = [int(row[3]) for row in rows if wanted is None or tuple(row[:3]) == wanted]
    return len(counts), sum(counts)


def _query(view):
    ran = subprocess.run(["bcftools", "query", "-f", "%POS\t%REF\t%ALT\t%AC\n"], stdin=view.stdout, capture_output=True, text=True, check=True)
    if view.wait() != 0:
        raise ValueError("bcftools view failed")
    return ran.stdout


EXACT = """
    SELECT count(DISTINCT start), coalesce(sum(copies), 0) FROM {rows} AS c JOIN consented USING (person)
    WHERE start = ? AND reference = ? AND alternate = ?
"""
WINDOW = """
    SELECT count(*), coalesce(sum(alleles), 0) FROM (
        SELECT start, reference, alternate, sum(copies) AS alleles FROM {rows} AS c JOIN consented USING (person)
        WHERE start >= ? AND start < ? GROUP BY start, reference, alternate
    ) variant
"""


def consented(people):
    with open(os.path.join(people, "consented.txt")) as file:
        return [(int(line[1:]),) for line in file]


class Parquet:
    """DuckDB over one Parquet file of carriers, sorted by variant."""

    def __init__(self, people, scratch):
        path = os.path.join(scratch, "rows.parquet")
        self.connection = duckdb.connect()
        self.connection.execute(
            f"""COPY (SELECT * FROM read_csv('{people}/rows.csv', nullstr='NULL', columns={{'start': 'UINTEGER', 'reference': 'VARCHAR',
                'alternate': 'VARCHAR', 'person': 'UINTEGER', 'copies': 'UTINYINT'}}, header=true)) TO '{path}' (FORMAT parquet)"""
        )
        self.connection.execute("CREATE TABLE consented (person UINTEGER)")
        self.connection.executemany("INSERT INTO consented VALUES (?)", consented(people))
        self.rows = f"'{path}'"

    def ask(self, question):
        return ask_sql(self.connection, self.rows, question)


class Rows:
    """SQLite with one row for each carrier, keyed like the queries, joined with the table of consents."""

    def __init__(self, people, scratch):
        self.connection = sqlite3.connect(os.path.join(scratch, "rows.db"))
        self.connection.executescript(
            """PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA mmap_size = 8000000000; PRAGMA cache_size = -1000000;
            CREATE TABLE carrier (start INTEGER, reference TEXT, alternate TEXT, person INTEGER, copies INTEGER,
                PRIMARY KEY (start, reference, alternate, person)) WITHOUT ROWID;
            CREATE TABLE consented (person INTEGER PRIMARY KEY);"""
        )
        with open(os.path.join(people, "rows.csv")) as file:
            next(file)
            self.connection.executemany("INSERT INTO carrier VALUES (?, ?, ?, ?, ?)", (line.rstrip("\n").split(",") for line in file))
        self.connection.executemany("INSERT INTO consented VALUES (?)", consented(people))
        self.connection.commit()
        self.connection.execute("ANALYZE")

    def ask(self, question):
        return ask_sql(self.connection, "carrier", question)


def ask_sql(connection, rows, question):
    if question[0] == "exact":
        query, values = EXACT, [int(question[1]), question[2], question[3]]
    else:
        query, values = WINDOW, [int(question[1]), int(question[2])]
    found = connection.execute(query.format(rows=rows), values).fetchone()
    return int(found[0]), int(found[1])
