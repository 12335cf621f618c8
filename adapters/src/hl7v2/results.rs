//! Divides a message with results into one unit for each result.
//!
//! An order is often reported in several messages, each with some of its results (HL7 v2.5 § 7.1). If the message were the unit, a message with other
//! results would replace the results of the messages before it. A correction must replace exactly the result that it corrects. So a unit is what one
//! result identifies: the order, the day, the specimen, the service (OBR-4), the analyte (OBX-3) and its sub-number (OBX-4).

use std::collections::{BTreeMap, BTreeSet};

use super::identity::{Identity, key};
use super::{Hl7Fault, MessageKind, TakenMessage};
use crate::unit::{Field, Record};

/// A result with the segments around it.
pub(super) struct OneResult {
    pub(super) key: String,
    /// The header, the patient, the specimen, the order and the result; for a void result only the header and the patient.
    pub(super) records: Vec<Record>,
    /// Whether the message states that the result is void: deleted, wrong, or not available.
    pub(super) deleted: bool,
}

/// The results of a message, in the order of their keys. `void` are the segments that were left out because they state that a result is void.
///
/// # Errors
/// [`Hl7Fault::NoResults`] if there is neither a result nor a void result.
pub(super) fn results<'r>(
    records: &'r [Record],
    void: &'r [Record],
    kind: MessageKind,
    identity: &Identity,
) -> Result<impl Iterator<Item = OneResult> + 'r, Hl7Fault> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let all = Segments { records };
    for (at, record) in records.iter().enumerate() {
        if record.kind == "OBX" && all.parent(record).is_none_or(|parent| parent.kind != "OBX") {
            by_key.entry(all.key(record, kind, identity)).or_default().push(at);
        }
    }
    for record in void {
        by_key.entry(all.key(record, kind, identity)).or_default();
    }
    match by_key.is_empty() {
        true => Err(Hl7Fault::NoResults),
        false => Ok(by_key.into_iter().map(move |(key, segments)| OneResult {
            key,
            deleted: segments.is_empty(),
            records: all.around(&segments),
        })),
    }
}

/// The care date and the order number under which a storage keeps the file of a message: SPM-17 (or OBR-7), and ORC-2 (or OBR-2) with 15 places. Both
/// are `-` and zeros for a snapshot. `None` if the message does not state them.
pub(crate) fn storage_place(message: &TakenMessage) -> Option<(String, String)> {
    if message.kind.is_snapshot() {
        return Some(("-".to_owned(), "0".repeat(15)));
    }
    let of = |segment: &str, names: &[&str]| {
        let mut records = message.records.iter().filter(|record| record.kind == segment);
        records.find_map(|record| Segments::text(Some(record), names)).map(str::to_owned)
    };
    let time = of("SPM", &["SPM-17.1", "SPM-17.1.1"]).or_else(|| of("OBR", &["OBR-7.1", "OBR-7"]))?;
    let day = time.get(..8).filter(|day| day.bytes().all(|b| b.is_ascii_digit()))?;
    let order = of("ORC", &["ORC-2.1"]).or_else(|| of("OBR", &["OBR-2.1"]))?;
    Some((day.to_owned(), format!("{order:0>15}")))
}

#[derive(Clone, Copy)]
struct Segments<'r> {
    records: &'r [Record],
}

impl<'r> Segments<'r> {
    fn parent(&self, record: &Record) -> Option<&'r Record> {
        self.records.get(record.parent?)
    }

    /// The index of the record of the kind `segment` around a record.
    fn enclosing(&self, record: &Record, segment: &str) -> Option<usize> {
        let mut at = record.parent;
        while let Some(index) = at {
            let around = self.records.get(index)?;
            if around.kind == segment {
                return at;
            }
            at = around.parent;
        }
        None
    }

    /// The first of the fields that the record has.
    fn text<'a>(record: Option<&'a Record>, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| match record?.fields.get(*name) {
            Some(Field::Value(text)) if !text.trim().is_empty() => Some(text.trim()),
            Some(_) | None => None,
        })
    }

    fn key(&self, result: &Record, kind: MessageKind, identity: &Identity) -> String {
        let (specimen, order) = (self.enclosing(result, "SPM"), self.enclosing(result, "OBR"));
        let control = order.and_then(|order| self.controls(order).next());
        let of = |at: Option<usize>| at.and_then(|at| self.records.get(at));
        let (specimen, order, control) = (of(specimen), of(order), of(control));
        let collected = Self::text(specimen, &["SPM-17.1", "SPM-17.1.1"]).or_else(|| Self::text(order, &["OBR-7.1", "OBR-7"]));
        let specimen_id = Self::text(specimen, &["SPM-2.1", "SPM-2.1.1", "SPM-2.2", "SPM-2.2.1"]);
        let number = Self::text(control, &["ORC-2.1"])
            .or_else(|| Self::text(order, &["OBR-2.1"]))
            .or_else(|| Self::text(control, &["ORC-3.1"]))
            .or_else(|| Self::text(order, &["OBR-3.1"]));
        let observed = collected.or_else(|| Self::text(Some(result), &["OBX-14.1", "OBX-14"]));
        // Without a number, the exact time distinguishes two orders. Without a time, nothing connects two messages.
        let own = match (number.or(specimen_id), observed) {
            (Some(number), _) => format!("number:{number}"),
            (None, Some(time)) => format!("time:{time}"),
            (None, None) => format!("message:{}", identity.control),
        };
        let day = observed.and_then(|time| time.get(..8)).unwrap_or_default();
        key(&[
            &identity.patient,
            day,
            kind.data_type(),
            &own,
            specimen_id.or_else(|| Self::text(specimen, &["SPM-4.1"])).unwrap_or_default(),
            Self::text(order, &["OBR-4.1"]).unwrap_or_default(),
            Self::text(Some(result), &["OBX-3.1", "OBX-3.4"]).unwrap_or_default(),
            Self::text(Some(result), &["OBX-3.3", "OBX-3.6"]).unwrap_or_default(),
            Self::text(Some(result), &["OBX-4.1", "OBX-4"]).unwrap_or_default(),
        ])
    }

    /// The indices of the order controls of an order. They follow the order directly.
    fn controls(&self, order: usize) -> impl Iterator<Item = usize> + use<'r> {
        let records = self.records;
        (order + 1..records.len()).take_while(move |at| records.get(*at).is_some_and(|record| record.kind == "ORC"))
    }

    /// The header, the patient, and the segments of results with everything around and inside them.
    fn around(&self, segments: &[usize]) -> Vec<Record> {
        let outermost = self
            .records
            .iter()
            .enumerate()
            .take_while(|(_, record)| record.kind == "MSH" || record.parent.is_none());
        let mut taken: BTreeSet<usize> = outermost.map(|(at, _)| at).collect();
        for segment in segments {
            let mut at = Some(*segment);
            while let Some((index, record)) = at.and_then(|at| self.records.get(at).map(|record| (at, record))) {
                taken.insert(index);
                if record.kind == "OBR" {
                    taken.extend(self.controls(index));
                }
                at = record.parent;
            }
            let inside = (segment + 1..self.records.len())
                .take_while(|at| self.records.get(*at).is_some_and(|record| record.parent == Some(*segment)));
            taken.extend(inside);
        }
        let places: BTreeMap<usize, usize> = taken.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let records = taken.iter().filter_map(|at| self.records.get(*at)).map(|record| Record {
            parent: record.parent.and_then(|parent| places.get(&parent).copied()),
            ..record.clone()
        });
        records.collect()
    }
}
