#!/usr/bin/env python3
"""Builds the tests of the workspace and runs them in two lanes: the integration tests, and the tests of all crates.

The integration tests wait for processes about half of the time, so the other lane uses the cores meanwhile. Cargo builds everything first, with one
selection of packages, so that every call shares one build.

usage: run.py                 all tests
       run.py --only FILTER   the integration tests whose name contains FILTER
"""

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

# gemj-htsget-rs is built and tested by itself, because htsget-rs adds features to shared crates.
SELECTION = ["--release", "--locked", "--workspace", "--exclude", "gemj-htsget-rs"]
INTEGRATION_THREADS = 3
OTHER_THREADS = 2

printing = threading.Lock()


def built(targets):
    """Builds the tests. Returns (package folder, target name, executable) of each."""
    command = ["cargo", "test", *SELECTION, *targets, "--no-run", "--message-format=json-render-diagnostics"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    found = []
    for line in process.stdout:
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            folder = Path(message["manifest_path"]).parent
            found.append((folder, message["target"]["name"], message["executable"]))
    if process.wait() != 0:
        sys.exit("the tests do not build")
    return found


def run(test, arguments, outcomes):
    """Runs one executable in the folder of its package, as cargo does, and prints its output at the end."""
    folder, name, executable = test
    label = f"{folder.relative_to(Path.cwd())}: {name}"
    environment = dict(os.environ, CARGO_MANIFEST_DIR=str(folder))
    begun = time.monotonic()
    done = subprocess.run([executable, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seconds = time.monotonic() - begun
    text = done.stdout.decode(errors="replace")
    passed = sum(int(number) for number in re.findall(r"^test result: .*? (\d+) passed", text, re.MULTILINE))
    outcomes.append((seconds, label, passed, done.returncode))
    with printing:
        print(f"\n     Running {label}\n{text}", end="", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+")
    only = parser.parse_args().only
    if only:
        tests = [test for test in built(["--test", "it"]) if test[0].name == "tests"]
        outcomes = []
        for test in tests:
            run(test, only, outcomes)
        sys.exit(any(code for *_, code in outcomes))
    tests = built(["--lib", "--bins", "--tests"])
    long = [test for test in tests if test[0].name == "tests" and test[1] == "it"]
    others = [test for test in tests if test not in long]
    outcomes = []

    def lane(tests, threads):
        for test in tests:
            run(test, [f"--test-threads={threads}"], outcomes)

    lanes = [
        threading.Thread(target=lane, args=(long, INTEGRATION_THREADS)),
        threading.Thread(target=lane, args=(others, OTHER_THREADS)),
    ]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    print("\nThe slowest:")
    for seconds, label, passed, _ in sorted(outcomes, reverse=True)[:8]:
        print(f"  {seconds:6.1f} s  {passed:4} tests  {label}")
    print(f"{sum(passed for _, _, passed, _ in outcomes)} tests passed in {len(outcomes)} executables.")
    failed = [label for _, label, _, code in outcomes if code]
    for label in failed:
        print(f"FAILED: {label}")
    sys.exit(bool(failed))


main()
