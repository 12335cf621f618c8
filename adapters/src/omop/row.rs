//! Makes the record of one row.

use std::collections::BTreeMap;

use crate::redcap::rows::Row;
use crate::unit::{Field, LeftOutRule, Record, UnitAccount};

use super::index::{Index, Opened};
use super::status::{Cells, is_nothing, sign, status};
use super::tables::{PERSON, Table};

/// Makes the record of a row. Every column that does not enter it is counted, if the row has a value of it. The number of the person is kept as received.
pub(super) fn record(row: &Row, opened: &Opened, table: &Table, index: &Index, account: &mut UnitAccount) -> Record {
    let is_person = opened.table == PERSON;
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    for (at, text) in &row.cells {
        let Some(column) = opened.columns.get(*at) else { continue };
        let plain = text.trim();
        if plain.is_empty() || (column == "person_id" && !is_person) {
            continue;
        }
        if is_person && *column == index.number {
            fields.insert(column.clone(), Field::Value(text.clone()));
        } else if column != "person_id" && !table.reads(column) {
            account.leave_out(LeftOutRule::FieldNotAdmitted, table.shown(column));
        } else if column.ends_with("_concept_id") && is_nothing(plain) && !is_person {
            // The concept 0 means that the source's code has no concept.
            account.leave_out(LeftOutRule::MissingCode, format!("{}.{column}", table.name));
        } else {
            fields.insert(column.clone(), Field::Value(plain.to_owned()));
        }
    }
    if !is_person {
        derived(row, opened, table, index, &mut fields);
    }
    Record {
        kind: table.name.to_owned(),
        parent: (!is_person).then_some(0),
        offset: opened.rows.source.offset(row.offset),
        fields,
    }
}

/// Adds the fields that the decoder makes: `@Status`, the names of concepts, the source's own code (`@Local`), the unit (`@Unit`), and the sign of an operator
/// before a number.
fn derived(row: &Row, opened: &Opened, table: &Table, index: &Index, fields: &mut BTreeMap<String, Field>) {
    let concepts = &index.concepts;
    let cells = Cells {
        row,
        columns: &opened.columns,
    };
    let mut add = |name: String, text: &str| {
        if !text.is_empty() {
            fields.insert(name, Field::Value(text.to_owned()));
        }
    };
    add("@Status".to_owned(), status(table, cells, concepts, index.today.as_ref()).as_str());
    let named = [
        table.concept,
        "value_as_concept_id",
        "unit_concept_id",
        "route_concept_id",
        "anatomic_site_concept_id",
    ];
    for column in named.into_iter().filter(|column| table.reads(column)) {
        if let Some(concept) = concepts.get(cells.get(column)) {
            add(format!("{column}:name"), &concept.name);
        }
    }
    let source = cells.get(table.source);
    if is_nothing(cells.get(table.concept)) {
        add("@Local".to_owned(), &as_code(source));
    }
    let unit = match (
        cells.get("unit_source_value"),
        concepts.get(cells.get("unit_concept_id")),
        cells.get("unit_concept_id"),
    ) {
        ("", None, id) if is_nothing(id) => String::new(),
        ("", None, id) => format!("OMOP:{id}"),
        ("", Some(concept), _) => concept.name.clone(),
        (text, _, _) => text.to_owned(),
    };
    if table.reads("value_as_number") {
        add("@Unit".to_owned(), &unit);
        let signed = sign(cells.get("operator_concept_id"))
            .filter(|_| table.reads("operator_concept_id"))
            .unwrap_or_default();
        let number = cells.get("value_as_number");
        if !number.is_empty() {
            add("value_as_number".to_owned(), &format!("{signed}{number}"));
        }
    }
}

/// A source's own code as the code of a CURIE: white space and controls are percent-encoded.
fn as_code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_whitespace() || c.is_control() || c == '%' {
            true => c
                .encode_utf8(&mut [0; 4])
                .bytes()
                .for_each(|byte| code.push_str(&format!("%{byte:02X}"))),
            false => code.push(c),
        }
    }
    code
}
