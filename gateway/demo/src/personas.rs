//! The callers of the demo: each with an identity, an organisation, and possibly an approval of the committee.

mod approvals;
mod organisations;

use gemj_access::RoleKind;

pub use approvals::{APPROVAL_SOURCE, REVIEWED_PROJECT, approvals, controlled_grant};
pub use organisations::organisations;

/// A caller of the demo, with a fixed identity and fixed rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Persona {
    /// A researcher of a university in Britain, whose approval allows region view.
    OverseasAcademic,
    /// A researcher of a research institute in Germany, whose approval allows work only inside the trusted research environment.
    OverseasTre,
    /// A researcher of a company in the United States.
    OverseasCompany,
    /// A researcher of a Japanese university, whose approval allows download.
    DomesticAcademic,
    /// A researcher of a Japanese company.
    DomesticCompany,
    /// A researcher with registered access and no approval.
    RegisteredOnly,
    /// A caller whose token ended an hour before it was minted.
    Expired,
    /// The programme's own conformance runs, with the rights of a domestic academic on both datasets.
    ConformanceCi,
    /// A doctor of hospital A.
    ClinicianHospitalA,
    /// The record system of hospital A.
    EhrHospitalA,
    /// The record system of hospital B.
    EhrHospitalB,
    /// A curator of the biobank.
    BiobankCurator,
    /// The office of the access committee.
    AccessCommittee,
    /// A reviewer of outputs. Outputs must not leave the research environment without a review.
    OutputReviewer,
    /// An approver of requests to contact participants again.
    RecontactApprover,
    /// A data steward.
    Steward,
    /// An auditor.
    Auditor,
    /// The gateway of another programme.
    PartnerGateway,
}

/// A role of staff or of a system in the demo's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfiguredRole {
    /// The kind of the role.
    pub kind: RoleKind,
    /// The site, bank, project or profile to which the role is limited; absent if the role has no limit.
    pub scope: Option<&'static str>,
}

impl Persona {
    /// Every persona, in the order in which the demo prints them.
    pub const ALL: [Self; 18] = [
        Self::OverseasAcademic,
        Self::OverseasTre,
        Self::OverseasCompany,
        Self::DomesticAcademic,
        Self::DomesticCompany,
        Self::RegisteredOnly,
        Self::Expired,
        Self::ConformanceCi,
        Self::ClinicianHospitalA,
        Self::EhrHospitalA,
        Self::EhrHospitalB,
        Self::BiobankCurator,
        Self::AccessCommittee,
        Self::OutputReviewer,
        Self::RecontactApprover,
        Self::Steward,
        Self::Auditor,
        Self::PartnerGateway,
    ];

    /// The name of the persona on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OverseasAcademic => "overseas-academic",
            Self::OverseasTre => "overseas-tre",
            Self::OverseasCompany => "overseas-company",
            Self::DomesticAcademic => "domestic-academic",
            Self::DomesticCompany => "domestic-company",
            Self::RegisteredOnly => "registered-only",
            Self::Expired => "expired",
            Self::ConformanceCi => "conformance-ci",
            Self::ClinicianHospitalA => "clinician-hospital-a",
            Self::EhrHospitalA => "ehr-hospital-a",
            Self::EhrHospitalB => "ehr-hospital-b",
            Self::BiobankCurator => "biobank-curator",
            Self::AccessCommittee => "access-committee",
            Self::OutputReviewer => "output-reviewer",
            Self::RecontactApprover => "recontact-approver",
            Self::Steward => "steward",
            Self::Auditor => "auditor",
            Self::PartnerGateway => "partner-gateway",
        }
    }

    /// Parses a persona's name; absent for an unknown name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }

    /// A one-line description of the persona's rights.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::OverseasAcademic => "university in Britain; both datasets, region view",
            Self::OverseasTre => "research institute in Germany; both datasets, trusted research environment only",
            Self::OverseasCompany => "company in the United States; cancer, commercial purpose, region view",
            Self::DomesticAcademic => "Japanese university; both datasets, download",
            Self::DomesticCompany => "Japanese company; cancer, commercial purpose, region view",
            Self::RegisteredOnly => "researcher with registered access, no approval",
            Self::Expired => "a token that ended an hour ago",
            Self::ConformanceCi => "the programme's conformance runs; both datasets, download",
            Self::ClinicianHospitalA => "doctor of hospital-a",
            Self::EhrHospitalA => "record system of hospital-a",
            Self::EhrHospitalB => "record system of hospital-b",
            Self::BiobankCurator => "curator of biobank-1",
            Self::AccessCommittee => "access committee's office",
            Self::OutputReviewer => "output reviewer of one project",
            Self::RecontactApprover => "approves recontact requests",
            Self::Steward => "data steward",
            Self::Auditor => "auditor",
            Self::PartnerGateway => "gateway of a partner programme",
        }
    }

    /// The persona's `sub` at the demo's passport issuer and in its visas.
    #[must_use]
    pub fn subject(self) -> String {
        format!("demo-{}", self.as_str())
    }

    /// The persona with this `sub`; absent if no persona has it.
    #[must_use]
    pub fn of_subject(subject: &str) -> Option<Self> {
        Self::parse(subject.strip_prefix("demo-")?)
    }

    /// The domain of the persona's organisation.
    #[must_use]
    pub fn organisation(self) -> &'static str {
        match self {
            Self::OverseasAcademic => "northbridge-university.example",
            Self::OverseasTre => "rheinland-institut.example",
            Self::OverseasCompany => "bayharbor-therapeutics.example",
            Self::DomesticAcademic => "musashi-university.example",
            Self::DomesticCompany => "hayabusa-pharma.example",
            Self::RegisteredOnly => "seonam-university.example",
            Self::Expired => "lac-bleu-universite.example",
            Self::ConformanceCi
            | Self::AccessCommittee
            | Self::OutputReviewer
            | Self::RecontactApprover
            | Self::Steward
            | Self::Auditor => "gemj.example",
            Self::ClinicianHospitalA | Self::EhrHospitalA => "hospital-a.example",
            Self::EhrHospitalB => "hospital-b.example",
            Self::BiobankCurator => "biobank-1.example",
            Self::PartnerGateway => "partner-programme.example",
        }
    }

    /// The value of the persona's AffiliationAndRole visa.
    #[must_use]
    pub fn affiliation(self) -> String {
        let role = match self {
            Self::OverseasAcademic | Self::OverseasTre | Self::DomesticAcademic | Self::RegisteredOnly | Self::Expired => "faculty",
            Self::OverseasCompany
            | Self::DomesticCompany
            | Self::ConformanceCi
            | Self::ClinicianHospitalA
            | Self::EhrHospitalA
            | Self::EhrHospitalB
            | Self::BiobankCurator
            | Self::AccessCommittee
            | Self::OutputReviewer
            | Self::RecontactApprover
            | Self::Steward
            | Self::Auditor
            | Self::PartnerGateway => "member",
        };
        format!("{role}@{}", self.organisation())
    }

    /// The staff or system role of the persona in the demo's configuration; absent for researchers.
    #[must_use]
    pub fn role(self) -> Option<ConfiguredRole> {
        let role = |kind, scope| Some(ConfiguredRole { kind, scope });
        match self {
            Self::OverseasAcademic
            | Self::OverseasTre
            | Self::OverseasCompany
            | Self::DomesticAcademic
            | Self::DomesticCompany
            | Self::RegisteredOnly
            | Self::Expired
            | Self::ConformanceCi => None,
            Self::ClinicianHospitalA => role(RoleKind::HospitalCoordinator, Some("hospital-a")),
            Self::EhrHospitalA => role(RoleKind::HospitalSystem, Some("hospital-a")),
            Self::EhrHospitalB => role(RoleKind::HospitalSystem, Some("hospital-b")),
            Self::BiobankCurator => role(RoleKind::Biobank, Some("biobank-1")),
            Self::AccessCommittee => role(RoleKind::AccessCommittee, None),
            Self::OutputReviewer => role(RoleKind::OutputReviewer, Some(REVIEWED_PROJECT)),
            Self::RecontactApprover => role(RoleKind::RecontactApprover, None),
            Self::Steward => role(RoleKind::Steward, None),
            Self::Auditor => role(RoleKind::Auditor, None),
            Self::PartnerGateway => role(RoleKind::Partner, Some("partner-programme")),
        }
    }

    /// Whether the persona has both visas of registered access.
    #[must_use]
    pub fn is_registered(self) -> bool {
        self.role().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_subjects_map_one_to_one() {
        for persona in Persona::ALL {
            assert_eq!(Persona::parse(persona.as_str()), Some(persona));
            assert_eq!(Persona::of_subject(&persona.subject()), Some(persona));
        }
        assert_eq!(Persona::parse("Steward"), None);
        assert_eq!(Persona::of_subject("steward"), None);
    }

    #[test]
    fn staff_have_no_approval_and_researchers_have_no_role() {
        for persona in Persona::ALL {
            assert!(
                controlled_grant(persona).is_none() || persona.role().is_none(),
                "{}",
                persona.as_str()
            );
        }
        assert!(controlled_grant(Persona::RegisteredOnly).is_none());
    }

    #[test]
    fn every_persona_works_for_a_configured_organisation() {
        let known = organisations();
        for persona in Persona::ALL {
            assert!(known.iter().any(|o| o.domain == persona.organisation()), "{}", persona.as_str());
        }
    }
}
