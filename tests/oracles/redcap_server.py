"""A server with the API of REDCap for one project, written from the documentation of the API. Tests change the project through /control.

usage: redcap_server.py. The first line of standard output is the port on 127.0.0.1. The server ends when its standard input closes.

The project is longitudinal and has repeating instruments, checkboxes, missing data codes, an identifying field and a log. `export` writes the files that a
person would export from the web pages, so that a test can compare a pull with an ingest of files.
"""
import csv, io, json, os, sys, threading, time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

TOKEN = "5EC0DE5EC0DE5EC0DE5EC0DE5EC0DE99"
ZONE = timezone(timedelta(hours=9))

FIELDS = [  # name, form, type, label, choices, validation, identifier, branching
    ("record_id", "demographics", "text", "Record ID", "", "", "", ""),
    ("patient_name", "demographics", "text", "Name", "", "", "y", ""),
    ("sex", "demographics", "radio", "Sex", "1, Male | 2, Female", "", "", ""),
    ("birth_date", "demographics", "text", "Date of birth", "", "date_ymd", "", ""),
    ("symptoms", "demographics", "checkbox", "Symptoms", "1, Fever | 2, Cough | NI, No information", "", "", ""),
    ("pregnant", "demographics", "yesno", "Pregnant", "", "", "", "[sex] = '2'"),
    ("scan", "demographics", "file", "Scan", "", "", "", ""),
    ("dx_icd10", "diagnosis", "text", "Code", "", "", "", ""),
    ("dx_term", "diagnosis", "text", "Term", "", "", "", ""),
    ("dx_status", "diagnosis", "radio", "Status", "1, Confirmed | 2, Suspected", "", "", ""),
    ("dx_date", "diagnosis", "text", "Onset", "", "date_ymd", "", ""),
    ("hpo_code", "phenotype", "text", "Code", "", "", "", ""),
    ("hpo_term", "phenotype", "text", "Term", "", "", "", ""),
    ("hpo_present", "phenotype", "radio", "Present", "1, Yes | 0, No", "", "", ""),
    ("lb_jlac10", "labs", "text", "Code", "", "", "", ""),
    ("lb_test", "labs", "text", "Test", "", "", "", ""),
    ("lb_result", "labs", "text", "Result", "", "number", "", ""),
    ("lb_unit", "labs", "text", "Unit", "", "", "", ""),
    ("lb_date", "labs", "text", "Date", "", "date_ymd", "", ""),
    ("sp_id", "specimens", "text", "ID", "", "", "", ""),
    ("sp_type", "specimens", "dropdown", "Type", "1, Whole Blood | 2, Plasma", "", "", ""),
    ("sp_date", "specimens", "text", "Date", "", "date_ymd", "", ""),
    ("note_text", "specimens", "notes", "Note", "", "", "", ""),
]
FORMS = list(dict.fromkeys(field[1] for field in FIELDS))
REPEATING = {"diagnosis", "phenotype", "labs", "specimens"}
EVENTS = ["baseline_arm_1", "followup_arm_1"]
PLACES = ["redcap_repeat_instrument", "redcap_repeat_instance"]

lock = threading.RLock()
released, holding = threading.Event(), threading.Event()


def made(number):
    """The rows of record `number`: (event, instrument, instance, values)."""
    first = dict(patient_name=f"Yamada {number}", sex=str(1 + number % 2), birth_date=f"19{50 + number % 40}-03-0{1 + number % 9}",
                 symptoms=["1"] if number % 3 else ["1", "2"], demographics_complete="2")
    if number % 2:
        first["pregnant"] = "1" if number % 3 else "0"
    rows = [("baseline_arm_1", "", "", first)]
    rows.append(("baseline_arm_1", "diagnosis", 1, dict(dx_icd10=["C16.9", "C50.9", "K29.7"][number % 3], dx_term="a \"quoted\", term\nof two lines",
                                                        dx_status="1", dx_date="2020-01-05" if number % 4 else "NI", diagnosis_complete="2")))
    if number % 2:
        rows.append(("followup_arm_1", "diagnosis", 1, dict(dx_icd10="I10", dx_term="高血圧症", dx_status=str(1 + number % 2), diagnosis_complete="1")))
    rows.append(("followup_arm_1", "phenotype", 1, dict(hpo_code="HP:0001250", hpo_term="Seizure", hpo_present=str(number % 2))))
    rows.append(("followup_arm_1", "labs", 1, dict(lb_jlac10="3A010000002327101", lb_test="TP", lb_result=f"{6 + number % 3}.1", lb_unit="g/dL", lb_date="2024-02-01")))
    rows.append(("followup_arm_1", "labs", 2, dict(lb_jlac10="3A010000002327101", lb_test="TP", lb_result="UNK", lb_unit="g/dL", lb_date="2024-03-01")))
    if number % 5 == 0:
        rows.append(("followup_arm_1", "specimens", 1, dict(sp_id=f"SP-{number}", sp_type="1", sp_date="2024-02-02", note_text="free text")))
    return rows


project = dict(id=417, records={str(n): made(n) for n in range(1, 31)}, changed={}, log=[], hidden=set(), group=None, denied=set(), sparse=False)
faults, requests, state = [], [], dict(leaks=0)


def now():
    return datetime.now(ZONE)


def log(action, record, details, at=None):
    at = at or now()
    project["log"].append(dict(timestamp=at.strftime("%Y-%m-%d %H:%M"), username="tanaka", action=action, details=details, record=record))
    project["changed"][record] = at


def columns(rows, groups, all_places):
    """The columns of a flat export."""
    names = ["record_id", "redcap_event_name"]
    if all_places or not project["sparse"] or any(row[2] for row in rows):
        names += PLACES
    if groups and project["group"]:
        names.append("redcap_data_access_group")
    for form in FORMS:
        for name, of, kind, _, choices, *_ in FIELDS:
            if of != form or name == "record_id" or kind == "file":
                continue
            if kind == "checkbox":
                names += [f"{name}___{code.split(',')[0].strip().lower()}" for code in choices.split("|")]
            else:
                names.append(name)
        names.append(f"{form}_complete")
    return [name for name in names if name.split("___")[0] not in project["hidden"]]


def flat(ids, groups=False, all_places=False):
    rows = [(record, *row) for record in ids for row in project["records"][record]]
    names, found = columns(rows, groups, all_places), []
    for record, event, instrument, instance, values in rows:
        cells = dict(record_id=record, redcap_event_name=event, redcap_repeat_instrument=instrument, redcap_repeat_instance=instance,
                     redcap_data_access_group=project["group"])
        for form in FORMS:
            is_here = instrument == form if instrument else form not in REPEATING
            if not is_here:
                continue
            for name, of, kind, _, choices, *_ in FIELDS:
                if of != form or name == "record_id":
                    continue
                if kind == "checkbox":
                    for code in (part.split(",")[0].strip() for part in choices.split("|")):
                        cells[f"{name}___{code.lower()}"] = "1" if code in values.get(name, []) else "0"
                else:
                    cells[name] = values.get(name, "")
            cells[f"{form}_complete"] = values.get(f"{form}_complete", "0")
        found.append({name: cells.get(name, "") for name in names})
    return names, found


def dictionary():
    keys = ("field_name", "form_name", "section_header", "field_type", "field_label", "select_choices_or_calculations", "field_note",
            "text_validation_type_or_show_slider_number", "text_validation_min", "text_validation_max", "identifier", "branching_logic",
            "required_field", "custom_alignment", "question_number", "matrix_group_name", "matrix_ranking", "field_annotation")
    for name, form, kind, label, choices, validation, identifier, branching in FIELDS:
        values = dict(field_name=name, form_name=form, field_type=kind, field_label=label, select_choices_or_calculations=choices,
                      text_validation_type_or_show_slider_number=validation, identifier=identifier, branching_logic=branching)
        yield {key: values.get(key, "") for key in keys}


def export_names():
    for name, form, kind, _, choices, *_ in FIELDS:
        if kind == "file":
            continue
        if kind == "checkbox":
            for code in choices.split("|"):
                code = code.split(",")[0].strip()
                yield dict(original_field_name=name, choice_value=code, export_field_name=f"{name}___{code.lower()}")
        else:
            yield dict(original_field_name=name, choice_value="", export_field_name=name)
    for form in FORMS:
        yield dict(original_field_name=f"{form}_complete", choice_value="", export_field_name=f"{form}_complete")


class Refusal(Exception):
    pass


def answer(form):
    """The answer to a request of the API, as a value for JSON."""
    if form.get("token") != TOKEN:
        raise Refusal(403, "You do not have permissions to use the API")
    if form.get("format") != "json" or form.get("returnFormat") != "json":
        raise Refusal(400, "this test answers with JSON only")
    content = form.get("content")
    if content in project["denied"]:
        raise Refusal(403, "You do not have the right to do this")
    if content == "project":
        return dict(project_id=project["id"], project_title="a test", is_longitudinal=1, has_repeating_instruments_or_events=1)
    if content == "metadata":
        return list(dictionary())
    if content == "exportFieldNames":
        return list(export_names())
    if content == "record":
        if form.get("rawOrLabel", "raw") != "raw" or form.get("type", "flat") != "flat":
            raise Refusal(400, "only raw and flat")
        asked = [value for name, value in form.items() if name.startswith("records[")]
        unknown = [record for record in asked if record not in project["records"]]
        ids = [record for record in project["records"] if not asked or record in asked]
        if asked and unknown and not ids:
            return []
        if "dateRangeBegin" in form:
            begin = datetime.strptime(form["dateRangeBegin"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
            ids = [record for record in ids if project["changed"].get(record) and project["changed"][record] >= begin]
        fields = [value for name, value in form.items() if name.startswith("fields[")]
        if fields:
            return [dict(record_id=record, redcap_event_name=event) for record in ids for event in EVENTS if any(row[0] == event for row in project["records"][record])]
        return flat(ids, groups=form.get("exportDataAccessGroups") == "true")[1]
    if content == "log":
        rows = list(reversed(project["log"]))
        if form.get("logtype") == "record_delete":
            rows = [row for row in rows if row["action"].lower().startswith("delete")]
        elif form.get("logtype") == "record":
            rows = [row for row in rows if row["record"] or "ecord" in row["action"]]
        if "beginTime" in form:
            rows = [row for row in rows if row["timestamp"] >= form["beginTime"]]
        return rows
    raise Refusal(400, "the value of the parameter 'content' is not valid")


def control(order):
    do = order["do"]
    if do == "delete":
        del project["records"][order["record"]]
        log(f"Delete record {order['record']}", order["record"], f"record_id = '{order['record']}'")
    elif do == "vanish":
        del project["records"][order["record"]]
    elif do == "create":
        project["records"][order["record"]] = made(int(order["like"]))
        log(order.get("action", f"Create record {order['record']}"), order["record"], f"record_id = '{order['record']}', sex = '1'")
    elif do == "rename":
        project["records"] = {order["to"] if r == order["record"] else r: rows for r, rows in project["records"].items()}
        log(f"Update record {order['to']}", order["record"], f"record_id = '{order['to']}'")
    elif do == "set":
        rows = project["records"][order["record"]]
        rows[order["row"]][3][order["field"]] = order["value"]
        log(f"Update record {order['record']}", order["record"], f"{order['field']} = '{order['value']}'")
    elif do == "hide":
        project["hidden"] = set(order["fields"])
    elif do == "deny":
        project["denied"] = set(order["contents"])
    elif do == "project":
        project["id"] = order["id"]
    elif do == "sparse":
        # Columns of repeating instruments are only in answers with such rows, and one record has no such row.
        project["sparse"] = True
        first = next(iter(project["records"]))
        project["records"][first] = project["records"][first][:1]
    elif do == "fault":
        # The answers to requests of `content` from number `from` (0 is the first after this order), `times` of them.
        released.clear()
        holding.clear()
        faults.append(dict(order, seen=0))
    elif do == "no-faults":
        faults.clear()
        released.set()
    elif do == "requests":
        return dict(requests=requests, **state)
    elif do == "export":
        names, rows = flat(project["records"], groups=bool(project["group"]), all_places=True)
        with open(os.path.join(order["folder"], "records.csv"), "w", newline="") as out:
            writer = csv.DictWriter(out, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        with open(os.path.join(order["folder"], "data_dictionary.csv"), "w", newline="") as out:
            entries = list(dictionary())
            writer = csv.DictWriter(out, entries[0])
            writer.writeheader()
            writer.writerows(entries)
        with open(os.path.join(order["folder"], "logging.csv"), "w", newline="") as out:
            writer = csv.DictWriter(out, ["timestamp", "username", "action", "details", "record"])
            writer.writeheader()
            writer.writerows(reversed(project["log"]))
    else:
        raise Refusal(400, do)
    return {}


def fault_of(content):
    for fault in faults:
        if fault["content"] != content:
            continue
        number, fault["seen"] = fault["seen"], fault["seen"] + 1
        if fault.get("from", 0) <= number < fault.get("from", 0) + fault.get("times", 1):
            return fault
    return None


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, body, kind="application/json; charset=utf-8", headers=(), length=None):
        self.send_response_only(status)
        self.send_header("Date", format_datetime(datetime.now(timezone.utc), usegmt=True))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        state["leaks"] += TOKEN in self.path
        self.reply(405, b"{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/control":
            order = json.loads(body)
            if order["do"] == "wait-held":
                # Waits until an answer is held back.
                return self.reply(200 if holding.wait(60) else 500, b"{}")
            with lock:
                try:
                    self.reply(200, json.dumps(control(order)).encode())
                except Refusal as refusal:
                    self.reply(refusal.args[0], json.dumps(dict(error=str(refusal.args[-1]))).encode())
            return None
        # The token is only in the body of the form.
        leaks = TOKEN in self.path or any(TOKEN in value for value in self.headers.values())
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        is_form = self.path == "/api/" and self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        with lock:
            state["leaks"] += leaks
            requests.append({name: value for name, value in form.items() if name != "token"})
            fault = fault_of(form.get("content"))
            try:
                found = answer(form) if is_form else None
                status, text = (200, json.dumps(found, ensure_ascii=False).encode()) if is_form else (404, b"{}")
            except Refusal as refusal:
                status, text = refusal.args[0], json.dumps(dict(error=refusal.args[1])).encode()
        kind = fault and fault["kind"]
        if kind == "hold":
            holding.set()
            released.wait(60)
        if kind == "status":
            return self.reply(fault["status"], json.dumps(dict(error=f"failed for {TOKEN}")).encode())
        if kind == "redirect":
            return self.reply(307, b"", headers=[("Location", fault["to"])])
        if kind == "html":
            return self.reply(200, b"<html><body>Log In</body></html>", "text/html; charset=utf-8")
        if kind == "html-as-json":
            return self.reply(200, b"<html><body>Log In</body></html>")
        if kind == "error-200":
            return self.reply(200, b'{"error": "The system is offline"}')
        if kind == "csv":
            return self.reply(200, b"record_id,sex\n1,1\n", "text/csv; charset=utf-8")
        if kind == "cut-json":
            return self.reply(status, text[: len(text) // 2])
        if kind == "cut-body":
            self.reply(status, text[: len(text) // 2], length=len(text))
            self.close_connection = True
            return None
        if kind == "slow":
            time.sleep(fault["seconds"])
        if kind == "lacks":
            text = json.dumps([row for row in found if row["record_id"] not in fault["records"]]).encode()
        if kind == "other":
            text = json.dumps([dict(row, record_id="99") for row in found]).encode()
        return self.reply(status, text)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
