//! A generator of random REDCap projects, with four writers of exports and a brute-force reading of the facts. It shares no code with the adapter.

use std::collections::{BTreeMap, BTreeSet};

use super::random::Random;

/// The place of values in a record: event, repeating instrument, instance. Empty texts and 0 mean that there is none.
pub(crate) type Place = (String, String, u32);

/// The values of one record, by place and then by variable. The value of a checkbox is the list of its ticked codes.
pub(crate) type Values = BTreeMap<Place, BTreeMap<String, Value>>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Ticked(BTreeSet<String>),
}

#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) name: String,
    pub(crate) repeats: bool,
    /// The codes of the status `present` and `excluded`.
    pub(crate) status: [String; 2],
    pub(crate) boxes: Vec<String>,
    /// Whether the hidden field depends on the base form, and not on its own form.
    pub(crate) hidden_by_base: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) forms: Vec<Form>,
    /// The events; empty for a project that is not longitudinal.
    pub(crate) events: Vec<String>,
    /// Whether the last event repeats as a whole.
    pub(crate) last_event_repeats: bool,
    pub(crate) records: Vec<(String, Values)>,
}

/// The columns and the texts of the rows of an export. Every row has a text for every column.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

const BOX_CODES: [&str; 6] = ["1", "2", "-1", "a", "99", "B_2"];

impl Project {
    pub(crate) fn random(random: &mut Random) -> Self {
        let form = |at: usize, random: &mut Random| {
            let mut codes = vec!["0", "1", "2", "7", "x"];
            let first = codes.remove(random.below(codes.len()));
            let second = codes.remove(random.below(codes.len()));
            Form {
                name: format!("f{at}"),
                repeats: at > 0 && random.chance(60),
                status: [first.to_owned(), second.to_owned()],
                boxes: BOX_CODES
                    .iter()
                    .filter(|_| random.chance(60))
                    .map(|code| (*code).to_owned())
                    .chain(["3".to_owned()])
                    .collect(),
                hidden_by_base: at > 0 && random.chance(40),
            }
        };
        let count = 1 + random.below(4);
        let forms: Vec<Form> = (0..count).map(|at| form(at, random)).collect();
        let events: Vec<String> = match random.below(3) {
            0 => Vec::new(),
            more => (1..=more + 1).map(|at| format!("visit_{at}_arm_1")).collect(),
        };
        let mut project = Self {
            last_event_repeats: !events.is_empty() && random.chance(40),
            forms,
            events,
            records: Vec::new(),
        };
        let mut counter = 0;
        for at in 0..1 + random.below(6) {
            let id = match random.below(4) {
                0 => format!("{at:03}"),
                1 => format!("{at}"),
                2 => format!("S-{at}, \"x\""),
                _ => format!("患者{at}"),
            };
            let values = project.values(random, &mut counter, at == 0);
            project.records.push((id, values));
        }
        project
    }

    fn values(&self, random: &mut Random, counter: &mut u32, is_full: bool) -> Values {
        let mut values = Values::new();
        let none = [String::new()];
        let events = if self.events.is_empty() { &none[..] } else { &self.events[..] };
        for (event_at, event) in events.iter().enumerate() {
            let event_repeats = self.last_event_repeats && event_at + 1 == events.len();
            let event_instances: Vec<u32> = match event_repeats {
                true => (1..=1 + random.below(3) as u32).collect(),
                false => vec![0],
            };
            for event_instance in event_instances {
                for form in &self.forms {
                    let repeats = form.repeats && !event_repeats;
                    let (instrument, instances) = match repeats {
                        true => (form.name.clone(), (1..=random.below(4) as u32 + u32::from(is_full)).collect()),
                        false => (String::new(), vec![event_instance]),
                    };
                    for instance in instances {
                        if is_full || random.chance(80) {
                            let place = values.entry((event.clone(), instrument.clone(), instance)).or_default();
                            fill(form, place, random, counter, is_full);
                        }
                    }
                }
                // One record has one sex, which is stated in the first event only.
                if event_at == 0 && !event_repeats && random.chance(70) {
                    let sex = if random.chance(50) { "1" } else { "2" };
                    values
                        .entry((event.clone(), String::new(), event_instance))
                        .or_default()
                        .insert("sex".into(), Value::Text(sex.into()));
                }
            }
        }
        values
    }

    pub(crate) fn dictionary(&self) -> Vec<[String; 18]> {
        let mut rows = Vec::new();
        let mut add = |name: &str, form: &str, kind: &str, choices: &str, validation: &str, identifier: &str, branching: &str| {
            let mut row: [String; 18] = Default::default();
            for (at, text) in [
                (0, name),
                (1, form),
                (3, kind),
                (4, "Label, \"of\"\na field"),
                (5, choices),
                (7, validation),
                (10, identifier),
                (11, branching),
            ] {
                row[at] = text.to_owned();
            }
            rows.push(row);
        };
        add("record_id", "f0", "text", "", "", "", "");
        add("sex", "f0", "radio", "1, Male | 2, Female", "", "", "");
        for form in &self.forms {
            let (name, [present, excluded]) = (&form.name, &form.status);
            let boxes: Vec<String> = form.boxes.iter().map(|code| format!("{code}, Box {code}")).collect();
            let hidden = match form.hidden_by_base {
                true => "[sex] = '2'".to_owned(),
                false => format!("[{name}_st]='{present}' and ([{name}_box(3)] = \"1\" or [{name}_code] <> '')"),
            };
            add(&format!("{name}_code"), name, "text", "", "", "", "");
            add(
                &format!("{name}_st"),
                name,
                "radio",
                &format!("{present}, Present | {excluded}, Excluded"),
                "",
                "",
                "",
            );
            add(&format!("{name}_date"), name, "text", "", "date_ymd", "", "");
            add(&format!("{name}_box"), name, "checkbox", &boxes.join(" | "), "", "", "");
            add(
                &format!("{name}_kind"),
                name,
                "dropdown",
                "1, Whole blood | 2, DNA, total",
                "",
                "",
                "",
            );
            add(&format!("{name}_num"), name, "calc", "1+1", "", "", "");
            add(&format!("{name}_hid"), name, "text", "", "number", "", &hidden);
            add(&format!("{name}_note"), name, "notes", "", "", "", "");
            add(&format!("{name}_name"), name, "text", "", "", "y", "");
            add(&format!("{name}_scan"), name, "file", "", "", "", "");
            add(&format!("{name}_about"), name, "descriptive", "", "", "", "");
        }
        rows
    }

    /// The profile that reads the facts of [`Project::facts`].
    pub(crate) fn profile(&self) -> String {
        let mut text =
            "profile: project\nversion: \"1\"\nformat: redcap\nredcap: { dictionary: data_dictionary.csv, missing: [NASK, \"-99\"] }\n\
            participant: { record: \"*\", number: record_id }\n\
            sex: { record: row, value: { from: sex, via: [{ map: { \"1\": male, \"2\": female } }] } }\nrules:\n"
                .to_owned();
        for form in &self.forms {
            let (name, [present, excluded]) = (&form.name, &form.status);
            // A form of a repeating event is in the records of kind `row`.
            let kinds = match (form.repeats, self.last_event_repeats) {
                (false, _) => vec!["row".to_owned()],
                (true, false) => vec![format!("instrument:{name}")],
                (true, true) => vec!["row".to_owned(), format!("instrument:{name}")],
            };
            for kind in kinds {
                text.push_str(&format!(
                    "  - fact: phenotype\n    record: \"{kind}\"\n    code: {{ from: {name}_code, via: [hpo] }}\n    label: \"{name}_kind:label\"\n    \
                     status: {{ from: {name}_st, via: [{{ map: {{ \"{present}\": present, \"{excluded}\": excluded }} }}] }}\n    \
                     onset: {{ from: {name}_date, via: [{{ date: [iso] }}] }}\n"
                ));
                for code in &form.boxes {
                    let column = format!("{name}_box___{}", box_name(code));
                    text.push_str(&format!(
                        "  - fact: phenotype\n    record: \"{kind}\"\n    when: [{{ field: {column}, in: [\"1\"] }}]\n    \
                         code: {{ const: \"BOX:{name}-{column}\" }}\n    label: {column}\n"
                    ));
                }
                for field in ["num", "hid"] {
                    text.push_str(&format!(
                        "  - fact: measurement\n    record: \"{kind}\"\n    code: {{ const: \"LAB:{name}-{field}\" }}\n    \
                         value: {{ quantity: {name}_{field} }}\n"
                    ));
                }
            }
        }
        text.push_str("ignore:\n  - { field: \"*_complete\", reason: not needed }\n  - { field: \"redcap_*\", reason: not needed }\n");
        text
    }

    /// The statements of each record, written as texts. The order has no meaning.
    pub(crate) fn facts(&self) -> BTreeMap<String, BTreeSet<String>> {
        let of = |values: &Values| {
            let mut facts = BTreeSet::new();
            for ((event, instrument, instance), place) in values {
                if let Some(Value::Text(sex)) = place.get("sex") {
                    facts.insert(format!("sex {sex}"));
                }
                for form in &self.forms {
                    let text = |place: &BTreeMap<String, Value>, field: &str| match place.get(field) {
                        Some(Value::Text(text)) if !["NASK", "-99"].contains(&text.trim()) => Some(text.trim().to_owned()),
                        _ => None,
                    };
                    let own = |field: &str| text(place, &format!("{}_{field}", form.name));
                    let ticked = match place.get(&format!("{}_box", form.name)) {
                        Some(Value::Ticked(codes)) => codes.clone(),
                        _ => BTreeSet::new(),
                    };
                    if let (Some(code), Some(status)) = (own("code"), own("st")) {
                        let label = match own("kind").as_deref() {
                            Some("1") => "Whole blood",
                            Some(_) => "DNA, total",
                            None => "",
                        };
                        let status = if status == form.status[0] { "present" } else { "excluded" };
                        facts.insert(format!("{code} {label} {status} {}", own("date").unwrap_or_default()));
                    }
                    for code in ticked.iter().filter(|code| *code != "NASK") {
                        facts.insert(format!("BOX:{0}-{0}_box___{1} 1 present ", form.name, box_name(code)));
                    }
                    if let Some(number) = own("num") {
                        facts.insert(format!("LAB:{}-num  present {number}", form.name));
                    }
                    let base = match instrument.is_empty() {
                        true => Some(place),
                        false => values.get(&(event.clone(), String::new(), 0)),
                    };
                    let _ = instance;
                    let is_shown = match form.hidden_by_base {
                        true => base.and_then(|base| text(base, "sex")).as_deref() == Some("2"),
                        false => own("st").as_deref() == Some(form.status[0].as_str()) && (ticked.contains("3") || own("code").is_some()),
                    };
                    if let (Some(number), true) = (own("hid"), is_shown) {
                        facts.insert(format!("LAB:{}-hid  present {number}", form.name));
                    }
                }
            }
            facts
        };
        self.records.iter().map(|(id, values)| (id.clone(), of(values))).collect()
    }

    /// The flat export. As REDCap does, a row has 0 in the boxes and the states of its forms, also if a form was never opened.
    pub(crate) fn flat(&self) -> Table {
        let mut header = vec!["record_id".to_owned()];
        if !self.events.is_empty() {
            header.push("redcap_event_name".into());
        }
        header.extend(["redcap_repeat_instrument", "redcap_repeat_instance", "sex"].map(str::to_owned));
        for form in &self.forms {
            let name = &form.name;
            header.extend(["code", "st", "date"].map(|field| format!("{name}_{field}")));
            header.extend(form.boxes.iter().map(|code| format!("{name}_box___{}", box_name(code))));
            header.push(format!("{name}_box___nask"));
            header.extend(["kind", "num", "hid", "note", "name", "scan", "complete"].map(|field| format!("{name}_{field}")));
        }
        let mut rows = Vec::new();
        for (id, values) in &self.records {
            for ((event, instrument, instance), place) in values {
                let cell = |column: &String| match column.as_str() {
                    "record_id" => id.clone(),
                    "redcap_event_name" => event.clone(),
                    "redcap_repeat_instrument" => instrument.clone(),
                    "redcap_repeat_instance" if *instance == 0 => String::new(),
                    "redcap_repeat_instance" => instance.to_string(),
                    name => {
                        let is_here = instrument.is_empty() || name.starts_with(&format!("{instrument}_"));
                        match name.split_once("___") {
                            Some((variable, code)) if is_here => match place.get(variable) {
                                Some(Value::Ticked(codes)) if codes.iter().any(|ticked| box_name(ticked) == code) => "1".into(),
                                _ => "0".into(),
                            },
                            Some(_) => String::new(),
                            None => match place.get(name) {
                                Some(Value::Text(text)) => text.clone(),
                                Some(Value::Ticked(_)) => panic!("{name}"),
                                None if is_here && name.ends_with("_complete") => "0".into(),
                                None => String::new(),
                            },
                        }
                    }
                };
                rows.push(header.iter().map(cell).collect());
            }
        }
        Table { header, rows }
    }

    /// The EAV export: one row for each value and for each ticked box.
    pub(crate) fn eav(&self) -> Table {
        let is_longitudinal = !self.events.is_empty();
        let names = [
            "record",
            "redcap_event_name",
            "redcap_repeat_instrument",
            "redcap_repeat_instance",
            "field_name",
            "value",
        ];
        let header = names.into_iter().filter(|name| is_longitudinal || *name != "redcap_event_name");
        let mut rows = Vec::new();
        for (id, values) in &self.records {
            for ((event, instrument, instance), place) in values {
                let mut add = |name: &str, value: &str| {
                    let mut row = vec![id.clone()];
                    row.extend(is_longitudinal.then(|| event.clone()));
                    let instance = if *instance == 0 { String::new() } else { instance.to_string() };
                    row.extend([instrument.clone(), instance, name.to_owned(), value.to_owned()]);
                    rows.push(row);
                };
                if instrument.is_empty() {
                    add("record_id", id);
                }
                for (name, value) in place {
                    match value {
                        Value::Text(text) => add(name, text),
                        Value::Ticked(codes) => codes.iter().for_each(|code| add(name, code)),
                    }
                }
            }
        }
        Table {
            header: header.map(str::to_owned).collect(),
            rows,
        }
    }
}

/// Fills one form at one place with random values.
fn fill(form: &Form, place: &mut BTreeMap<String, Value>, random: &mut Random, counter: &mut u32, is_full: bool) {
    let mut put = |field: &str, value: Value| place.insert(format!("{}_{field}", form.name), value);
    let text = |text: &str| Value::Text(text.to_owned());
    if is_full || random.chance(80) {
        *counter += 1;
        put("code", Value::Text(format!("HP:{counter:07}")));
        put("st", text(&form.status[random.below(2)]));
        if random.chance(60) {
            put("date", text(["2023-05-10", "2023-05", "NASK", " 2020-01-01 "][random.below(4)]));
        }
        if random.chance(60) {
            put("kind", text(["1", "2", "-99"][random.below(3)]));
        }
    }
    if random.chance(70) {
        let codes: BTreeSet<String> = form.boxes.iter().filter(|_| random.chance(40)).cloned().collect();
        match codes.is_empty() {
            true if random.chance(50) => put("box", Value::Ticked(BTreeSet::from(["NASK".to_owned()]))),
            true => None,
            false => put("box", Value::Ticked(codes)),
        };
    }
    if random.chance(50) {
        put("num", Value::Text(random.below(500).to_string()));
    }
    if random.chance(50) {
        put("hid", Value::Text(random.below(500).to_string()));
    }
    if random.chance(50) {
        put(
            "note",
            text(
                [
                    "a, \"quoted\" text",
                    "two\nlines",
                    "two\r\nlines; and | more ^\t",
                    "　全角　",
                    "\\",
                    "'",
                ][random.below(6)],
            ),
        );
    }
    if random.chance(50) {
        put("name", text(["山田, 花子", "SECRET"][random.below(2)]));
    }
    if random.chance(20) {
        put("scan", text("[document]"));
    }
    put("complete", text(["0", "1", "2"][if is_full { 2 } else { random.below(3) }]));
}

/// The column of a code: REDCap writes codes in lower case and the minus sign as an underscore.
pub(crate) fn box_name(code: &str) -> String {
    code.to_lowercase().replace('-', "_")
}
