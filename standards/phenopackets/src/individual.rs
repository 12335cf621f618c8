//! The subject of a packet.

use std::fmt;

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// The message `Individual`. `Debug` does not show the individual, because it is a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Individual {
    /// The identifier of the individual. It is unique only within the packet's source (`Patient 4`).
    pub id: String,
    /// The number of further identifiers of the same person (`alternateIds`). This crate does not keep the identifiers themselves.
    pub alternate_ids_count: usize,
    /// The date of birth, RFC 3339, as written; `None` if not stated.
    pub date_of_birth: Option<String>,
    /// The time of the last encounter; absent if not stated.
    pub time_at_last_encounter: Option<TimeElement>,
    /// The vital status; absent if not stated.
    pub vital_status: Option<VitalStatus>,
    /// The phenotypic sex.
    pub sex: Sex,
    /// The species (`NCBITaxon:9606`); `None` if not stated, which means human.
    pub taxonomy: Option<OntologyClass>,
}

impl fmt::Debug for Individual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Individual(..)")
    }
}

/// The enumeration `Sex`: "phenotypic sex, as would be determined by a midwife or physician at birth".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sex {
    /// The sex was not assessed or is not available; the default.
    #[default]
    Unknown,
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither female nor male: "It is not possible to accurately assess the applicability of MALE/FEMALE."
    Other,
}

const SEXES: [(&str, Sex); 4] = [
    ("UNKNOWN_SEX", Sex::Unknown),
    ("FEMALE", Sex::Female),
    ("MALE", Sex::Male),
    ("OTHER_SEX", Sex::Other),
];

/// The message `VitalStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VitalStatus {
    /// Whether the person is alive.
    pub status: Status,
    /// The time of death; absent if not stated.
    pub time_of_death: Option<TimeElement>,
    /// The cause of death; absent if not stated.
    pub cause_of_death: Option<OntologyClass>,
}

/// The enumeration `VitalStatus.Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is not known whether the person is alive; the default.
    #[default]
    Unknown,
    /// The person is alive.
    Alive,
    /// The person has died.
    Deceased,
}

const STATUSES: [(&str, Status); 3] = [
    ("UNKNOWN_STATUS", Status::Unknown),
    ("ALIVE", Status::Alive),
    ("DECEASED", Status::Deceased),
];

impl Individual {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["karyotypicSex", "gender"]);
        Ok(Self {
            id: object.required_text("id")?,
            alternate_ids_count: object.texts("alternateIds")?.len(),
            date_of_birth: object.text("dateOfBirth")?,
            time_at_last_encounter: time(object, "timeAtLastEncounter")?,
            vital_status: object.object("vitalStatus", VitalStatus::read)?,
            sex: object.enumeration("sex", &SEXES)?,
            taxonomy: object.object("taxonomy", OntologyClass::read)?,
        })
    }
}

impl VitalStatus {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["survivalTimeInDays"]);
        Ok(Self {
            status: object.enumeration("status", &STATUSES)?,
            time_of_death: time(object, "timeOfDeath")?,
            cause_of_death: object.object("causeOfDeath", OntologyClass::read)?,
        })
    }
}
