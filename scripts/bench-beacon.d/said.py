"""Parses the output of the store measurement: lines with a name, a tab and a value."""

from process import output_of


def said(command):
    lines = [line.split("\t", 1) for line in output_of(command).decode().splitlines()]
    return {name: value for name, value in lines}


def duration(nanoseconds):
    nanoseconds = float(nanoseconds)
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"
