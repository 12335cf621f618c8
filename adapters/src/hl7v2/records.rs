//! Converts the segments of a message to records, and counts what does not enter a record.

use std::collections::BTreeMap;

use super::admitted::{is_admitted, is_of_the_decoder};
use super::field::Values;
use super::grammar::{Around, MAX_CONTROLS, Place};
use super::result::{Observation, ValueForm, escaped_powers, has_content, observation, structured_number};
use super::segment::Segment;
use super::{Hl7Fault, MAX_PARTS, Message, MessageKind};
use crate::semantics::narrow;
use crate::unit::{LeftOutRule, Record, Repair, UnitAccount};

/// The records of a message.
pub(super) struct Read {
    pub(super) records: Vec<Record>,
    /// The OBX segments that state that a result is void, with the fields that identify the result. They are not among the records.
    pub(super) void: Vec<Record>,
}

/// The admitted segments and fields of a message, as records. A parent comes before its children. Every segment and field that is not empty and
/// that does not become part of a record is counted in `account`.
pub(super) fn records(message: &Message, kind: MessageKind, account: &mut UnitAccount) -> Result<Read, Hl7Fault> {
    let mut reading = Reading {
        message,
        account,
        records: Vec::new(),
        void: Vec::new(),
        value_count: 0,
    };
    let mut around = Around::default();
    // The rule that leaves out the open problem or specimen with everything inside.
    let mut void = None;
    // Order controls that stand before their order.
    let mut ahead: Vec<&Segment> = Vec::new();
    for segment in &message.segments {
        let name = segment.name();
        if name == "SPM" && around.around_order(kind).is_some() {
            reading.orders(&mut ahead, None, void)?;
        }
        let place = around.place(kind, name, reading.records.len(), segment.offset)?;
        match name {
            "PRB" => void = is_deletion(segment, message).then_some(LeftOutRule::EnteredInError),
            "SPM" => void = is_of_another(segment, message).then_some(LeftOutRule::NotOfThePatient),
            _ => {}
        }
        let parent = match (place, void) {
            (Place::Nowhere, _) => {
                reading.account.leave_out(LeftOutRule::SegmentNotRead, name);
                continue;
            }
            (Place::Ahead, _) => {
                if ahead.len() == MAX_CONTROLS {
                    return Err(Hl7Fault::TooManyParts { offset: segment.offset });
                }
                ahead.push(segment);
                continue;
            }
            (Place::Inside(_), Some(rule)) => {
                reading.account.leave_out(rule, name);
                if name == "OBR" {
                    reading.orders(&mut ahead, None, void)?;
                }
                continue;
            }
            (Place::Outermost, _) => None,
            (Place::Inside(parent), None) => Some(parent),
        };
        let at = reading.records.len();
        reading.segment(segment, parent)?;
        if name == "OBR" {
            reading.orders(&mut ahead, Some(at), None)?;
        }
    }
    // An order control without an order could be that of any order.
    reading.orders(&mut ahead, None, void)?;
    Ok(Read {
        records: reading.records,
        void: reading.void,
    })
}

/// Whether a specimen is certainly not the patient's (SPM-11, HL7 v2.5 table 0369): `B` blind, `C` calibrator, `E` electronic control, `F` filler
/// proficiency, `G` group of several specimens, `L` pool, `O` operator proficiency, `Q` control, `R` replicate as a control, `V` verifying calibrator.
fn is_of_another(specimen: &Segment, message: &Message) -> bool {
    let delimiters = message.delimiters;
    let role = specimen.fields(delimiters.field).find(|(number, _)| *number == 11);
    let is_another = |repetition: &str| {
        let code = repetition.split(delimiters.component).next().unwrap_or_default();
        let code = narrow(code).trim().to_ascii_uppercase();
        matches!(code.as_str(), "B" | "C" | "E" | "F" | "G" | "L" | "O" | "Q" | "R" | "V")
    };
    role.is_some_and(|(_, text)| text.split(delimiters.repetition).any(is_another))
}

/// Whether PRB-1 states that the problem is deleted (HL7 v2.5 table 0287, `DE`).
fn is_deletion(problem: &Segment, message: &Message) -> bool {
    let action = problem.fields(message.delimiters.field).find(|(number, _)| *number == 1);
    action.is_some_and(|(_, text)| {
        let code = text.split(message.delimiters.component).next().unwrap_or_default();
        narrow(code).trim().eq_ignore_ascii_case("DE")
    })
}

struct Reading<'r> {
    message: &'r Message,
    account: &'r mut UnitAccount,
    records: Vec<Record>,
    void: Vec<Record>,
    value_count: usize,
}

impl Reading<'_> {
    /// Adds the order controls that stood before their order, inside `parent`, or leaves them out by the rule `void`.
    fn orders(&mut self, ahead: &mut Vec<&Segment>, parent: Option<usize>, void: Option<LeftOutRule>) -> Result<(), Hl7Fault> {
        for segment in ahead.drain(..) {
            match (void, parent) {
                (Some(rule), _) => self.account.leave_out(rule, segment.name()),
                (None, Some(parent)) => self.segment(segment, Some(parent))?,
                (None, None) => {
                    let offset = segment.offset;
                    return Err(Hl7Fault::SegmentOrder { offset });
                }
            }
        }
        Ok(())
    }

    fn segment(&mut self, segment: &Segment, parent: Option<usize>) -> Result<(), Hl7Fault> {
        let delimiters = self.message.delimiters;
        let value_form = match (segment.name() == "OBX").then(|| observation(segment, &delimiters)) {
            Some(Observation::LeftOut(rule)) => {
                self.account.leave_out(rule, segment.name());
                let mut values = self.values(segment);
                for (number, text) in segment.fields(delimiters.field).filter(|(number, _)| matches!(number, 3 | 4 | 14)) {
                    values.field(&format!("OBX-{number}"), text)?;
                }
                let fields = values.fields;
                self.void.push(Record {
                    kind: segment.name().to_owned(),
                    parent,
                    offset: Some(segment.offset),
                    fields,
                });
                return Ok(());
            }
            Some(Observation::Kept(form)) => Some(form),
            None => None,
        };
        let mut values = self.values(segment);
        let mut left_out = Vec::new();
        let mut is_unit_repaired = false;
        let mut result = None;
        for (number, text) in segment.fields(delimiters.field) {
            let name = format!("{}-{number}", segment.name());
            match value_form.filter(|_| number == 5) {
                _ if !has_content(text, &delimiters) || is_of_the_decoder(segment.name(), number) => {}
                Some(ValueForm::LeftOut(rule)) => left_out.push((rule, name)),
                Some(form) => result = Some((form, text)),
                None if name == "OBX-6" => {
                    let escaped = escaped_powers(text, &delimiters);
                    values.field(&name, escaped.as_deref().unwrap_or(text))?;
                    is_unit_repaired = escaped.is_some();
                }
                None if is_admitted(segment.name(), number) => values.field(&name, text)?,
                None => left_out.push((LeftOutRule::FieldNotAdmitted, name)),
            }
        }
        let fields = values.fields;
        for (rule, name) in left_out {
            self.account.leave_out(rule, name);
        }
        if is_unit_repaired {
            self.account.repair(Repair::UnescapedDelimiter);
        }
        self.records.push(Record {
            kind: segment.name().to_owned(),
            parent,
            offset: Some(segment.offset),
            fields,
        });
        match result {
            Some((form, text)) => self.result(segment, form, text),
            None => Ok(()),
        }
    }

    /// Adds the value of the OBX segment that is the last record. A single value becomes a field of the record. Each repetition of a repeated
    /// value becomes its own record inside the record, so that no repetition is combined with parts of another.
    fn result(&mut self, segment: &Segment, form: ValueForm, text: &str) -> Result<(), Hl7Fault> {
        let delimiters = self.message.delimiters;
        let repetitions: Vec<&str> = text
            .split(delimiters.repetition)
            .filter(|repetition| has_content(repetition, &delimiters))
            .collect();
        if repetitions.len() > MAX_PARTS {
            return Err(Hl7Fault::TooManyParts { offset: segment.offset });
        }
        let at = self.records.len() - 1;
        for repetition in &repetitions {
            let mut values = self.values(segment);
            let is_repaired = match form {
                ValueForm::Whole => {
                    values.whole_value("OBX-5", repetition)?;
                    repetition.contains([delimiters.component, delimiters.subcomponent])
                }
                ValueForm::StructuredNumber => {
                    match structured_number(repetition, &delimiters) {
                        Some(number) => {
                            values.field("OBX-5", repetition)?;
                            values.joined_value("OBX-5", &number)?;
                        }
                        // The whole text is kept, because the first component alone would be another value.
                        None => values.whole_value("OBX-5", repetition)?,
                    }
                    false
                }
                ValueForm::Components | ValueForm::LeftOut(_) => {
                    values.field("OBX-5", repetition)?;
                    false
                }
            };
            let fields = values.fields;
            if is_repaired {
                self.account.repair(Repair::UnescapedDelimiter);
            }
            match (repetitions.len(), self.records.get_mut(at)) {
                (1, Some(record)) => record.fields.extend(fields),
                _ => self.records.push(Record {
                    kind: segment.name().to_owned(),
                    parent: Some(at),
                    offset: Some(segment.offset),
                    fields,
                }),
            }
        }
        Ok(())
    }

    fn values(&mut self, segment: &Segment) -> Values<'_> {
        Values {
            delimiters: self.message.delimiters,
            encoding: self.message.encoding,
            offset: segment.offset,
            count: &mut self.value_count,
            fields: BTreeMap::new(),
        }
    }
}
