"""Writes an SS-MIX2 standardised storage of invented patients, and states what a reader must find in it.

usage: hospital.py FOLDER PATIENTS SEED. Standard output: the truth as JSON. The same seed gives the same bytes.

The tree has the shape that the public generator ssmixtwins gives its trees (read on 2026-11-25; no code of it is used): segments end with LF, names of files
end with `.txt`, PID-3 has no type, OBX-6 repeats the unit, NK1-5 is a plain number, ADT-12 can state A01, and the numbers of orders contain the patient's
number. A part of the patients has the forms of the guideline: CR, no extension, the type PI. PPR-01 is one file with all problems (guideline 1.2, second
change). A part of the patients has a second current file of problems, as ssmixtwins writes one for each day of diagnosis.

The truth is what the generator decided before it wrote a message. It never reads a message. A problem is [code, label, status, onset]. A result is [code,
label, status, comparator, number, unit, code of the value, text, date]. The statuses are those of docs/feeds.md. `left_out` counts by rule and name.
"""
import json, os, random, sys
from collections import Counter
from datetime import datetime, timedelta

SITE, FACILITY = "hospital-a", "HOSPITAL-A"
TREES = "桐楓椿榊梓柊楠橘欅榎樫栃桂柏梢樺槙榛"
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロ"
HALF_WIDTH = str.maketrans(KANA, "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛ")
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
# Segments of the read messages that no rule of docs/feeds.md reads.
UNREAD = {"EVN", "NK1", "PV1", "DB1", "AL1", "IN1"}

# Numbers of the list of diseases (invented, except that of gastritis), names, ICD-10 without its dot.
DISEASES = [
    ("20054174", "胃炎", "K297"), ("20990001", "高血圧症", "I10"), ("20990002", "胃癌", "C169"), ("20990003", "乳癌", "C509"), ("20990004", "肺炎", "J189"),
    ("20990005", "気管支喘息", "J459"), ("20990006", "脂質異常症", "E785"), ("20990007", "慢性腎臓病", "N189"), ("20990008", "てんかん", "G409"),
    ("20990009", "マルファン症候群", "Q874"), ("20990010", "パーキンソン病", "G20"), ("20990011", "ｱﾚﾙｷﾞｰ性鼻炎", "J304"), ("20990012", "う蝕", "K029"),
]
# What is written beside a diagnosis, and its status: a weight, fields of PRB (a number is a day relative to the message), the prefixes (ZPR-1), the suffixes
# (ZPR-3), words after the name. Without a status, the problem is left out. By the specification of SS-MIX2, ZPR-1 and ZPR-3 are the modifiers before and after
# the name in ZPR-2, and each can be there alone. A modifier that no reader can know (`術後`: after an operation) makes the status not understood.
PROBLEM_WAYS = [
    (30, {}, "", "", "", "present"), (4, {14: "N^回復せず^HL70241"}, "", "", "", "present"), (4, {8: 60}, "", "", "", "present"),
    (2, {9: '""', 14: '""'}, "", "", "", "present"), (2, {1: "UC"}, "", "", "", "present"), (2, {1: "UP", 13: "0"}, "", "", "", "present"),
    (6, {13: "1"}, "", "", "", "suspected"), (3, {}, "", "8002^の疑い^MDCDX2", "", "suspected"), (3, {}, "", "", "の疑い", "suspected"),
    (2, {}, "", "", "？", "suspected"), (6, {9: -40}, "", "", "", "history"), (3, {9: -3, 14: "F^全快^HL70241"}, "", "", "", "history"),
    (2, {}, "", "8901^の既往^MDCDX2", "", "history"), (2, {9: 45}, "", "", "", "not-understood"), (2, {1: "UN"}, "", "", "", "not-understood"),
    (2, {14: "U^不明^HL70241"}, "", "", "", "not-understood"), (1, {9: -40, 13: "1"}, "", "", "", "not-understood"), (4, {1: "DE"}, "", "", "", None),
    (2, {}, "", "8902^術後^MDCDX2", "", "not-understood"), (3, {}, "4012^急性^MDCDX2", "", "", "present"),
    (2, {}, "2056^左^MDCDX2~4012^急性^MDCDX2", "8002^の疑い^MDCDX2", "", "suspected"),
    (2, {}, "8902^術後^MDCDX2", "8903^急性増悪^MDCDX2", "", "not-understood"), (2, {}, "8902^術後^MDCDX2", "4012^急性^MDCDX2", "", "not-understood"),
]

# Code, code system, name, specimen, unit as written, unit as meant, lowest and highest value without the point, digits after the point.
ANALYTES = [
    ("3A016000002327102", "JC10", "A/G比", "023^血清", "", "", 10, 25, 1), ("3B035000002327201", "JC10", "ＡＳＴ", "023^血清", "U/L", "U/L", 8, 400, 0),
    ("3A015000002327101", "JC10", "ｱﾙﾌﾞﾐﾝ", "023^血清", "g/dl^g/dl^99XYZ", "g/dl", 250, 520, 2), ("1A010000000190111", "JC10", "尿蛋白", "001^尿", "", "", 1, 4, 0),
    ("3C020000002327101", "JC10", "尿酸", "023^血清", "mg/dL^mg/dL^ISO+", "mg/dL", 20, 99, 1), ("3A01000000232710", "JC10", "総蛋白（旧）", "023^血清", "g/dl", "g/dl", 60, 85, 1),
    ("2A020000001930101", "JC10", "赤血球数", "019^全血", ".10*4/uL^.10*4/uL^99XYZ", ".10*4/uL", 300, 600, 0),
    ("2A010000001930101", "JC10", "白血球数", "019^全血", "10\\S\\3/uL^10\\S\\3/uL^99XYZ", "10^3/uL", 20, 150, 1),
    ("2A050000001930101", "JC10", "血小板数", "019^全血", "10^3/uL^10^3/uL^99XYZ", "10^3/uL", 100, 400, 0),
    ("5C095000002302301", "JC10", "CEA", "023^血清", "ng/mL^ng/mL^99XYZ", "ng/mL", 5, 900, 1), ("L00417", "99XYZ", "院内検査", "990^その他", "^個/HPF", "個/HPF", 1, 90, 0),
    ("3A0160000023271", "JC10", "A/G比（15桁）", "023^血清", "", "", 10, 25, 1),
]
# A weight, the type (OBX-2), the value, the flag (OBX-8), the status (OBX-11), the facts as (comparator, number, code, text), the status of the facts. {n} and
# {m} are numbers of the analyte, and {w} is {n} in full-width digits. Without facts, the last member states what becomes of the result.
ONE, OTHER = (None, "{n}", None, None), (None, "{m}", None, None)
RESULT_WAYS = [
    (60, "NM", "{n}", "", "F", [ONE], "present"), (10, "NM", "{n}", "H", "F", [ONE], "present"), (5, "NM", "{n}", "L", "C", [ONE], "present"),
    (2, "NM", "{n}", ">", "F", [(">", "{n}", None, None)], "present"), (4, "NM", "{n}", "", "P", [ONE], "suspected"),
    (2, "NM", "{n}", "", "", [ONE], "not-understood"), (2, "NM", "{n}", "再検", "F", [ONE], "not-understood"),
    (2, "NM", "{n}~{m}", "", "F", [ONE, OTHER], "present"), (4, "NM", "{n}", "", "D", [], ("entered-in-error", "OBX")), (2, "NM", "", "", "X", [], ("no-result", "OBX")),
    (2, "NM", '""', "", "F", [], "not taken"), (2, "NM", "", "", "F", [], "not taken"), (2, "NM", "溶血", "", "F", [], "refused"),
    (4, "ST", "<{n}", "", "F", [("<", "{n}", None, None)], "present"), (3, "ST", ">= {n}", "", "F", [(">=", "{n}", None, None)], "present"),
    (3, "ST", "{n}以上", "", "F", [(">=", "{n}", None, None)], "present"), (3, "ST", "{w}未満", "", "F", [("<", "{n}", None, None)], "present"),
    (2, "ST", "{n}<", "", "F", [(">", "{n}", None, None)], "present"), (2, "SN", "<=^{n}", "", "F", [("<=", "{n}", None, None)], "present"),
    (3, "ST", "1:128", "", "F", [(None, None, None, "1:128")], "present"), (2, "SN", "^1^:^64", "", "F", [(None, None, None, "1:64")], "present"),
    (2, "ST", "80倍", "", "F", [(None, None, None, "80倍")], "present"), (3, "ST", "(+-)", "", "F", [(None, None, None, "(+-)")], "present"),
    (3, "ST", "ｶﾝｻﾂﾌﾉｳ", "", "F", [(None, None, None, "ｶﾝｻﾂﾌﾉｳ")], "present"), (2, "ST", "{n}-{m}", "", "C", [(None, None, None, "{n}-{m}")], "present"),
    (3, "CWE", "2^陽性^99XYZ", "A", "F", [(None, None, f"{SITE}.result:2", "陽性")], "present"), (2, "TX", "{name}医師に連絡済", "", "F", [], ("free-text", "OBX-5")),
]
# The state of an order (OBR-25, ORC-5), and what it makes of a result that is present.
ORDER_WAYS = [(94, "", "CM", "present"), (3, "P", "CM", "suspected"), (3, "", "CA", "not-understood")]
# The content of files that must not be read: they are replaced, deleted, or in the folders of another patient.
FALSE = {
    "ADT-00": ["OBX|1|NM|9N006000000000001^体重^JC10||777.7|kg^kg^ISO+|||||F"],
    "PPR-01": ["PRB|AD|20150101|20990099^旧病名^MDCDX2|1||||||Z999^^I10^O^外来時^JHSD0004"],
    "OML-11": ["SPM|1|7||023^血清^JC10", "OBR|1|7|7|3^生化学検査^JC10", "OBX|1|NM|3A015000002327101^ｱﾙﾌﾞﾐﾝ^JC10||777.7|g/dl|||||F"],
}


def seg(name, fields):
    """A segment without delimiters at its end. The first delimiter is MSH-1 itself, so MSH begins with field 2."""
    cells = [fields.get(at, "") for at in range(2 if name == "MSH" else 1, max(fields) + 1)]
    return "|".join([name, *cells]).rstrip("|")


def day(time):
    return time.strftime("%Y%m%d")


def second(time):
    return time.strftime("%Y%m%d%H%M%S")


def iso(time):
    return time.strftime("%Y-%m-%d")


def both(status, order):
    """The status of a result with this status in an order with this status. Two statuses that are not present contradict each other, unless they are equal."""
    return order if status == "present" else status if order in ("present", status) else "not-understood"


class Hospital:
    def __init__(self, folder, seed):
        self.folder, self.dice = folder, random.Random(seed)
        self.needles, self.files, self.units, self.left_out = {}, Counter(), Counter(), {}
        self.staff = [f"{6100000000 + at * 37}^{'^'.join(self.name('a member of the staff')[0])}^^^^^^^L^^^^^I" for at in range(12)]
        self.address, self.phone = self.contact("the hospital")

    def one_of(self, ways):
        """One of several ways, by the weight that is its first member."""
        return self.dice.choices(ways, weights=[way[0] for way in ways])[0][1:]

    def leave_out(self, rule, name):
        self.left_out.setdefault(rule, Counter())[name] += 1

    def plant(self, place, value):
        """Notes a value that must not be stored."""
        self.needles[value] = place
        return value

    def name(self, place):
        """A family name and a given name in kanji and in kana. They are long enough that no other text contains them by chance."""
        kanji = ["".join(self.dice.choices(TREES, k=3)) for _ in range(2)]
        kana = ["".join(self.dice.choices(KANA, k=6)) for _ in range(2)]
        half = [text.translate(HALF_WIDTH) for text in kana]
        for text in kanji + kana + half:
            self.plant(place, text)
        return kanji, self.dice.choice([kana, kana, half])

    def contact(self, place):
        number = self.dice.randrange(10**9)
        postal = self.plant(f"{place}: postal code", f"{number % 1000:03}-{number // 7 % 10000:04}")
        address = self.plant(f"{place}: address", f"架空県{self.dice.choice(TREES)}市無番町{number}番地")
        return f"^^^^{postal}^JPN^H^{address}", self.plant(f"{place}: phone", f"099-{number % 900 + 100}-{number // 11 % 9000 + 1000}")

    def patient(self, number, is_linked):
        """A patient, with the form that the hospital's system gives to all files of the patient."""
        dice, drug = self.dice, "DA^薬剤アレルギー^HL70127|1^ペニシリン^99XYZ"
        forms = [("\n", ".txt", "iso2022_jp_ext"), ("\r", "", "iso2022_jp_ext"), ("\r\n", "", "iso2022_jp_ext"), ("\r", "", "utf-8")]
        return dict(
            number=number, linked=is_linked, sex=dice.choices(["M", "F", "O", "U", ""], weights=[48, 48, 1, 2, 1])[0], count=0, problems=[], results=[],
            born=datetime(1930, 1, 1) + timedelta(days=dice.randrange(80 * 365)), names=self.name("the patient"), contact=self.contact("the patient"),
            form=dice.choices(forms, weights=[70, 20, 5, 5])[0], kind=dice.choice(["", "", "^^^^PI"]),
            work=self.plant("the patient: place of work", f"{''.join(dice.choices(TREES, k=4))}架空商事") if dice.random() < 0.6 else "",
            allergies=dice.choice([[], [drug], ["FA^食物アレルギー^HL70127|J9NC13000000^そば^JC10", "DA^薬剤アレルギー^HL70127|2^ﾖｰﾄﾞ^99XYZ"]]),
        )

    def order_number(self, patient):
        patient["count"] += 1
        return (patient["number"][::-1] + str(patient["count"])).zfill(15)[-15:]

    def header(self, patient, kind, time):
        patient["count"] += 1
        # MSH-7 has 14 digits, a point with two digits, or 17 digits without a point.
        sent = self.dice.choice([second(time), f"{second(time)}.{time.microsecond // 10000:02}", f"{second(time)}{time.microsecond // 1000:03}"])
        fields = {2: "^~\\&", 3: "HIS123", 4: FACILITY, 5: "GW", 6: "RCV", 7: sent, 9: kind, 10: f"{patient['number'][::-1]}{patient['count']}", 11: "P", 12: "2.5"}
        return seg("MSH", fields | {18: "~ISO IR87", 20: "ISO 2022-1994", 21: "SS-MIX2_1.20_h^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"})

    def identity(self, patient, time=None):
        (kanji, kana), (address, phone) = patient["names"], patient["contact"]
        fields = {1: "0001", 3: patient["number"] + patient["kind"], 5: f"{kanji[0]}^{kanji[1]}^^^^L^I~{kana[0]}^{kana[1]}^^^^^L^P", 7: day(patient["born"])}
        return seg("PID", fields | {8: patient["sex"], 11: address, 13: f"^PRN^PH^^^^^^^^^{phone}", 14: "^WPN^PH", 33: second(time) if time else ""})

    def visit(self, is_stay, fields):
        staff, place = self.dice.choice(self.staff), f"32^{self.dice.randrange(300, 399)}^1^^^N" if is_stay else "01^^^^^C"
        return seg("PV1", {1: "0001", 2: "I" if is_stay else "O", 3: place, 7: staff, 17: staff if is_stay else ""} | fields)

    def write(self, patient, care, data_type, order, time, department, flag, segments):
        number, (end, extension, encoding) = patient["number"], patient["form"]
        folder = os.path.join(self.folder, number[:3], number[3:6], number, care, data_type)
        os.makedirs(folder, exist_ok=True)
        stamp = f"{second(time)}{time.microsecond // 1000:03}"
        text = end.join(segments) + ("" if end == "\n" else end)
        with open(os.path.join(folder, f"{number}_{care}_{data_type}_{order}_{stamp}_{department}_{flag}{extension}"), "wb") as file:
            file.write(text.encode(encoding))
        self.files[data_type] += 1

    def unit(self, patient, place, time, made, updated, deleted):
        """Writes a file that an earlier version may precede. An update renames the earlier file to `_2`. A deletion renames all files to `_0` and adds one."""
        (care, data_type, order, department), (segments, facts, fates) = place, made
        state = self.dice.choices(["first", "updated", "deleted"], weights=[100 - updated - deleted, updated, deleted])[0] if patient["linked"] else "first"
        if state != "first":
            head = [segment for segment in segments if segment[:3] in ("MSH", "PID")]
            self.write(patient, care, data_type, order, time, department, "0" if state == "deleted" else "2", head + FALSE[data_type])
            self.leave_out("superseded-file", "history")
            time += timedelta(days=2, minutes=self.dice.randrange(600))
        self.write(patient, care, data_type, order, time, department, "0" if state == "deleted" else "1", segments)
        if state == "deleted":
            self.units["stored"] += 1
            return self.leave_out("deleted-unit", "the content of the file")
        for name in (segment[:3] for segment in segments):
            if name in UNREAD:
                self.leave_out("segment-not-read", name)
        for fate in fates:
            if isinstance(fate, tuple):
                self.leave_out(*fate)
        # A patient without a link is refused with all units. A text (TX) that is left out leaves a result without a value.
        self.units["stored" if patient["linked"] else "unknown-number"] += 1
        if patient["linked"]:
            self.units["not taken"] += fates.count("not taken") + fates.count(("free-text", "OBX-5"))
            self.units["refused"] += fates.count("refused")
            patient["problems" if data_type == "PPR-01" else "results"] += facts

    def demographics(self, patient, time):
        """ADT-00. Every segment except MSH, EVN, PID and PV1 is optional."""
        dice, (kanji, kana), (address, phone) = self.dice, patient["names"], patient["contact"]
        (other, _), (other_address, other_phone) = self.name("the next of kin"), self.contact("the next of kin")
        kin = [
            seg("NK1", {1: "1", 2: f"{kanji[0]}^{kanji[1]}^^^^L^I~{kana[0]}^{kana[1]}^^^^^L^P", 3: "SEL", 4: address, 5: phone, 6: phone, 13: patient["work"]}),
            seg("NK1", {1: "2", 2: f"{other[0]}^{other[1]}^^^^^L^I", 3: "SPO^配偶者^HL70063", 4: other_address, 5: f"^PRN^PH^^^^^^^^^{other_phone}"}),
        ]
        head = [self.header(patient, "ADT^A08^ADT_A01", time), seg("EVN", {2: second(time), 7: "SEND001"}), self.identity(patient, time)]
        segments = head + kin[: dice.choice([2, 1, 0])] + [self.visit(False, {})] + ["DB1|1|PT||Y"][: dice.choice([0, 1])]
        blood, rows, facts = dice.choice(["A", "B", "O", "AB"]), [], []
        for code, name, unit, value in [("9N001", "身長", "cm", f"{dice.randrange(1400, 1900) / 10}"), ("9N006", "体重", "kg", f"{dice.randrange(400, 990) / 10}")]:
            rows.append({2: "NM", 3: f"{code}000000000001^{name}^JC10", 5: value, 6: f"{unit}^{unit}^ISO+", 11: "F"})
            facts.append([f"JLAC10:{code}000000000001", name, "present", None, value, unit, None, None, None])
        for code, name, value, text in [("5H010", "血液型-ABO式", blood, blood), ("5H020", "血液型-Rh式", "Rh+", "+")]:
            rows.append({2: "CWE", 3: f"{code}000001999911^{name}^JC10", 5: f"{value}^{text}^JSHR002", 11: "F"})
            facts.append([f"JLAC10:{code}000001999911", name, "present", None, None, None, f"{SITE}.result:{value}", text, None])
        taken = dice.choice([4, 4, 2, 0])
        segments += [seg("OBX", {1: str(at + 1)} | row) for at, row in enumerate(rows[:taken])] + [f"AL1|{at + 1}|{text}" for at, text in enumerate(patient["allergies"])]
        insured = self.plant("the insurance: number of the person", f"記号{dice.randrange(10**8):08}番号")
        insurance = {1: "1", 2: "67^国民健康保険退職者^JHSD0001", 3: "67999991", 10: insured, 12: "20210401", 16: "^".join(kanji), 17: "SEL^本人^HL70063", 36: insured}
        segments += [seg("IN1", insurance)][: dice.choice([0, 1])]
        self.unit(patient, ("-", "ADT-00", "9" * 15, "-"), time, (segments, facts[:taken], []), updated=10, deleted=0)

    def problem(self, patient, disease, time):
        """The segments of one problem, its fact if it has one, and what is left out of it."""
        dice, (number, name, icd10), staff = self.dice, disease, self.dice.choice(self.staff)
        changed, prefix, suffix, words, status = self.one_of(PROBLEM_WAYS)
        onset = time - timedelta(days=dice.randrange(100, 900))
        written, meant = dice.choice([(day(onset), iso(onset)), (f"{second(onset)}000", iso(onset)), (second(onset), iso(onset)), (day(onset)[:6], iso(onset)[:7]), ("", None)])
        form = dice.choices(["coded", "dotted", "no class", "uncoded", "own"], weights=[70, 10, 6, 8, 6])[0]
        system, code = "MDCDX2", f"ICD10:{icd10[:3]}.{icd10[3:]}".rstrip(".")
        class_ = f"{icd10}^^I10^{dice.choice(['O^外来時^JHSD0004', 'F^最終^JHSD0004'])}{dice.choice(['', '', '^2013'])}"
        if form == "dotted":
            class_ = f"{code[6:]}^^I10"
        elif form == "no class":
            class_, code = "^^I10^O^外来時^JHSD0004", f"MDCDX2:{number}"
        elif form == "uncoded":  # The name of such a diagnosis must never become the code of a disease.
            number, class_, code = "20084317", "", "MDCDX2:20084317"
        elif form == "own":
            number, system, class_, code = f"99{number[2:]}", "99XYZ", "", f"{SITE}.problem:99{number[2:]}"
        note = f"{self.plant('the free text of a problem', ''.join(dice.choices(TREES, k=4)))}より紹介"
        instance = self.order_number(patient)
        fields = {1: "AD", 2: day(time), 3: f"{number}^{name}{words}^{system}", 4: instance, 7: day(onset), 10: class_, 16: written, 17: note}
        fields |= {at: day(time + timedelta(days=value)) if isinstance(value, int) else value for at, value in changed.items()}
        segments = [seg("PRB", fields)] + ([seg("ZPR", {1: prefix, 2: f"{number}^{name}^{system}", 3: suffix})] if prefix or suffix else [])
        if name == "う蝕":  # The tooth, in ZPD-2. It is not a modifier.
            segments.append("ZPD|1|1018^右上８^99XYZ")
        segments.append(seg("ORC", {1: "NW", 2: instance, 9: second(time), 10: staff, 12: staff, 17: "01^内科^HL70069", 29: "O^外来患者オーダ^HL70482"}))
        if status is None:
            return segments, [], [("entered-in-error", segment[:3]) for segment in segments]
        return segments, [[code, name + words, status, meant]], []

    def problem_list(self, patient, time, order="9" * 15):
        segments, facts, fates = [self.header(patient, "PPR^ZD1^PPR_ZD1", time), self.identity(patient)], [], []
        for disease in self.dice.sample(DISEASES, self.dice.randrange(1, 7)):
            made = self.problem(patient, disease, time)
            segments, facts, fates = segments + made[0], facts + made[1], fates + made[2]
        self.unit(patient, ("-", "PPR-01", order, self.dice.choice(["-", "01"])), time, (segments, facts, fates), updated=25, deleted=5)

    def result(self, analyte, at, observed, order_status):
        """The segment of one result, its facts, and what becomes of it without a fact."""
        code, system, name, _, unit, meant, low, high, digits = analyte
        kind, value, flag, state, stated, status = self.one_of(RESULT_WAYS)
        n, m = (f"{number / 10**digits:.{digits}f}" for number in (self.dice.randrange(low, high), high))
        parts = dict(n=n, m=m, w=n.translate(FULL_WIDTH), name=self.plant("the comment of a result", "".join(self.dice.choices(TREES, k=5))) if kind == "TX" else "")
        fields = {1: str(at), 2: kind, 3: f"{code}^{name}^{system}", 5: value.format(**parts), 6: unit if kind in ("NM", "ST", "SN") else "", 8: flag, 11: state}
        if self.dice.random() < 0.3:
            fields |= {7: "1.0-9.9", 14: observed.strftime("%Y%m%d%H%M")}
        stored, facts = f"JLAC10:{code}" if system == "JC10" and len(code) in (15, 17) else f"{SITE}.lab:{code}", []
        for comparator, number, value_code, text in stated:
            number, text = (part and part.format(**parts) for part in (number, text))
            facts.append([stored, name, both(status, order_status), comparator, number, meant if number else None, value_code, text, iso(observed)])
        return seg("OBX", fields), facts, [] if facts else [status]

    def laboratory(self, patient, time, department):
        """OML-11: SPM, OBR, ORC and the results of each specimen. One more result always has a number, so that no order consists of results without a value."""
        dice, order, filler, staff = self.dice, self.order_number(patient), self.order_number(patient), self.dice.choice(self.staff)
        segments = [self.header(patient, "OUL^R22^OUL_R22", time), self.identity(patient)] + [self.visit(False, {})][: dice.choice([0, 1])]
        (report, control, status), analytes, facts, fates = self.one_of(ORDER_WAYS), dice.sample(ANALYTES, dice.randrange(2, 9)), [], []
        taken, reported = time.strftime("%Y%m%d%H%M"), second(time)
        for at, specimen in enumerate(sorted({analyte[3] for analyte in analytes}), 1):
            segments.append(seg("SPM", {1: str(at), 2: order, 4: f"{specimen}^JC10", 17: taken}))
            segments.append(seg("OBR", {1: "1", 2: order, 3: filler, 4: "3^生化学検査^JC10", 7: taken, 8: taken, 16: staff, 22: reported, 25: report}))
            if control != "CM" or dice.random() < 0.9:
                orc = {1: "SC", 2: order, 3: filler, 5: control, 9: reported, 10: staff, 12: staff, 15: day(time), 17: f"{department}^^HL70069"}
                segments.append(seg("ORC", orc | {21: "架空総合病院", 22: self.address, 23: self.phone, 29: "O^外来患者オーダ^HL70482"}))
            for number, analyte in enumerate([analyte for analyte in analytes if analyte[3] == specimen], 1):
                made = self.result(analyte, number, time, status)
                segments, facts, fates = segments + [made[0]], facts + made[1], fates + made[2]
        value = f"{dice.randrange(60, 85) / 10}"
        segments.append(seg("OBX", {1: "99", 2: "NM", 3: "3A010000002327101^総蛋白^JC10", 5: value, 6: "g/dl^g/dl^99XYZ", 11: "F"}))
        facts.append(["JLAC10:3A010000002327101", "総蛋白", status, None, value, "g/dl", None, None, iso(time)])
        self.unit(patient, (day(time), "OML-11", order, department), time, (segments, facts, fates), updated=12, deleted=4)

    def not_read(self, patient, time, department):
        """Messages of kinds that are not read: a visit or a stay, prescriptions, injections."""
        dice, staff, care = self.dice, self.dice.choice(self.staff), day(time)

        def put(data_type, kind, at, fields, *segments):
            is_event = data_type.startswith("ADT")
            event = [seg("EVN", {2: second(at), 7: "SEND001"})] if is_event else []
            head = [self.header(patient, kind, at), *event, self.identity(patient), self.visit(is_event and 45 in fields, fields)]
            self.write(patient, day(at), data_type, self.order_number(patient), at, department, "1", head + list(segments))
            self.leave_out("file-not-read", f"message:{data_type}")

        if dice.random() < 0.8:
            put("ADT-12", dice.choice(["ADT^A04^ADT_A01", "ADT^A01^ADT_A01"]), time, {44: second(time)})
        else:
            put("ADT-22", "ADT^A01^ADT_A01", time, {44: second(time), 45: ""})
            put("ADT-52", "ADT^A03^ADT_A03", time + timedelta(days=9), {36: "01", 45: second(time + timedelta(days=9))})
        allergies = [f"AL1|{at + 1}|{text}" for at, text in enumerate(patient["allergies"])]
        orc = seg("ORC", {1: "NW", 2: self.order_number(patient), 4: "1", 9: care, 10: staff, 12: staff, 21: "架空総合病院", 22: self.address, 23: self.phone})
        if dice.random() < 0.7:
            drug = seg("RXE", {2: "108665201^架空錠５ｍｇ^HOT9", 3: "1", 5: "TAB^錠^MR9P", 6: "TAB^錠^MR9P", 10: "15", 11: "TAB^錠^MR9P", 15: care, 19: "3^TAB&錠&MR9P"})
            salve = seg("RXE", {2: "999999^名称未設定^99XYZ", 3: '""', 5: '""', 10: "2", 11: "HON^本^MR9P", 15: care})
            timing = f"TQ1|1||1013044400000000&内服・経口・１日３回朝昼夕食後&JAMISDP01|||5^d|{care}"
            others = [orc, salve, timing, "RXR|AP^外用^HL70162"][: dice.choice([0, 4])]
            put("OMP-01", "RDE^O11^RDE_O11", time, {}, *allergies, orc, drug, timing, "RXR|PO^口^HL70162", *others)
        if dice.random() < 0.3:
            drug = seg("RXE", {2: "00^一般^99I02", 3: "510", 5: "ML^ミリリットル^MR9P", 6: "INJ^注射剤^MR9P", 10: "510", 11: "ML^ミリリットル^MR9P", 15: care})
            rest = [f"TQ1|1||||||{care}0800|{care}1300", "RXR|IV^静脈内^HL70162||IVP^点滴ポンプ^HL70164", "RXC|A|620002559^架空注50mg^HOT9|2.5|AMP^アンプル^MR9P"]
            put("OMP-02", "RDE^O11^RDE_O11", time, {}, *allergies, orc, drug, *rest)

    def write_patient(self, patient, before):
        dice = self.dice
        first = datetime(2019, 1, 7, 9) + timedelta(days=dice.randrange(1500), milliseconds=dice.randrange(8 * 3600 * 1000))
        times = [first + timedelta(days=30 * n + dice.randrange(20), minutes=dice.randrange(300)) for n in range(dice.choice([0, 1, 1, 2, 3, 4]))]
        for time in times:
            department = dice.choice(["01", "08", "11", "19"])
            self.not_read(patient, time, department)
            for _ in range(dice.choice([0, 1, 1, 2])):
                self.laboratory(patient, time + timedelta(minutes=dice.randrange(60)), department)
        if dice.random() < 0.85:
            self.problem_list(patient, (times or [first])[-1])
        if dice.random() < 0.2:  # Another current file of problems, with an order number of its own.
            self.problem_list(patient, (times or [first])[0], self.order_number(patient))
        if before and dice.random() < 0.02:
            # A result of another patient in the folders of this patient. It must not be stored for either of them.
            segments = [self.header(patient, "OUL^R22^OUL_R22", first), self.identity(before), *FALSE["OML-11"]]
            self.write(patient, day(first), "OML-11", self.order_number(patient), first, "01", "1", segments)
            self.units["path-patient-mismatch"] += 1
        self.demographics(patient, (times or [first])[-1] + timedelta(minutes=9))


def numbers(count, dice):
    """Numbers with ten digits that share their first parts. Every tenth is the number before it without its zeros, and is another patient's number."""
    parts = [[f"{n:0{width}}" for n in dice.sample(range(10 ** (width - 1), 10**width), -(-count // 100) + 9)] for width in (3, 3, 4)]
    found = dice.sample([a + b + c for a in parts[0] for b in parts[1] for c in parts[2]], count)
    for at in range(9, count, 10):
        found[at] = f"{1000 + at}{found[at - 1][7:]}"
        found[at - 1] = f"000{found[at]}"
    return found


def main(folder, count, seed):
    hospital, before, patients, links = Hospital(folder, seed), None, [], ["site,namespace,number,participant"]
    for at, number in enumerate(numbers(count, hospital.dice)):
        patient, participant = hospital.patient(number, is_linked=at % 40 != 39), f"P-{at:05}"
        hospital.write_patient(patient, before)
        before = patient
        if patient["linked"]:
            links.append(f"{SITE},mrn,{number},{participant}")
            sex = {"M": ["male"], "F": ["female"], "O": ["other"]}.get(patient["sex"], [])
            facts = {name: sorted(patient[name], key=json.dumps) for name in ("problems", "results")}
            patients.append(dict(participant=participant, sex=sex, born=[iso(patient["born"])[:7]], **facts))
    members = ("needles", "files", "units", "left_out")
    json.dump(dict(links="\n".join(links) + "\n", patients=patients, **{name: getattr(hospital, name) for name in members}), sys.stdout, ensure_ascii=False)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
