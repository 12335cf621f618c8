//! One data use condition of a dataset, parsed once from configuration.

use gemj_model::{DataUseTerm, DuoCode, NamedUser, Timestamp};

use super::modifier::Modifier;
use super::permission::Permission;
use super::{Descendants, Judgement, Use};
use crate::caller::Identity;

/// A parsed condition, with its code as the configuration writes it.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    code: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Permission(Permission),
    Modifier(Modifier),
    /// The code is not a condition of use by itself, or is obsolete, unknown or written in another form. The condition is referred to the committee.
    Unread,
}

impl Kind {
    fn of(code: DuoCode, term: &DataUseTerm) -> Self {
        Self::Modifier(match code {
            DuoCode::NoRestriction => return Self::Permission(Permission::NoRestriction),
            DuoCode::GeneralResearch => return Self::Permission(Permission::GeneralResearch),
            DuoCode::Biomedical => return Self::Permission(Permission::Biomedical),
            DuoCode::Diseases => return Self::Permission(Permission::Diseases(term.diseases.clone())),
            DuoCode::Ancestry => return Self::Permission(Permission::Ancestry),
            DuoCode::ResearchSpecific
            | DuoCode::GeneticStudies
            | DuoCode::Publication
            | DuoCode::Collaboration
            | DuoCode::EthicsApproval
            | DuoCode::ReturnToDatabase => Modifier::CheckedByCommittee,
            DuoCode::NoMethods => Modifier::NoMethods,
            DuoCode::NotForProfitNonCommercial => Modifier::NotForProfitNonCommercial,
            DuoCode::Regions => Modifier::Regions(term.regions.clone()),
            DuoCode::Moratorium => Modifier::Moratorium(term.date.as_deref().and_then(|date| Timestamp::parse(date).ok())),
            DuoCode::Months => Modifier::Months(term.months),
            DuoCode::Users => Modifier::Users(term.users.iter().map(pseudonym_of).collect()),
            DuoCode::Projects => Modifier::Projects(term.projects.clone()),
            DuoCode::Institutions => Modifier::Institutions(term.institutions.clone()),
            DuoCode::ClinicalCare => Modifier::ClinicalCare,
            DuoCode::NoAncestry => Modifier::NoAncestry,
            DuoCode::NotForProfit => Modifier::NotForProfit,
            DuoCode::NonCommercial => Modifier::NonCommercial,
        })
    }
}

/// The pseudonym of a user whom a condition names.
fn pseudonym_of(user: &NamedUser) -> String {
    Identity {
        issuer: user.issuer.clone(),
        subject: user.subject.clone(),
    }
    .pseudonym()
}

impl Condition {
    /// Parses a data use term. A code that is not exactly a known DUO CURIE (`DUO:` and seven digits) is kept and is later referred to the committee.
    pub(crate) fn read(term: &DataUseTerm) -> Self {
        let kind = match DuoCode::parse(&term.code) {
            Some(code) => Kind::of(code, term),
            None => Kind::Unread,
        };
        Self {
            code: term.code.clone(),
            kind,
        }
    }

    pub(super) fn is_permission(&self) -> bool {
        matches!(self.kind, Kind::Permission(_))
    }

    pub(super) fn opens_clinical_care(&self) -> bool {
        matches!(self.kind, Kind::Modifier(Modifier::ClinicalCare))
    }

    pub(super) fn judge(&self, used: &Use<'_>, widened: bool, descendants: &Descendants) -> Judgement<'_> {
        match &self.kind {
            Kind::Permission(permission) => permission.judge(&self.code, used, widened, descendants),
            Kind::Modifier(modifier) => modifier.judge(&self.code, used),
            Kind::Unread => Judgement::Refer(&self.code),
        }
    }
}
