//! The answers that may differ between the worlds.
//!
//! The model is written only from the architecture's table of bases and the decision records. It does not use the gateway's code. Its rules
//! are:
//! * Stewards see which files are on hold.
//! * A hospital reads its own patients by FHIR.
//! * Research covers the participants who consented.
//! * Three exceptions have their own rules: an approval that is limited to a release, the public page of projects, and relatives in variant files.

use gemj_demo::Persona;

use crate::kind::Kind;
use crate::requests::Asked;
use crate::world::Worlds;

/// Decides which callers may see the secret of the second world.
pub(crate) struct Model {
    kind: Kind,
    /// The ids of the variant files of the participant whose relative is hidden.
    of_the_family: Vec<String>,
}

impl Model {
    pub(crate) fn new(kind: Kind, worlds: &Worlds) -> Self {
        Self {
            kind,
            of_the_family: worlds.variant_files_of("TW-01"),
        }
    }

    /// The reason why the answers to a request may differ between the worlds. `None` if they must be equal.
    pub(crate) fn may_differ(&self, asked: &Asked) -> Option<&'static str> {
        let path = asked.request.target.as_str();
        let caller = asked.caller;
        if self.kind == Kind::Open {
            return Some("agreed to everything");
        }
        match self.kind {
            Kind::NeverConsented | Kind::Withdrawn | Kind::OtherHospital | Kind::Relative | Kind::AcademicInJapan
                if is_own_hospital(caller, path) =>
            {
                Some("own patient")
            }
            Kind::AcademicInJapan if is_academic_in_japan(caller) || asked.is_of_left_out => Some("academic research in Japan"),
            Kind::OnHold if caller == Some(Persona::Steward) && path.starts_with("/objects/held") => Some("custody"),
            Kind::NotInRelease if !is_limited(asked) => Some("not limited to the release"),
            // The approvals of the committee are on a public page, so a hidden approval of another group changes this page.
            Kind::OtherApproval if path.starts_with("/projects") || path.starts_with("/access/v1/projects") => Some("public projects"),
            Kind::Relative if self.owes_to_a_relative(asked) => Some("phase leaves with a relative"),
            _ => None,
        }
    }

    /// Returns whether an answer may differ because a relative is hidden (decision 16).
    ///
    /// A variant file is returned whole only if the families of all its participants are covered. Otherwise a slice omits the data that reveals a
    /// relative. The answers about the family's files therefore differ. The block URLs in these answers differ too, because they contain the
    /// approval.
    fn owes_to_a_relative(&self, asked: &Asked) -> bool {
        let is_of_family = || self.of_the_family.iter().any(|id| asked.request.target.contains(id.as_str()));
        asked.is_of_left_out || (has_an_approval(asked.caller) && is_of_family())
    }
}

fn has_an_approval(caller: Option<Persona>) -> bool {
    matches!(
        caller,
        Some(
            Persona::OverseasAcademic
                | Persona::OverseasTre
                | Persona::OverseasCompany
                | Persona::DomesticAcademic
                | Persona::DomesticCompany
                | Persona::ConformanceCi
        )
    )
}

/// Whether the caller is a system of hospital B, whose patient the hidden participant is, on a path that shows own patients.
fn is_own_hospital(caller: Option<Persona>, path: &str) -> bool {
    caller == Some(Persona::EhrHospitalB) && (path.starts_with("/fhir") || path.starts_with("/access/v1/disclosures"))
}

/// Whether the caller is one of the two groups with an approval that belong to an academic organisation in Japan: the university, and the programme
/// itself.
fn is_academic_in_japan(caller: Option<Persona>) -> bool {
    matches!(caller, Some(Persona::DomesticAcademic | Persona::ConformanceCi))
}

/// The id of the approval that is limited to the release.
const LIMITED_APPROVAL: &str = "2026-0004";

/// Returns whether a request sees a dataset only through the release. This is so for the group whose approval is limited to the release, and for a
/// hospital that reads its own patients.
///
/// If the group names an approval that it does not have, the gateway treats it as a registered researcher without an approval and answers from the
/// live dataset.
fn is_limited(asked: &Asked) -> bool {
    match asked.caller {
        Some(Persona::DomesticAcademic) => {
            let mut named = asked.request.headers.iter().filter(|(name, _)| name == "GeMJ-Approval");
            named.all(|(_, approval)| approval == LIMITED_APPROVAL)
        }
        Some(Persona::EhrHospitalA) => asked.request.target.starts_with("/fhir"),
        _ => false,
    }
}
