//! DUO's permissions: what data may be used for.

use gemj_model::Purpose;

use super::{Descendants, Judgement, Use};

/// A permission.
#[derive(Clone, Debug)]
pub(super) enum Permission {
    /// NRES `DUO:0000004`: every purpose that is not refused always.
    NoRestriction,
    /// GRU `DUO:0000042`: research of every kind, methods and ancestry too; care of patients only where CC widens it.
    GeneralResearch,
    /// HMB `DUO:0000006`: health research, research on any disease, methods; not "research of any kind", not ancestry.
    Biomedical,
    /// DS `DUO:0000007`: research on these diseases and their subtypes, and methods for it.
    Diseases(Vec<String>),
    /// POA `DUO:0000011`: research on population origins or ancestry and nothing else.
    Ancestry,
}

/// What a permission says of one purpose.
enum Says {
    Yes,
    No,
    /// Yes for the diseases that it names.
    ForItsDiseases,
}

impl Permission {
    /// Every purpose has to be permitted. A use without a purpose is not.
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
            // Care of patients is opened for the diseases that the data may be used for, not for all.
            (Self::Diseases(_), Purpose::ClinicalCare) if widened => Says::ForItsDiseases,
            (
                Self::Diseases(_),
                Purpose::GeneralResearch | Purpose::BiomedicalResearch | Purpose::AncestryResearch | Purpose::ClinicalCare,
            ) => Says::No,
            (Self::Ancestry, Purpose::AncestryResearch) => Says::Yes,
            // "Only": a widening to care says the opposite of the permission, and the permission stands.
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

    /// Every disease of the approval has to be one of the permitted ones or a kind of it. An approval without a disease is for none.
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
                // A permitted term that no loaded ontology has: nobody here knows its subtypes.
                Judgement::Refer(code)
            };
            judgement = judgement.and(one);
        }
        judgement
    }
}
