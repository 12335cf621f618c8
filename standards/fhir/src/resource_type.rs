//! The accepted resource types.

use std::fmt;

/// A type of resource that this crate accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// A patient.
    Patient,
    /// A measurement or statement, for example a variant.
    Observation,
    /// A report.
    DiagnosticReport,
    /// A specimen.
    Specimen,
    /// A consent.
    Consent,
    /// A task.
    Task,
}

impl ResourceType {
    /// All types.
    pub const ALL: [Self; 6] = [
        Self::Patient,
        Self::Observation,
        Self::DiagnosticReport,
        Self::Specimen,
        Self::Consent,
        Self::Task,
    ];

    /// The name, as in `resourceType` and in paths.
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

    /// The type with exactly this name; absent for any other ("resource type names are case sensitive").
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }

    /// The element that refers to the patient; absent for a Patient.
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
