//! The kinds of messages that are read, and the parent of each segment in a message.

use super::{Hl7Fault, Message};

/// The maximum number of order controls of one order.
pub(super) const MAX_CONTROLS: usize = 50;

/// The kind of a message, determined by MSH-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `ADT^A08`: all basic data of a patient.
    PatientUpdate,
    /// `ADT^A23`, `ADT^A29`: the deletion of a patient's basic data.
    PatientDelete,
    /// `PPR^ZD1`: all problems of a patient.
    Problems,
    /// `OUL^R22`: results of tests on specimens.
    SpecimenResults,
    /// `ORU^R01`, `ORU^R30`: observations, among others the vital signs of a ward.
    Observations,
}

impl MessageKind {
    /// The SS-MIX2 data type under which a storage contains these messages.
    #[must_use]
    pub const fn data_type(self) -> &'static str {
        match self {
            Self::PatientUpdate | Self::PatientDelete => "ADT-00",
            Self::Problems => "PPR-01",
            Self::SpecimenResults => "OML-11",
            Self::Observations => "ORU",
        }
    }

    /// Whether each message contains the complete data of its data type for a patient. The next message then replaces it.
    #[must_use]
    pub const fn is_snapshot(self) -> bool {
        match self {
            Self::PatientUpdate | Self::PatientDelete | Self::Problems => true,
            Self::SpecimenResults | Self::Observations => false,
        }
    }
}

impl Message {
    /// The kind of this message; `None` if messages of this kind are not read.
    #[must_use]
    pub fn kind(&self) -> Option<MessageKind> {
        match (self.header_component(9, 0)?, self.header_component(9, 1)?) {
            ("ADT", "A08") => Some(MessageKind::PatientUpdate),
            ("ADT", "A23" | "A29") => Some(MessageKind::PatientDelete),
            ("PPR", "ZD1") => Some(MessageKind::Problems),
            ("OUL", "R22") => Some(MessageKind::SpecimenResults),
            ("ORU", "R01" | "R30") => Some(MessageKind::Observations),
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

    pub(super) fn header_component(&self, field: usize, component: usize) -> Option<&str> {
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
    /// Whether the message has an ORC before its first OBR. Each ORC then belongs to the next OBR.
    is_orc_first: Option<bool>,
    /// Whether the open order has a result.
    has_result: bool,
    control_count: usize,
}

/// Where a segment belongs in the tree of records.
pub(super) enum Place {
    /// The segment is a record without a parent.
    Outermost,
    /// The segment is inside the record with this index.
    Inside(usize),
    /// The segment is inside the next OBR.
    Ahead,
    /// The segment does not enter a unit, because this kind of message has no place for it.
    Nowhere,
}

impl Around {
    /// Finds the place of the next segment. If the segment becomes a record, it gets the index `next`. The segments of the messages are:
    ///
    /// * a list of problems: `PID, {PRB, [ZPR], [ZPD], [ORC], [OBX]}`;
    /// * test results: `PID, {SPM, [OBX], {OBR, [ORC], [OBX]}}`;
    /// * observations: `PID, {[ORC], OBR, [OBX]}`;
    /// * a patient's basic data: `PID, [OBX]`.
    ///
    /// The order control of one order must not count for another order, so an ORC in an uncertain place refuses the message.
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
            (MessageKind::SpecimenResults | MessageKind::Observations, "OBR") => {
                self.is_orc_first.get_or_insert(false);
                self.order = Some(next);
                self.has_result = false;
                self.control_count = 0;
                inside(self.around_order(kind))
            }
            (MessageKind::SpecimenResults | MessageKind::Observations, "ORC") => {
                if *self.is_orc_first.get_or_insert(true) {
                    return Ok(Place::Ahead);
                }
                self.control_count += 1;
                match self.has_result {
                    _ if self.control_count > MAX_CONTROLS => Err(Hl7Fault::TooManyParts { offset }),
                    true => Err(Hl7Fault::SegmentOrder { offset }),
                    false => inside(self.order),
                }
            }
            (MessageKind::SpecimenResults, "OBX") => {
                self.has_result = true;
                inside(self.order.or(self.specimen))
            }
            (MessageKind::Observations, "OBX") => {
                self.has_result = true;
                inside(self.order)
            }
            (
                MessageKind::PatientUpdate
                | MessageKind::PatientDelete
                | MessageKind::Problems
                | MessageKind::SpecimenResults
                | MessageKind::Observations,
                _,
            ) => Ok(Place::Nowhere),
        }
    }

    /// The record around the orders of a message.
    pub(super) fn around_order(&self, kind: MessageKind) -> Option<usize> {
        match kind {
            MessageKind::Observations => self.patient,
            MessageKind::PatientUpdate | MessageKind::PatientDelete | MessageKind::Problems | MessageKind::SpecimenResults => self.specimen,
        }
    }
}
