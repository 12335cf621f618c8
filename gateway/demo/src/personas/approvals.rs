//! The approvals of the demo's access committee.

use gemj_model::{Approval, ApprovalId, DatasetId, Delivery, Purpose, Timestamp};

use super::Persona;
use crate::error::DemoError;

/// The `source` of the demo's ControlledAccessGrants visas: the address of the access committee.
pub const APPROVAL_SOURCE: &str = "https://gemj.example/committee";

/// The end of every approval of the demo.
const NOT_AFTER: &str = "2036-03-31T15:00:00Z";

struct Given {
    persona: Persona,
    number: &'static str,
    project: &'static str,
    datasets: &'static [&'static str],
    commercial: bool,
    delivery: Delivery,
}

/// The project whose outputs the persona [`Persona::OutputReviewer`] reviews.
pub const REVIEWED_PROJECT: &str = "Splicing around inherited cancer genes";

const BOTH: &[&str] = &["cancer", "rare-disease"];

const GIVEN: [Given; 7] = [
    Given {
        persona: Persona::OverseasAcademic,
        number: "2026-0001",
        project: REVIEWED_PROJECT,
        datasets: BOTH,
        commercial: false,
        delivery: Delivery::RegionView,
    },
    Given {
        persona: Persona::OverseasTre,
        number: "2026-0002",
        project: "Structural variants in rare diseases of childhood",
        datasets: BOTH,
        commercial: false,
        delivery: Delivery::TreOnly,
    },
    Given {
        persona: Persona::OverseasCompany,
        number: "2026-0003",
        project: "Targets in hereditary breast cancer",
        datasets: &["cancer"],
        commercial: true,
        delivery: Delivery::RegionView,
    },
    Given {
        persona: Persona::DomesticAcademic,
        number: "2026-0004",
        project: "Joint analysis of Japanese whole genomes",
        datasets: BOTH,
        commercial: false,
        delivery: Delivery::Download,
    },
    Given {
        persona: Persona::DomesticCompany,
        number: "2026-0005",
        project: "A companion diagnostic for lung cancer",
        datasets: &["cancer"],
        commercial: true,
        delivery: Delivery::RegionView,
    },
    Given {
        persona: Persona::Expired,
        number: "2026-0006",
        project: "Modifiers of epilepsy",
        datasets: BOTH,
        commercial: false,
        delivery: Delivery::RegionView,
    },
    Given {
        persona: Persona::ConformanceCi,
        number: "2026-0007",
        project: "Conformance runs of the programme's own gateway",
        datasets: BOTH,
        commercial: false,
        delivery: Delivery::Download,
    },
];

fn visa_value(number: &str) -> String {
    format!("https://gemj.example/approvals/{number}")
}

/// The value of a persona's ControlledAccessGrants visa; absent for personas without an approval.
#[must_use]
pub fn controlled_grant(persona: Persona) -> Option<String> {
    GIVEN.iter().find(|g| g.persona == persona).map(|g| visa_value(g.number))
}

/// The approvals of the demo's access committee, in the order of their numbers.
///
/// # Errors
/// [`DemoError::Plan`] if a constant of this file is not a valid id or time.
pub fn approvals() -> Result<Vec<Approval>, DemoError> {
    let not_after = Timestamp::parse(NOT_AFTER).map_err(|_| DemoError::Plan { what: "time" })?;
    GIVEN
        .iter()
        .map(|given| {
            Ok(Approval {
                id: ApprovalId::parse(given.number).map_err(|_| DemoError::Plan { what: "approval id" })?,
                visa_value: visa_value(given.number),
                project: given.project.to_owned(),
                organisation: given.persona.organisation().to_owned(),
                datasets: given
                    .datasets
                    .iter()
                    .map(|d| DatasetId::parse(d).map_err(|_| DemoError::Plan { what: "dataset id" }))
                    .collect::<Result<_, _>>()?,
                purposes: vec![Purpose::BiomedicalResearch],
                commercial: given.commercial,
                applicant: String::new(),
                users: Vec::new(),
                country: None,
                release: None,
                diseases: Vec::new(),
                meets: Vec::new(),
                region_budget_bp: None,
                regions: None,
                not_before: None,
                delivery: given.delivery,
                not_after,
                revoked: None,
            })
        })
        .collect()
}
