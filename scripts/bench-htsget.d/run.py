"""Measures the gateway's htsget against its peers and writes the report: `run.py GATEWAY HTSGET_ACTIX ITS_VERSION DATA SCRATCH REPORT`."""

import os
import signal
import sys
import time
import traceback

from client import Refused
from data_plane import measure_downloads, measure_ranges
from gateway import Installation
from joint import measure_joint
from peers import HtsgetActix, nginx
from process import Failed
from report import first_line, machine, revision, say, warm
from rows import Section
from slices import measure_many_regions, measure_slices
from tickets import measure_tickets


def measure(binary, actix_binary, data, scratch):
    """Returns all sections in the order of their measurement, and the load time. One installation serves all sections."""
    say("making the installation and loading the files")
    started = time.monotonic()
    gateway = Installation(binary, os.path.join(scratch, "programme"), data)
    load_s = time.monotonic() - started
    actix = HtsgetActix(actix_binary, scratch, data)
    for folder, _, names in [*os.walk(data), *os.walk(os.path.join(scratch, "programme", "objects"))]:
        for name in names:
            warm(os.path.join(folder, name))
    servers = []

    def started_server(server):
        servers.append(server)
        return server

    def steps(ours, peer, web):
        yield "tickets", lambda: measure_tickets(ours, peer, gateway, actix)
        yield "slices", lambda: measure_slices(ours, peer, gateway, actix, data, scratch)
        yield "many regions", lambda: measure_many_regions(ours, gateway, actix, data, scratch)
        yield "joint file", lambda: measure_joint(ours, gateway, data, scratch)
        yield "ranges", lambda: measure_ranges(ours, peer, web, gateway, actix, data)
        yield "whole files", lambda: measure_downloads(ours, peer, gateway, actix, data)

    try:
        ours = started_server(gateway.serve())
        peer = started_server(actix.serve())
        web = started_server(nginx(scratch, data))
        sections = []
        for name, step in steps(ours, peer, web):
            say(name)
            try:
                sections.append(step())
            except (Failed, Refused, OSError, ValueError, KeyError) as failure:
                # A failed section appears in the report, and the other sections are still measured.
                traceback.print_exc()
                sections.append(Section(f"Failed: {name}"))
                sections[-1].add(name, f"{type(failure).__name__}: {str(failure)[:200]}", target="measured", met=False)
            print(sections[-1].markdown(), flush=True)
        return sections, load_s
    finally:
        for server in servers:
            server.stop()


def main(binary, actix_binary, actix_version, data, scratch, report):
    # SIGTERM raises SystemExit, so that the `finally` above runs and no server remains.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load_before = os.getloadavg()[0]
    if load_before > 1:
        say(f"the machine is busy (load average {load_before:.1f}): the figures will mean little")
    versions = [
        f"htsget-actix {actix_version} as its registry has it", first_line("nginx", "-v").removeprefix("nginx version: "),
        first_line("samtools", "--version"), first_line("bcftools", "--version"), "wrk " + first_line("wrk", "-v").split()[1],
    ]  # fmt: skip
    measured = f"Revision {revision()}, {first_line(binary, '--version')}. Machine: {machine()}; load average before the run {load_before:.2f}."
    started = time.monotonic()
    sections, load_s = measure(binary, actix_binary, data, scratch)
    judged = [(section, row) for section in sections for row in section.rows if row.met is not None]
    missed = [f"{section.title}: {row.measure}: {row.ours} (target {row.target})" for section, row in judged if not row.met]
    met = f"{len(judged) - len(missed)} of {len(judged)}"
    size = {name: os.path.getsize(os.path.join(data, name)) for name in os.listdir(data)}
    head = f"""# htsget: speed, {time.strftime("%Y-%m-%d", time.gmtime())}

{measured}
Peers and clients of the same run, on the same files: {"; ".join(versions)}.
Clients and servers share the cores. Command: `scripts/bench-htsget`. The run took {time.monotonic() - started:.0f} s, of which the load of the files took {load_s:.0f} s.

The script makes the files: a BAM of {size["genome.bam"] / 1e6:.0f} MB with GRCh38's contigs, ten reads in each window of 16 kb and ten megabases at
thirty-fold depth, index {size["genome.bam.bai"] / 1e6:.1f} MB; the same reads as a CRAM of {size["genome.cram"] / 1e6:.0f} MB, index of 90,000 lines; a BCF
of 1,200 participants, {size["joint.bcf"] / 1e6:.0f} MB.

{met} targets and checks were met.{"" if not missed else " Not met:"}
"""
    listed = "".join(f"\n* {line}" for line in missed) + "\n" * bool(missed)
    text = head + listed + "\n" + "\n".join(section.markdown() for section in sections)
    with open(report, "w") as file:
        file.write(text)
    say(f"{met} met; {report}")
    for line in missed:
        print(f"NOT MET  {line}", file=sys.stderr)


main(*sys.argv[1:])
