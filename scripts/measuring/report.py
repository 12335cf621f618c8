"""The first lines of every report: revision, machine, versions."""

import os
import platform
import subprocess
import sys
import time


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def first_line(*command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return ran.stdout.splitlines()[0].strip() if ran.stdout else "unknown"


def revision():
    """Returns the checkout's revision, with `+` if tracked files differ from it."""
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD"]).returncode != 0
    return first_line("git", "rev-parse", "--short", "HEAD") + "+" * changed


def warm(path):
    """Reads a file once, so that the page cache contains it for every server."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"
