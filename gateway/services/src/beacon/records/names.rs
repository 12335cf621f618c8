//! The ids of participants and specimens in records.

use gemj_access::PseudonymKey;
use gemj_catalogue::OwnedSpecimen;
use gemj_model::Ordinal;

use super::specimen_name;

/// Gives participants and specimens the ids of one kind of reader: pseudonyms of a Grant's audience, or the ids of an export.
pub(crate) trait RecordNames {
    /// The id of a participant.
    fn of_person(&self, person: Ordinal) -> String;

    /// The id of a specimen.
    fn of_specimen(&self, owned: &OwnedSpecimen) -> String;
}

impl RecordNames for PseudonymKey {
    fn of_person(&self, person: Ordinal) -> String {
        self.person(person)
    }

    fn of_specimen(&self, owned: &OwnedSpecimen) -> String {
        specimen_name(self, owned)
    }
}
