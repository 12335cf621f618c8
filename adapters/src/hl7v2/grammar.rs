//! Which messages are read, and which segment is around which.

use super::{Hl7Fault, Message};

/// A message's kind, by MSH-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `ADT^A08`: a patient's basic data, whole.
    PatientUpdate,
    /// `ADT^A23`: a patient's basic data are void.
    PatientDelete,
    /// `PPR^ZD1`: all problems of a patient.
    Problems,
    /// `OUL^R22`: results of tests on specimens.
    SpecimenResults,
}

impl MessageKind {
    /// The data type of the SS-MIX2 storage that such messages are kept under.
    #[must_use]
    pub const fn data_type(self) -> &'static str {
        match self {
            Self::PatientUpdate | Self::PatientDelete => "ADT-00",
            Self::Problems => "PPR-01",
            Self::SpecimenResults => "OML-11",
        }
    }

    /// Whether each such message says all there is of its data type for a patient, so that the next one takes its place.
    #[must_use]
    pub const fn is_snapshot(self) -> bool {
        match self {
            Self::PatientUpdate | Self::PatientDelete | Self::Problems => true,
            Self::SpecimenResults => false,
        }
    }
}

impl Message {
    /// Its kind; `None` where it is not read here.
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

    /// Its kind as shown: MSH-9 where that looks like one (`ADT^A01`), else `unknown`.
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

/// The records that are open around the next segment, as indices into the unit's records.
#[derive(Default)]
pub(super) struct Around {
    patient: Option<usize>,
    problem: Option<usize>,
    specimen: Option<usize>,
    order: Option<usize>,
}

/// Where a segment stands.
pub(super) enum Place {
    /// It belongs to no record.
    Outermost,
    /// It belongs to the record of this index.
    Inside(usize),
    /// Such messages have no such segment that enters.
    Nowhere,
}

impl Around {
    /// Takes up the next segment, which would be the record of index `next`: `PID, {PRB, [ZPR], [ZPD], [ORC], [OBX]}` for problems,
    /// `PID, {SPM, [OBX], {OBR, [ORC], [OBX]}}` for results, `PID, [OBX]` for a patient.
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
