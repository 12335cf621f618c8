"""The ids of all packets of an archive. Standard input: {"packets": tar.gz}; standard output: a list."""
import json, sys, tarfile

with tarfile.open(json.load(sys.stdin)["packets"]) as archive:
    packets = [json.load(archive.extractfile(m)) for m in archive if m.name.endswith(".json")]
json.dump([p["id"] for p in packets], sys.stdout)
