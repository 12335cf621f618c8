//! The kinds of messages that are read, and the parent of each segment in a message.

use super::{Hl7Fault, Message};

/// The kind of a message, determined by MSH-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `ADT^A08`: all basic data of a patient.
    PatientUpdate,
    /// `ADT^A23`: the deletion of a patient's basic data.
    PatientDelete,
    /// `PPR^ZD1`: all problems of a patient.
    Problems,
    /// `OUL^R22`: results of tests on specimens.
    SpecimenResults,
}

impl MessageKind {
    /// The SS-MIX2 data type under which a storage contains these messages.
    #[must_use]
    pub const fn data_type(self) -> &'static str {
        match self {
            Self::PatientUpdate | Self::PatientDelete => "ADT-00",
            Self::Problems => "PPR-01",
            Self::SpecimenResults => "OML-11",
        }
    }

    /// Whether each message contains the complete data of its data type for a patient. The next message then replaces it.
    #[must_use]
    pub const fn is_snapshot(self) -> bool {
        match self {
            Self::PatientUpdate | Self::PatientDelete | Self::Problems => true,
            Self::SpecimenResults => false,
        }
    }
}

impl Message {
    /// The kind of this message; `None` if messages of this kind are not read.
    #[must_use]
    pub fn kind(&self) -> Option<MessageKind> {
        match (self.header_component(9, 0)?, self.header_component(9, 1)?) {
            ("ADT", "A08") => Some(MessageKind::PatientUpdate),
            ("ADT", "A23") => Some(MessageKind::PatientDelete),
            ("PPR", "ZD1") => Some(MessageKind::Problems),
            ("OUL", "R22") => Some(MessageKind::SpecimenResults),
            _ => None,
        }
    }

    /// The kind of the message for reports: the text of MSH-9 if it has the form of a kind (`ADT^A01`), else `unknown`.
    #[must_use]
    pub fn shown_kind(&self) -> String {
        let code = |text: &str| (2..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        match (self.header_component(9, 0), self.header_component(9, 1)) {
            (Some(message), Some(event)) if code(message) && code(event) => format!("{message}^{event}"),
            _ => "unknown".to_owned(),
        }
    }

    fn header_component(&self, field: usize, component: usize) -> Option<&str> {
        let marks = self.delimiters;
        let (_, text) = self.segments.first()?.fields(marks.field).find(|(number, _)| *number == field)?;
        text.split(marks.component).nth(component)
    }
}

/// The records that are open while the next segment is placed, as indices into the unit's records.
#[derive(Default)]
pub(super) struct Around {
    patient: Option<usize>,
    problem: Option<usize>,
    specimen: Option<usize>,
    order: Option<usize>,
}

/// Where a segment belongs in the tree of records.
pub(super) enum Place {
    /// The segment is a record without a parent.
    Outermost,
    /// The segment is inside the record with this index.
    Inside(usize),
    /// The segment does not enter a unit, because this kind of message has no place for it.
    Nowhere,
}

impl Around {
    /// Finds the place of the next segment. If the segment becomes a record, it gets the index `next`. The segments of the messages are:
    ///
    /// * a list of problems: `PID, {PRB, [ZPR], [ZPD], [ORC], [OBX]}`;
    /// * test results: `PID, {SPM, [OBX], {OBR, [ORC], [OBX]}}`;
    /// * a patient's basic data: `PID, [OBX]`.
    pub(super) fn place(&mut self, kind: MessageKind, segment: &str, next: usize, offset: u64) -> Result<Place, Hl7Fault> {
        let inside = |around: Option<usize>| around.map(Place::Inside).ok_or(Hl7Fault::SegmentOrder { offset });
        match (kind, segment) {
            (_, "MSH") => Ok(Place::Outermost),
            (_, "PID") => match self.patient.replace(next) {
                Some(_) => Err(Hl7Fault::SeveralPatients { offset }),
                None => Ok(Place::Outermost),
            },
            (MessageKind::PatientUpdate, "OBX") => inside(self.patient),
            (MessageKind::Problems, "PRB") => {
                self.problem = Some(next);
                inside(self.patient)
            }
            (MessageKind::Problems, "ZPR" | "ZPD" | "ORC" | "OBX") => inside(self.problem),
            (MessageKind::SpecimenResults, "SPM") => {
                self.specimen = Some(next);
                self.order = None;
                inside(self.patient)
            }
            (MessageKind::SpecimenResults, "OBR") => {
                self.order = Some(next);
                inside(self.specimen)
            }
            (MessageKind::SpecimenResults, "OBX" | "ORC") => inside(self.order.or(self.specimen)),
            (MessageKind::PatientUpdate | MessageKind::PatientDelete | MessageKind::Problems | MessageKind::SpecimenResults, _) => {
                Ok(Place::Nowhere)
            }
        }
    }
}
