//! One data use condition of a dataset, parsed once from configuration.

use gemj_model::{DataUseTerm, Timestamp};

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

impl Condition {
    /// Parses a data use term. A code that is not exactly a known DUO CURIE (`DUO:` and seven digits) is kept and is later referred to the committee.
    pub(crate) fn read(term: &DataUseTerm) -> Self {
        let permission = match term.code.as_str() {
            // NRES "no restriction"
            "DUO:0000004" => Some(Permission::NoRestriction),
            // GRU "general research use"
            "DUO:0000042" => Some(Permission::GeneralResearch),
            // HMB "health or medical or biomedical research"
            "DUO:0000006" => Some(Permission::Biomedical),
            // DS "disease specific research"
            "DUO:0000007" => Some(Permission::Diseases(term.diseases.clone())),
            // POA "population origins or ancestry research only"
            "DUO:0000011" => Some(Permission::Ancestry),
            _ => None,
        };
        let modifier = match term.code.as_str() {
            // RS, GSO, PUB, COL, IRB and RTN: conditions that only the committee can check.
            "DUO:0000012" | "DUO:0000016" | "DUO:0000019" | "DUO:0000020" | "DUO:0000021" | "DUO:0000029" => {
                Some(Modifier::CheckedByCommittee)
            }
            // NMDS "no general methods research"
            "DUO:0000015" => Some(Modifier::NoMethods),
            // NPUNCU "not for profit, non commercial use only"
            "DUO:0000018" => Some(Modifier::NotForProfitNonCommercial),
            // GS "geographical restriction"
            "DUO:0000022" => Some(Modifier::Regions(term.regions.clone())),
            // MOR "publication moratorium"
            "DUO:0000024" => Some(Modifier::Moratorium(
                term.date.as_deref().and_then(|date| Timestamp::parse(date).ok()),
            )),
            // TS "time limit on use"
            "DUO:0000025" => Some(Modifier::Months(term.months)),
            // US "user specific restriction"
            "DUO:0000026" => Some(Modifier::Users(
                term.users
                    .iter()
                    .map(|user| {
                        Identity {
                            issuer: user.issuer.clone(),
                            subject: user.subject.clone(),
                        }
                        .pseudonym()
                    })
                    .collect(),
            )),
            // PS "project specific restriction"
            "DUO:0000027" => Some(Modifier::Projects(term.projects.clone())),
            // IS "institution specific restriction"
            "DUO:0000028" => Some(Modifier::Institutions(term.institutions.clone())),
            // CC "clinical care use"
            "DUO:0000043" => Some(Modifier::ClinicalCare),
            // NPOA "population origins or ancestry research prohibited"
            "DUO:0000044" => Some(Modifier::NoAncestry),
            // NPU "not for profit organisation use only"
            "DUO:0000045" => Some(Modifier::NotForProfit),
            // NCU "non-commercial use only"
            "DUO:0000046" => Some(Modifier::NonCommercial),
            // All other codes are referred to the committee: the classes DUO:0000001 and 0000017, the obsolete 0000002, 3, 5 and 14, and the kinds of
            // research 0000031 to 0000040. The kinds of research describe a study and permit nothing.
            _ => None,
        };
        let kind = permission
            .map(Kind::Permission)
            .or(modifier.map(Kind::Modifier))
            .unwrap_or(Kind::Unread);
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
