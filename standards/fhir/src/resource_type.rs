//! The accepted resource types.

use std::fmt;

/// A type of resource that this crate accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// A Patient.
    Patient,
    /// A measurement or statement, for example a variant.
    Observation,
    /// A DiagnosticReport.
    DiagnosticReport,
    /// A Specimen.
    Specimen,
    /// A Consent.
    Consent,
    /// A Task.
    Task,
}

impl ResourceType {
    /// All accepted resource types.
    pub const ALL: [Self; 6] = [
        Self::Patient,
        Self::Observation,
        Self::DiagnosticReport,
        Self::Specimen,
        Self::Consent,
        Self::Task,
    ];

    /// The name of the type, as in `resourceType` and in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Observation => "Observation",
            Self::DiagnosticReport => "DiagnosticReport",
            Self::Specimen => "Specimen",
            Self::Consent => "Consent",
            Self::Task => "Task",
        }
    }

    /// The accepted type with exactly this name; `None` for any other name ("resource type names are case sensitive").
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }

    /// The name of the element that refers to the patient; `None` for a Patient.
    #[must_use]
    pub const fn subject_element(self) -> Option<&'static str> {
        match self {
            Self::Patient => None,
            Self::Observation | Self::DiagnosticReport | Self::Specimen => Some("subject"),
            Self::Consent => Some("patient"),
            Self::Task => Some("for"),
        }
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
