"""Measures the carrier index and Beacon and writes the report: `run.py STORE_BENCH GATEWAY DATA SCRATCH REPORT`."""

import os
import signal
import sys
import time

from few import measure_few
from http_part import measure_http
from made import made_people, made_wide
from many import measure_ingest, measure_many
from report import first_line, machine, revision, say


def main(store, gateway, data, scratch, report):
    # SIGTERM raises SystemExit, so that every `finally` runs and no server remains.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load_before = os.getloadavg()[0]
    if load_before > 1:
        say(f"the machine is busy (load average {load_before:.1f}): the figures will mean little")
    started = time.monotonic()
    say("people")
    people, wide = made_people(store, data), made_wide(store, data)
    sections = []
    for name, step in [
        ("100,000 people, at the store", lambda: measure_many(store, scratch)),
        ("reading files", lambda: measure_ingest(store, people, wide)),
        ("1,000 people, against peers", lambda: measure_few(store, people, scratch)),
        ("HTTP", lambda: measure_http(gateway, people, scratch)),
    ]:
        say(name)
        sections.append(step())
        print(sections[-1].markdown(), flush=True)
    import duckdb

    versions = [
        first_line("bcftools", "--version"), f"DuckDB {duckdb.__version__}", "SQLite as the gateway links it and as Python does",
        "wrk " + first_line("wrk", "-v").split()[1],
    ]  # fmt: skip
    judged = [(section, row) for section in sections for row in section.rows if row.met is not None]
    missed = [f"{section.title}: {row.measure}: {row.ours} (target {row.target})" for section, row in judged if not row.met]
    met = f"{len(judged) - len(missed)} of {len(judged)}"
    listed = "".join(f"\n* {line}" for line in missed) + "\n" * bool(missed)
    text = f"""# Beacon and the carrier index: speed, {time.strftime("%Y-%m-%d", time.gmtime())}

Revision {revision()}, {first_line(gateway, "--version")}. Machine: {machine()}; load average before the run {load_before:.2f}.
Peers of the same run, on the same participants: {"; ".join(versions)}.
Command: `scripts/bench-beacon`. The run took {time.monotonic() - started:.0f} s.

The participants are synthetic, with one variant every six bases. The frequencies follow the 1000 Genomes Project (Nature 526:68, 2015): of 500 million
variants of 100,000 participants, 8 million have a frequency above 5 %, and 12 million above 0.5 %; a genome has 4.3 million sites. Half of the variants
have one carrier; the mean is about 900 carriers of a variant among 100,000 participants, and about 100 among 1,000. 97 of 100 participants consented.
Every store answers under the same consent, and the script compares every answer: all figures are of equal answers.

{met} targets and checks were met.{"" if not missed else " Not met:"}
{listed}
""" + "\n".join(section.markdown() for section in sections)
    with open(report, "w") as file:
        file.write(text)
    say(f"{met} met; {report}")
    for line in missed:
        print(f"NOT MET  {line}", file=sys.stderr)


main(*sys.argv[1:])
