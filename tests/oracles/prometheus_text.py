"""Reads a text in the format of Prometheus with the official parser (the package prometheus_client).

Standard input: {"text": text}
Standard output: {"kinds": {family: kind}, "samples": [{"name": ..., "labels": {...}, "value": ...}, ...]}. Any fault of the text is an error.
"""
import json, sys
from prometheus_client.parser import text_string_to_metric_families

kinds, samples, seen = {}, [], set()
for family in text_string_to_metric_families(json.load(sys.stdin)["text"]):
    # The parser accepts a family twice, but Prometheus does not.
    assert family.name not in kinds, family.name
    assert family.documentation and family.type != "unknown", family.name
    kinds[family.name] = family.type
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, key
        seen.add(key)
        samples.append(dict(name=sample.name, labels=sample.labels, value=sample.value if sample.value == sample.value else None))
json.dump(dict(kinds=kinds, samples=samples), sys.stdout)
