"""Enumerates the values of a file without any code of the gateway, and compares them with the table of `map explain --values`.

Usage: enumerate_values.py FORMAT FILE TABLE. The standard output is JSON: `values` (the number of values in the file), `names` (the number of different names)
and `missing`: the names of values that the file has and the table does not have, or has less often.
"""

import collections
import csv
import io
import json
import sys
import xml.etree.ElementTree as tree

kind, path, table = sys.argv[1:]
rows = [json.loads(line) for line in open(table, encoding="utf-8")]
content = open(path, "rb").read()


def beside(name):
    """How often the table has a name that did not enter a record."""
    return sum(row["count"] for row in rows if row["record"] is None and row["field"] == name)


def records(matches):
    """The number of different records with a field that matches."""
    return len({(row["unit"], row["record"]) for row in rows if row["record"] is not None and matches(row)})


def hl7():
    """Each field of each segment that is not empty. A segment that is left out as a whole has one line with its name."""
    found = collections.Counter()
    for segment in content.decode("iso-2022-jp", "replace").replace("\r\n", "\r").replace("\n", "\r").split("\r"):
        name, *fields = segment.split("|")
        # In MSH, the first field is the delimiter itself.
        first = 2 if name == "MSH" else 1
        for number, text in enumerate(fields, first):
            # The delimiters and the character sets belong to the decoder.
            if text.strip("^~&\\ ") and (name, number) not in {("MSH", 2), ("MSH", 18), ("MSH", 20)}:
                found[(name, number)] += 1
    for (name, number), count in found.items():
        field = f"{name}-{number}"
        in_records = records(lambda row: row["kind"] == name and (row["field"] == field or row["field"].startswith((field + ".", field + "("))))  # noqa: B023
        yield field, count, in_records + beside(field) + beside(name)


def table_of_rows():
    """Each cell that is not empty."""
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = next(reader)
    found = collections.Counter()
    for row in reader:
        for name, value in zip(header, row, strict=True):
            if value:
                found[name] += 1
    known = {row["field"].split(" ")[-1] for row in rows}
    undeclared = sum(row["count"] for row in rows if row["field"].endswith("(undeclared name)"))
    for name, count in found.items():
        in_records = sum(row["count"] for row in rows if row["record"] is not None and row["field"] == name)
        outside = sum(row["count"] for row in rows if row["record"] is None and row["field"].split(" ")[-1] == name)
        if name in known:
            yield name, count, in_records + outside
        else:
            # Names that only the file states are counted together.
            taken = min(undeclared, count)
            undeclared -= taken
            yield name, count, taken


def odm():
    """Each attribute and each text inside the clinical data. An element that is left out as a whole covers what is inside it."""
    found = collections.Counter()

    def walk(element, inside):
        name = element.tag.split("}")[-1]
        for attribute, value in element.attrib.items():
            if name.startswith("ItemData"):
                if attribute == "Value":
                    found[(element.get("ItemOID"), inside + (name,))] += 1
            # The OID of a level is the name of its records, and the number of an annotation is its place.
            elif value and attribute not in ("StudyEventOID", "FormOID", "ItemGroupOID", "SeqNum"):
                found[("@" + attribute.split("}")[-1], inside + (name,))] += 1
        if (element.text or "").strip():
            found[("text", inside + (name,))] += 1
        for child in element:
            walk(child, inside + (name,))

    for clinical in tree.fromstring(content).iter():
        if clinical.tag.endswith("}ClinicalData"):
            for subject in clinical:
                walk(subject, ())
    undeclared = sum(row["count"] for row in rows if "(undeclared name)" in row["field"])
    for (name, inside), count in found.items():
        whole = max(beside(element) for element in inside)
        fields = sum(row["count"] for row in rows if row["record"] is not None and row["field"].split("@")[-1] == name.lstrip("@"))
        if not whole and not fields and name != "text":
            fields = min(undeclared, count)
            undeclared -= fields
        yield "/".join(inside + (name,)), count, count if whole else fields


def members(value, path):
    """Each value of a JSON document, by the path of names."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, path + (name,))
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, path)
    elif value is not None and value != "":
        yield path


def covered(root, path):
    """How often the table has a member, or one around it or inside it. In lists, a row can stand for several values, so presence is what counts."""
    inner = ".".join(path)
    for row in rows:
        name = row["field"]
        owner = row["kind"] or name.split(".")[0].split(" ")[0]
        text = name.split(" ")[-1]
        text = text.removeprefix(root + ".")
        is_same = inner == text or inner.startswith(text + ".") or text.startswith(inner + ".") or text.split(".")[0].rstrip("x[]") in (path[0],)
        if is_same and (owner.split(".")[0] in (root, "row") or name.startswith(root)):
            return True
    return False


def fhir():
    found = collections.Counter()
    for entry in json.loads(content)["entry"]:
        resource = entry["resource"]
        for path in members(resource, ()):
            # The id of a resource and its subject state which records belong together. They are no values of a record.
            if path[0] not in ("id", "subject"):
                found[(resource["resourceType"], path)] += 1
    undeclared = sum(row["count"] for row in rows if "(undeclared name)" in row["field"])
    for (root, path), count in found.items():
        whole = beside(root)
        is_there = whole or path == ("resourceType",) or covered(root, path)
        if not is_there:
            # Names that only the file states are counted together.
            is_there = undeclared > 0
            undeclared -= 1
        yield root + "." + ".".join(path), count, count if is_there else 0


def miabis():
    found = collections.Counter()
    for member, values in json.loads(content).items():
        kind = {"donors": "donor", "samples": "sample"}.get(member)
        for value in values if isinstance(values, list) else [values]:
            for path in members(value, ()):
                found[(kind or member, path)] += 1
    undeclared = sum(row["count"] for row in rows if "(undeclared name)" in row["field"])
    for (root, path), count in found.items():
        is_there = covered(root, path) or beside(root)
        if not is_there:
            is_there = undeclared > 0
            undeclared -= 1
        yield root + "." + ".".join(path), count, count if is_there else 0


def phenopacket():
    """Each value of a packet, by its path with `*` for each position of a list. A list that is left out as a whole has one line for each item."""
    found = collections.Counter()

    def walk(value, path):
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}/{name if name in named else '(unknown)'}")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path + "/*")
        elif value is not None and value != "":
            found[path] += 1

    named = {name for row in rows for name in row["field"].split("/")}
    walk(json.loads(content), "")
    for path, count in found.items():
        whole = any(row["field"].endswith("*") and path.startswith(row["field"] + "/") for row in rows)
        yield path, count, count if whole else sum(row["count"] for row in rows if row["field"] == path)


enumerated = list({"phenopacket": phenopacket, "ss-mix2": hl7, "redcap": table_of_rows, "csv": table_of_rows, "odm": odm, "fhir": fhir, "miabis": miabis}[kind]())
missing = {name: [count, told] for name, count, told in enumerated if told < count}
print(json.dumps({"values": sum(count for _, count, _ in enumerated), "names": len(enumerated), "missing": missing}, ensure_ascii=False))
