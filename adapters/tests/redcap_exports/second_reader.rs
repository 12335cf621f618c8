//! Python's own readers of CSV and JSON, with a short program that knows REDCap's columns, read the same cells as the adapter.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process::Command;

use gemj_adapters::redcap::read;
use gemj_adapters::unit::{Field, Met};

use super::mutations::selection;
use super::project::Project;
use super::random::Random;
use super::write::{DICTIONARY_COLUMNS, PLAIN, Style, csv, dictionary, json};

/// Prints, for each record, event, instrument and instance, the values of the requested columns. The arguments are the file and the requested
/// columns.
const PROGRAM: &str = r#"
import csv, json, sys
path, wanted = sys.argv[1], sys.argv[2:]
with open(path, newline="", encoding="utf-8-sig") as file:
    rows = json.load(file) if path.endswith(".json") else list(csv.DictReader(file, delimiter=";"))
out = {}
for row in rows:
    row = {name: "" if value is None else str(value) for name, value in row.items()}
    is_eav = "field_name" in row
    place = "/".join([row["record" if is_eav else "record_id"]] + [row.get("redcap_" + name, "") for name in
        ("event_name", "repeat_instrument", "repeat_instance")])
    cells = row
    if is_eav:
        name, value = row["field_name"], row["value"]
        cells = {name: value, name + "___" + value.lower().replace("-", "_"): "1"}
    for name in wanted:
        value = cells.get(name, "").strip()
        if value and value not in ("NASK", "-99") and not ("___" in name and value == "0"):
            out.setdefault(place, {})[name] = value
json.dump(out, sys.stdout)
"#;

#[test]
fn python_reads_the_same_cells() {
    let mut random = Random(23);
    for _ in 0..12 {
        let project = Project::random(&mut random);
        let mut selection = selection(&project);
        // The hidden fields need the branching logic, which the program does not read.
        selection
            .fields
            .retain(|field| !field.ends_with("_hid") && !field.ends_with(":label") && field != "record_id");
        let semicolons = Style {
            delimiter: ';',
            line_end: "\r\n",
            mark: "\u{feff}",
            quotes_all: false,
        };
        let files = [
            ("flat.csv", csv(&project.flat(), semicolons)),
            ("eav.csv", csv(&project.eav(), semicolons)),
            ("flat.json", json(&project.flat())),
            ("eav.json", json(&project.eav())),
        ];
        for (name, text) in files {
            let dictionary = csv(&dictionary(&project.dictionary(), DICTIONARY_COLUMNS), PLAIN);
            let folder = super::world::folder(&[(name, text.as_bytes()), ("data_dictionary.csv", dictionary.as_bytes())]);
            let file = folder.path().join(name);
            let output = Command::new("python3")
                .args(["-c", PROGRAM])
                .arg(&file)
                .args(&selection.fields)
                .output();
            let Ok(output) = output else {
                assert!(std::env::var_os("CI").is_none(), "python3 is not available");
                eprintln!("SKIPPED: python3 is not available");
                return;
            };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let expected: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_slice(&output.stdout).unwrap();
            let mut got: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
            let flow = read(&file, &selection, &mut |met| {
                if let Met::Undecodable(refused) = &met {
                    panic!("{refused:?}");
                }
                if let Met::Unit(unit) = met {
                    for record in unit.records {
                        let text = |name: &str| match record.fields.get(name) {
                            Some(Field::Value(text)) => text.clone(),
                            Some(Field::Null) | None => String::new(),
                        };
                        let places = ["event_name", "repeat_instrument", "repeat_instance"].map(|name| text(&format!("redcap_{name}")));
                        let cells: BTreeMap<String, String> = selection
                            .fields
                            .iter()
                            .filter(|name| record.fields.contains_key(*name))
                            .map(|name| (name.clone(), text(name)))
                            .collect();
                        if !cells.is_empty() {
                            got.insert(format!("{}/{}", unit.key, places.join("/")), cells);
                        }
                    }
                }
                ControlFlow::Continue(())
            });
            assert!(flow.is_continue());
            assert_eq!(got, expected, "{name}");
        }
    }
}
