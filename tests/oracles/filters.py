"""The number of people who match each filter, counted from the packets by brute force.

Standard input: {"packets": tar.gz, "ontology": hp.obo or null, "seed": n, "questions": n}
Standard output: [{filters: [{id, operator, value}], people}]. A person matches `!` if the person has values and none equals the named value.
A term of the ontology has the ontology's label, whatever label the packet contains.
"""
import fnmatch, json, random, re, sys, tarfile
from fractions import Fraction

asked = json.load(sys.stdin)
rng = random.Random(asked["seed"])
YEAR = Fraction(36525, 100)
DAYS = {"Y": YEAR, "M": YEAR / 12, "W": Fraction(7), "D": Fraction(1)}


def days(text):
    assert re.fullmatch(r"P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T.*)?", text), text
    date, _, time = text[1:].partition("T")
    total = sum((int(n) * DAYS[u] for n, u in re.findall(r"(\d+)([YMWD])", date)), Fraction(0))
    return total + sum((Fraction(int(n), 24) for n in re.findall(r"(\d+)H", time)), Fraction(0))


def age(element):
    element = element or {}
    if "age" in element:
        value = days(element["age"]["iso8601duration"])
        return [(value, value)]
    if "ageRange" in element:
        return [(days(element["ageRange"]["start"]["iso8601duration"]), days(element["ageRange"]["end"]["iso8601duration"]))]
    return []


labels = {}
if asked.get("ontology"):
    names, other, replaced, obsolete, now = {}, {}, {}, set(), None
    for line in open(asked["ontology"], encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            now = "" if line == "[Term]" else None
        elif now is None:
            pass
        elif line.startswith("id: "):
            now = line[4:].split(" ")[0]
        elif line.startswith("name: "):
            names[now] = line[6:]
        elif line.startswith("alt_id: "):
            other.setdefault(line[8:].split(" ")[0], now)
        elif line.startswith("replaced_by: "):
            replaced[now] = line[13:].split(" ")[0]
        elif line == "is_obsolete: true":
            obsolete.add(now)
    labels = {term: name for term, name in names.items() if term.startswith("HP:")}
    for alias, term in other.items():
        labels.setdefault(alias, names.get(term))
    for term in obsolete & set(labels):
        labels[term] = labels.get(replaced.get(term), labels[term])


def label_of(term):
    return labels.get(term["id"]) or term.get("label", "")


people = []
with tarfile.open(asked["packets"]) as archive:
    for member in archive:
        if not member.name.endswith(".json"):
            continue
        packet = json.load(archive.extractfile(member))
        subject = packet.get("subject", {})
        present = lambda name: [f for f in packet.get(name, []) if not f.get("excluded", False)]
        diseases, features = present("diseases"), present("phenotypicFeatures")
        person = {
            "sex": [{"FEMALE": "female", "MALE": "male", "OTHER_SEX": "other"}[subject["sex"]]] if subject.get("sex") in ("FEMALE", "MALE", "OTHER_SEX") else [],
            "age": age(subject.get("timeAtLastEncounter")),
            "diseases.diseaseCode.id": [d["term"]["id"] for d in diseases],
            "diseases.diseaseCode.label": [d["term"].get("label", "") for d in diseases if d["term"].get("label")],
            "diseases.ageOfOnset.iso8601duration": [a for d in diseases for a in age(d.get("onset"))],
            "phenotypicFeatures.onset.iso8601duration": [a for f in features for a in age(f.get("onset"))],
            "phenotypicFeatures.featureType.label": [label_of(f["type"]) for f in features if label_of(f["type"])],
        }
        for disease in diseases:
            person.setdefault(disease["term"]["id"], []).extend(age(disease.get("onset")))
        people.append(person)

SEXES = {"NCIT:C16576": "female", "NCIT:C20197": "male", "PATO:0000383": "female", "PATO:0000384": "male"}


def holds(person, field, operator, value):
    values = person.get(field, [])
    if value.startswith("P") and re.fullmatch(r"P[\dYMWDTH]+", value):
        v = days(value)
        one = {
            "=": lambda a: a[0] == a[1] == v,
            "!": lambda a: v < a[0] or a[1] < v,
            "<": lambda a: a[1] < v,
            "<=": lambda a: a[1] <= v,
            ">": lambda a: a[0] > v,
            ">=": lambda a: a[0] >= v,
        }[operator]
        return bool(values) and (all if operator == "!" else any)(map(one, values))
    value = SEXES.get(value, value)
    pattern = re.compile(".*".join(map(re.escape, value.lower().split("%"))), re.S)
    same = [pattern.fullmatch(v.lower()) is not None for v in values]
    return bool(values) and (not any(same) if operator == "!" else any(same))


def one():
    kind = rng.choice(["sex", "age", "age", "disease", "disease label", "disease onset", "onset of", "feature onset", "feature label"])
    ordered = rng.choice(["=", "<", ">", "!", ">=", "<="])
    equal = rng.choice(["=", "!"])
    ages = ["P0D", "P1D", "P4W", "P1M", "P6M", "P1Y", "P18M", "P5Y", "P12Y", "P18Y", "P30Y6M", "P45Y", "P60Y", "P70Y", "P80Y", "P2Y3M", "P10Y", "P3Y"]
    codes = [c for p in rng.sample(people, 5) for c in p["diseases.diseaseCode.id"]]
    if kind == "sex":
        return "sex", equal, rng.choice(["female", "male", "other", "Female", "%male", "NCIT:C16576", "NCIT:C20197", "PATO:0000384"])
    if kind == "age":
        return "age", ordered, rng.choice(ages)
    if kind == "disease":
        code = rng.choice(codes)
        return "diseases.diseaseCode.id", equal, rng.choice([code, code, code[:7] + "%", "%" + code[-2:]])
    if kind == "disease label":
        words = [w for p in rng.sample(people, 20) for label in p["diseases.diseaseCode.label"] for w in re.findall("[A-Za-z]{5,}", label)]
        return "diseases.diseaseCode.label", equal, "%" + rng.choice(words) + "%"
    if kind == "disease onset":
        return "diseases.ageOfOnset.iso8601duration", ordered, rng.choice(ages)
    if kind == "onset of":
        common = [c for p in people for c in p["diseases.diseaseCode.id"] if p.get(c)]
        return rng.choice(common), ordered, rng.choice(ages)
    if kind == "feature onset":
        return "phenotypicFeatures.onset.iso8601duration", ordered, rng.choice(ages)
    words = [w for p in rng.sample(people, 5) for label in p["phenotypicFeatures.featureType.label"] for w in re.findall("[A-Za-z]{6,}", label)]
    return "phenotypicFeatures.featureType.label", equal, "%" + rng.choice(words) + "%"


questions = []
while len(questions) < asked["questions"]:
    filters = [one() for _ in range(rng.choice([1, 1, 1, 2]))]
    if any("," in v for _, _, v in filters):
        continue
    count = sum(all(holds(p, *f) for f in filters) for p in people)
    questions.append({"filters": [dict(id=i, operator=o, value=v) for i, o, v in filters], "people": count})
json.dump(questions, sys.stdout)
