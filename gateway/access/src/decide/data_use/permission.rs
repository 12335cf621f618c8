//! DUO's permissions: the purposes for which data may be used.

use gemj_model::Purpose;

use super::{Descendants, Judgement, Use};

/// One DUO permission.
#[derive(Clone, Debug)]
pub(super) enum Permission {
    /// NRES `DUO:0000004`: every purpose, except the purposes that are always refused.
    NoRestriction,
    /// GRU `DUO:0000042`: research of every kind, including methods and ancestry. Care of patients is permitted only
    /// if the modifier CC widens the permission.
    GeneralResearch,
    /// HMB `DUO:0000006`: health research, research on any disease, and methods. Research of any kind and research on ancestry are not permitted.
    /// Care of patients is permitted only if the modifier CC widens the permission.
    Biomedical,
    /// DS `DUO:0000007`: research on these diseases and their subtypes, and methods for this research. Care of patients with these diseases is
    /// permitted only if the modifier CC widens the permission.
    Diseases(Vec<String>),
    /// POA `DUO:0000011`: research on population origins or ancestry, and nothing else.
    Ancestry,
}

/// The result of a permission for one purpose.
enum Says {
    Yes,
    No,
    /// The purpose is permitted for the diseases that the permission names.
    ForItsDiseases,
}

impl Permission {
    /// Judges a use by this permission. Every purpose of the use must be permitted. A use without a purpose is denied.
    pub(super) fn judge<'a>(&self, code: &'a str, used: &Use<'_>, widened: bool, descendants: &Descendants) -> Judgement<'a> {
        if used.purposes.is_empty() {
            return Judgement::Deny(code);
        }
        used.purposes
            .iter()
            .map(|purpose| match self.says(*purpose, widened) {
                Says::Yes => Judgement::ALLOW,
                Says::No => Judgement::Deny(code),
                Says::ForItsDiseases => self.diseases(code, used, descendants),
            })
            .fold(Judgement::ALLOW, Judgement::and)
    }

    fn says(&self, purpose: Purpose, widened: bool) -> Says {
        let yes_if = |yes| if yes { Says::Yes } else { Says::No };
        match (self, purpose) {
            (_, Purpose::Insurance | Purpose::Employment | Purpose::LawEnforcement | Purpose::ReIdentification) => Says::No,
            (
                Self::NoRestriction,
                Purpose::GeneralResearch
                | Purpose::BiomedicalResearch
                | Purpose::DiseaseResearch
                | Purpose::AncestryResearch
                | Purpose::MethodsDevelopment
                | Purpose::ClinicalCare,
            ) => Says::Yes,
            (
                Self::GeneralResearch,
                Purpose::GeneralResearch
                | Purpose::BiomedicalResearch
                | Purpose::DiseaseResearch
                | Purpose::AncestryResearch
                | Purpose::MethodsDevelopment,
            ) => Says::Yes,
            (Self::Biomedical, Purpose::BiomedicalResearch | Purpose::DiseaseResearch | Purpose::MethodsDevelopment) => Says::Yes,
            (Self::Biomedical, Purpose::GeneralResearch | Purpose::AncestryResearch) => Says::No,
            (Self::GeneralResearch | Self::Biomedical, Purpose::ClinicalCare) => yes_if(widened),
            (Self::Diseases(_), Purpose::DiseaseResearch | Purpose::MethodsDevelopment) => Says::ForItsDiseases,
            // The modifier CC opens care of patients only for the diseases for which the data may be used, not for all diseases.
            (Self::Diseases(_), Purpose::ClinicalCare) if widened => Says::ForItsDiseases,
            (
                Self::Diseases(_),
                Purpose::GeneralResearch | Purpose::BiomedicalResearch | Purpose::AncestryResearch | Purpose::ClinicalCare,
            ) => Says::No,
            (Self::Ancestry, Purpose::AncestryResearch) => Says::Yes,
            // POA says "only". The modifier CC contradicts the permission, and the permission prevails.
            (
                Self::Ancestry,
                Purpose::GeneralResearch
                | Purpose::BiomedicalResearch
                | Purpose::DiseaseResearch
                | Purpose::MethodsDevelopment
                | Purpose::ClinicalCare,
            ) => Says::No,
        }
    }

    /// Judges the diseases of the approval. Every disease of the approval must be a permitted disease or a subtype of a permitted disease. A
    /// permission that names no disease is referred to the committee. Otherwise, an approval that names no disease is denied.
    fn diseases<'a>(&self, code: &'a str, used: &Use<'_>, descendants: &Descendants) -> Judgement<'a> {
        let permitted: &[String] = match self {
            Self::Diseases(permitted) => permitted,
            Self::NoRestriction | Self::GeneralResearch | Self::Biomedical | Self::Ancestry => &[],
        };
        if permitted.is_empty() {
            return Judgement::Refer(code);
        }
        if used.approval.diseases.is_empty() {
            return Judgement::Deny(code);
        }
        let mut judgement = Judgement::ALLOW;
        for disease in &used.approval.diseases {
            let is_kind_of = |term: &String| disease == term || descendants.get(term).is_some_and(|kinds| kinds.contains(disease));
            let one = if permitted.iter().any(is_kind_of) {
                Judgement::ALLOW
            } else if permitted.iter().all(|term| descendants.contains_key(term)) {
                Judgement::Deny(code)
            } else {
                // At least one permitted term is not in a loaded ontology, so its subtypes are unknown. The committee must decide.
                Judgement::Refer(code)
            };
            judgement = judgement.and(one);
        }
        judgement
    }
}
