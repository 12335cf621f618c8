"""Counts the fields of a draft with PyYAML, and the fields of what it was made from with Python's own readers. Prints ok, or each difference."""

import csv
import json
import re
import sys
import xml.etree.ElementTree as tree

import yaml

kind, source, draft = sys.argv[1:4]
with open(draft, encoding="utf-8") as file:
    text = file.read()
profile = yaml.safe_load(text)
faults = []

labels = {}
if kind == "odm":
    for element in tree.parse(source).iter():
        if element.tag.endswith("}ItemDef"):
            labels[element.get("OID")] = element.get("Name") or ""
elif kind == "csv":
    with open(source, encoding="utf-8-sig") as file:
        labels = {line.strip(): "" for line in file if line.strip()}
else:
    with open(source, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            labels[row["Variable / Field Name"].strip()] = row["Field Label"]

read, ignored = [], []


def walk(node):
    if isinstance(node, list):
        for item in node:
            walk(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in ("from", "field", "quantity", "number"):
                read.append(value)
            else:
                walk(value)


rules = [rule for rule in profile["rules"] if rule.get("code") != {"const": "draft:undecided"}]
walk([profile["participant"], profile.get("sex"), profile.get("born"), rules])
own = re.compile(r"redcap_[a-z_]+|\*_complete|[a-z0-9_]+_complete|@\*")
for entry in profile.get("ignore", []):
    name = entry["field"]
    name = name[: -len("___*")] if name.endswith("___*") else name
    if name in labels:
        ignored.append(name)
    elif not own.fullmatch(name):
        faults.append(f"ignored, and no field: {name!r}")
undecided = [yaml.safe_load(name) for name in re.findall(r'^# undecided: ("(?:[^"\\]|\\.)*") - ', text, re.M)]

everything = [name for name in read if name != "@SubjectKey"] + ignored + undecided
for name in labels:
    if everything.count(name) != 1:
        faults.append(f"{name!r} is in the draft {everything.count(name)} times")
for name in everything:
    if name not in labels:
        faults.append(f"{name!r} is no field of the source")
stated = re.search(r"^# coverage: (\d+) fields: (\d+) read, (\d+) ignored with a reason, (\d+) undecided$", text, re.M)
counted = (len(labels), len(labels) - len(ignored) - len(undecided), len(ignored), len(undecided))
if tuple(map(int, stated.groups())) != counted:
    faults.append(f"states {stated.groups()}, counted {counted}")
for rule in rules:
    if "label" in rule:
        name = rule["value"]["quantity"]
        if rule["label"]["const"] != " ".join(labels[name].split())[:100]:
            faults.append(f"another label of {name!r}")
print(json.dumps(faults, ensure_ascii=False) if faults else "ok")
