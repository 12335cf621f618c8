# Prints the messages of the specification from the descriptors of its Python package, in the form of `src/messages.txt`.
import phenopackets.schema.v2 as v2
from google.protobuf.descriptor import FieldDescriptor as F
T = {v: k[5:].lower() for k, v in F.__dict__.items() if k.startswith("TYPE_")}
def short(d): return (short(d.containing_type) + "." if d.containing_type else "") + d.name
messages, enums = {}, {}
def walk(d):
    if d.full_name in messages: return
    messages[d.full_name] = d
    for f in d.fields:
        if f.enum_type: enums[f.enum_type.full_name] = f.enum_type
        if f.message_type and f.message_type.full_name != "google.protobuf.Timestamp" and not f.message_type.GetOptions().map_entry: walk(f.message_type)
for m in (v2.Phenopacket, v2.Family, v2.Cohort): walk(m.DESCRIPTOR)
def kind(f):
    if f.enum_type: return short(f.enum_type)
    if f.message_type: return "map" if f.message_type.GetOptions().map_entry else short(f.message_type)
    return T[f.type]
def json_name(name):
    head, *rest = name.lstrip("_").split("_")
    return "_" * (len(name) - len(name.lstrip("_"))) + head + "".join(r[:1].upper() + r[1:] for r in rest)
for d in sorted(messages.values(), key=short):
    print("message", short(d))
    for f in sorted(d.fields, key=lambda f: f.number):
        k = kind(f)
        flag = " repeated" if f.is_repeated and k != "map" else " oneof" if f.containing_oneof else ""
        print(f.number, json_name(f.name), k + flag)
for e in sorted(enums.values(), key=short):
    print("enum", short(e))
    for v in sorted(e.values, key=lambda v: v.number): print(v.number, v.name)
