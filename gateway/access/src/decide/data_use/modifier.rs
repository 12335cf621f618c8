//! DUO's modifiers: conditions in addition to the permission. Each modifier is judged by itself and never replaces another.

use gemj_model::{OrganisationKind, Purpose, Timestamp};

use super::{Judgement, Use};
use crate::decide::approvals::named_until;

/// One DUO modifier.
#[derive(Clone, Debug)]
pub(super) enum Modifier {
    /// Six modifiers that the committee checks; the approval records the result of the check:
    /// * RS `DUO:0000012`: kinds of research
    /// * GSO `DUO:0000016`: genetic studies only
    /// * PUB `DUO:0000019`: publication
    /// * COL `DUO:0000020`: collaboration
    /// * IRB `DUO:0000021`: ethics approval
    /// * RTN `DUO:0000029`: return of results
    CheckedByCommittee,
    /// NMDS `DUO:0000015`: no development of methods.
    NoMethods,
    /// NPUNCU `DUO:0000018`: not for profit, and no commercial use.
    NotForProfitNonCommercial,
    /// GS `DUO:0000022`: use only in these countries.
    Regions(Vec<String>),
    /// MOR `DUO:0000024`: no publication before this instant; absent where the date is missing or cannot be parsed.
    Moratorium(Option<Timestamp>),
    /// TS `DUO:0000025`: use for this number of months; absent where the number is missing.
    Months(Option<u32>),
    /// US `DUO:0000026`: use only by these people, by their pseudonyms.
    Users(Vec<String>),
    /// PS `DUO:0000027`: use only in these projects, by the ids of their approvals.
    Projects(Vec<String>),
    /// IS `DUO:0000028`: use only by these institutions, by domain.
    Institutions(Vec<String>),
    /// CC `DUO:0000043`: care of patients is allowed too. This is the only modifier that widens the use. The permissions apply it.
    ClinicalCare,
    /// NPOA `DUO:0000044`: no research on population origins or ancestry.
    NoAncestry,
    /// NPU `DUO:0000045`: use only by not-for-profit organisations.
    NotForProfit,
    /// NCU `DUO:0000046`: no commercial use.
    NonCommercial,
}

impl Modifier {
    pub(super) fn judge<'a>(&self, code: &'a str, used: &Use<'_>) -> Judgement<'a> {
        let met_or_refer = || {
            if used.meets(code) {
                Judgement::ALLOW
            } else {
                Judgement::Refer(code)
            }
        };
        let allow_if = |allowed| if allowed { Judgement::ALLOW } else { Judgement::Deny(code) };
        let company = used.organisation.kind == OrganisationKind::Company;
        let commercial = used.approval.commercial;
        match self {
            Self::CheckedByCommittee => met_or_refer(),
            Self::NoMethods => excludes(Purpose::MethodsDevelopment, code, used),
            Self::NoAncestry => excludes(Purpose::AncestryResearch, code, used),
            Self::NotForProfitNonCommercial => allow_if(!company && !commercial),
            Self::NotForProfit => allow_if(!company),
            Self::NonCommercial => allow_if(!commercial),
            Self::Regions(regions) if regions.is_empty() => Judgement::Refer(code),
            Self::Regions(regions) => {
                let mut countries = std::iter::once(&used.organisation.country).chain(&used.approval.country);
                allow_if(countries.all(|country| regions.contains(country)))
            }
            Self::Moratorium(None) => Judgement::Refer(code),
            // Before the end of the moratorium, the use is referred to the committee unless the approval records that the user does not publish.
            // After the end, the condition no longer applies.
            Self::Moratorium(Some(end)) if *end <= used.now => Judgement::ALLOW,
            Self::Moratorium(Some(_)) => met_or_refer(),
            Self::Months(months) => match months.and_then(|months| used.approval.months_after_start(months)) {
                None => Judgement::Refer(code),
                Some(end) if end <= used.now => Judgement::Deny(code),
                Some(end) => Judgement::Allow(end),
            },
            Self::Users(users) if users.is_empty() => Judgement::Refer(code),
            Self::Users(users) => match named_until(used.caller, used.visa, users, used.now) {
                Some(end) => Judgement::Allow(end),
                None => Judgement::Deny(code),
            },
            Self::Projects(projects) if projects.is_empty() => Judgement::Refer(code),
            Self::Projects(projects) => allow_if(projects.iter().any(|id| id == used.approval.id.as_str())),
            Self::Institutions(institutions) if institutions.is_empty() => Judgement::Refer(code),
            Self::Institutions(institutions) => allow_if(institutions.contains(&used.approval.organisation)),
            Self::ClinicalCare => Judgement::ALLOW,
        }
    }
}

/// Judges a condition that excludes one kind of research. A use for that kind is denied. A use for general research is referred to the committee,
/// because general research includes that kind, unless the approval records that the committee checked this condition.
fn excludes<'a>(kind: Purpose, code: &'a str, used: &Use<'_>) -> Judgement<'a> {
    if used.is_for(kind) {
        Judgement::Deny(code)
    } else if used.is_for(Purpose::GeneralResearch) && !used.meets(code) {
        Judgement::Refer(code)
    } else {
        Judgement::ALLOW
    }
}
