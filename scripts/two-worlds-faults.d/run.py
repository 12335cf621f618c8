"""Builds a copy of the gateway that contains every fault of a list, switched off. Then runs the two-worlds test once for each fault, with only this fault
switched on.
"""

import argparse
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

SWITCH = "GEMJ_INJECTED_FAULT"
REQUESTS = os.environ.get("GEMJ_TWO_WORLDS_REQUESTS", "2000")

# The copy also gets this function: `gemj_model::injected` is true for the fault that the environment names.
INJECTED = """
/// Whether a fault is switched on.
pub fn injected(name: &str) -> bool {
    static NAME: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| std::env::var("%s").ok());
    NAME.as_deref() == Some(name)
}
""" % SWITCH


def put_in(faults, copy):
    """Replaces the text of every fault in the copy."""
    library = copy / "gateway/model/src/lib.rs"
    library.write_text(library.read_text() + INJECTED)
    for fault in faults:
        path = copy / fault["file"]
        text = path.read_text()
        if text.count(fault["find"]) != 1:
            sys.exit(f"{fault['name']}: {fault['file']} has the text to replace {text.count(fault['find'])} times, and must have it once")
        switch = f'gemj_model::injected("{fault["name"]}")'
        path.write_text(text.replace(fault["find"], fault["replace"].replace("INJECTED", switch)))


def cargo(copy, words, **options):
    return subprocess.run(["cargo", *words], cwd=copy, **options)


def build(copy, own):
    """Builds the binary and the test, and copies both to `own`, so that a later build in the target folder does not replace them."""
    cargo(copy, ["build", "--release", "--locked"], check=True)
    built = cargo(
        copy,
        ["test", "--release", "--locked", "--workspace", "--test", "two_worlds", "--no-run"],
        check=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = re.search(r"Executable tests/two_worlds/main\.rs \((.*)\)|\((/[^)]*two_worlds-[^)]*)\)", built.stderr)
    gateway = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "release/gemj-gateway"
    return [shutil.copy2(file, own) for file in (program.group(1) or program.group(2), gateway)]


def run(built, copy, fault, kinds):
    """Runs the tests of some kinds with one fault switched on. Returns the kinds whose answers differ, and the output."""
    program, gateway = built
    environment = {
        **os.environ,
        SWITCH: fault,
        "GEMJ_TWO_WORLDS_REQUESTS": REQUESTS,
        "GEMJ_GATEWAY_BIN": gateway,
    }
    ran = subprocess.run([program, "--test-threads=2", *kinds], cwd=copy / "tests", env=environment, capture_output=True, text=True)
    printed = ran.stdout + ran.stderr
    failed = re.findall(r"^test (\S+) \.\.\. FAILED", printed, re.MULTILINE)
    # A test has found the fault only if it printed two different answers. A test that ended early for another reason has not.
    found = [name for name in failed if re.search(rf"---- {name} stdout ----(?:(?!\n---- ).)*\n  without: ", printed, re.DOTALL)]
    return found, printed


def where(printed):
    """Returns the first request whose answers differ, without its caller's ids."""
    line = re.search(r"^(\S+ (?:[A-Z]+) /\S*)", printed[printed.find("statuses:") :], re.MULTILINE)
    return re.sub(r"(gemj\.|P-|N-)[0-9a-f]+", r"\1…", line.group(1))[:110].replace("|", "%7C") if line else ""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--list", type=pathlib.Path, required=True)
    options.add_argument("--copy", type=pathlib.Path, required=True)
    options.add_argument("--report", type=pathlib.Path, required=True)
    options.add_argument("names", nargs="*")
    options = options.parse_args()
    started = time.monotonic()
    faults = tomllib.loads(options.list.read_text())["fault"]
    chosen = [fault for fault in faults if not options.names or fault["name"] in options.names]
    put_in(faults, options.copy)
    with tempfile.TemporaryDirectory(prefix="gemj-faults-") as own:
        inject(chosen, build(options.copy, own), options, started)


def inject(chosen, built, options, started):
    """Runs the test without a fault, then with each fault alone, and writes the report."""
    # The test of the fault list itself is omitted, because the faults are already injected in this copy.
    found, printed = run(built, options.copy, "none", ["changes_no_answer", "the_stream_finds"])
    if found or "test result: ok. 9 passed" not in printed:
        failures = printed[printed.find("failures:") :]
        sys.exit(f"with every fault switched off the worlds differ, or a test failed: {', '.join(found)}\n{failures[:8000]}")
    print("no fault: every answer is equal", flush=True)

    rows, missed = [], []
    for fault in chosen:
        found, printed = run(built, options.copy, fault["name"], fault["kinds"])
        print(f"{'found' if found else 'NOT FOUND'}: {fault['name']} {' '.join(found)}", flush=True)
        if not found:
            missed.append(fault["name"])
            (options.copy.parent / f"missed-{fault['name']}.log").write_text(printed)
        rows.append(f"| {fault['name']} | {fault['breaks']} | {len(found)} of {len(fault['kinds'])} | `{where(printed)}` |")

    if not options.names:
        revision = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=options.copy, text=True).strip()
        outcome = f"{len(chosen) - len(missed)} of {len(chosen)} injected faults are found"
        lines = [
            f"# Two worlds: {outcome}",
            "",
            f"{datetime.date.today()}, revision {revision}, {REQUESTS} requests for each kind of secret, {time.monotonic() - started:.0f} s. Command:",
            "`scripts/two-worlds-faults`. With every fault switched off, every answer of every kind is equal.",
            "",
            "| fault | what the gateway then does wrong | kinds that find it | first request whose answers differ |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
        options.report.write_text("\n".join(lines))
        print(options.report)
    if missed:
        sys.exit(f"not found: {', '.join(missed)}")


main()
