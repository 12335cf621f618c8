//! The codes of the Data Use Ontology that state a condition of use by themselves (DUO 2021-02-23).

/// A condition of use in the Data Use Ontology. Classes without a meaning of their own (`DUO:0000001`, `DUO:0000017`), obsolete codes and the kinds of
/// research (`DUO:0000031` to `DUO:0000040`), which describe a study and permit nothing, are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DuoCode {
    /// NRES: "no restriction".
    NoRestriction,
    /// HMB: "health or medical or biomedical research".
    Biomedical,
    /// DS: "disease specific research".
    Diseases,
    /// POA: "population origins or ancestry research only".
    Ancestry,
    /// RS: "research specific restrictions".
    ResearchSpecific,
    /// NMDS: "no general methods research".
    NoMethods,
    /// GSO: "genetic studies only".
    GeneticStudies,
    /// NPUNCU: "not for profit, non commercial use only".
    NotForProfitNonCommercial,
    /// PUB: "publication required".
    Publication,
    /// COL: "collaboration required".
    Collaboration,
    /// IRB: "ethics approval required".
    EthicsApproval,
    /// GS: "geographical restriction".
    Regions,
    /// MOR: "publication moratorium".
    Moratorium,
    /// TS: "time limit on use".
    Months,
    /// US: "user specific restriction".
    Users,
    /// PS: "project specific restriction".
    Projects,
    /// IS: "institution specific restriction".
    Institutions,
    /// RTN: "return to database or resource".
    ReturnToDatabase,
    /// GRU: "general research use".
    GeneralResearch,
    /// CC: "clinical care use".
    ClinicalCare,
    /// NPOA: "population origins or ancestry research prohibited".
    NoAncestry,
    /// NPU: "not for profit organisation use only".
    NotForProfit,
    /// NCU: "non-commercial use only".
    NonCommercial,
}

const TABLE: [(DuoCode, &str, &str); 23] = [
    (DuoCode::NoRestriction, "DUO:0000004", "no restriction"),
    (DuoCode::Biomedical, "DUO:0000006", "health or medical or biomedical research"),
    (DuoCode::Diseases, "DUO:0000007", "disease specific research"),
    (DuoCode::Ancestry, "DUO:0000011", "population origins or ancestry research only"),
    (DuoCode::ResearchSpecific, "DUO:0000012", "research specific restrictions"),
    (DuoCode::NoMethods, "DUO:0000015", "no general methods research"),
    (DuoCode::GeneticStudies, "DUO:0000016", "genetic studies only"),
    (
        DuoCode::NotForProfitNonCommercial,
        "DUO:0000018",
        "not for profit, non commercial use only",
    ),
    (DuoCode::Publication, "DUO:0000019", "publication required"),
    (DuoCode::Collaboration, "DUO:0000020", "collaboration required"),
    (DuoCode::EthicsApproval, "DUO:0000021", "ethics approval required"),
    (DuoCode::Regions, "DUO:0000022", "geographical restriction"),
    (DuoCode::Moratorium, "DUO:0000024", "publication moratorium"),
    (DuoCode::Months, "DUO:0000025", "time limit on use"),
    (DuoCode::Users, "DUO:0000026", "user specific restriction"),
    (DuoCode::Projects, "DUO:0000027", "project specific restriction"),
    (DuoCode::Institutions, "DUO:0000028", "institution specific restriction"),
    (DuoCode::ReturnToDatabase, "DUO:0000029", "return to database or resource"),
    (DuoCode::GeneralResearch, "DUO:0000042", "general research use"),
    (DuoCode::ClinicalCare, "DUO:0000043", "clinical care use"),
    (
        DuoCode::NoAncestry,
        "DUO:0000044",
        "population origins or ancestry research prohibited",
    ),
    (DuoCode::NotForProfit, "DUO:0000045", "not for profit organisation use only"),
    (DuoCode::NonCommercial, "DUO:0000046", "non-commercial use only"),
];

impl DuoCode {
    /// The condition with this code. Absent if the text is not exactly one of the codes (`DUO:` and seven digits).
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| *known == code).map(|(found, ..)| *found)
    }

    /// The label of the ontology, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        TABLE.iter().find(|(known, ..)| *known == self).map_or("", |(_, _, label)| label)
    }

    /// Whether the code permits a use. All other codes limit a use that another code permits.
    #[must_use]
    pub fn is_permission(self) -> bool {
        matches!(
            self,
            Self::NoRestriction | Self::GeneralResearch | Self::Biomedical | Self::Diseases | Self::Ancestry
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_has_one_code_and_a_label() {
        for (number, (code, text, label)) in TABLE.into_iter().enumerate() {
            assert_eq!(TABLE[number].0, code);
            assert_eq!(DuoCode::parse(text), Some(code), "{text}");
            assert_eq!(code.label(), label, "{text}");
            assert!(!label.is_empty());
        }
        for text in ["DUO:0000001", "DUO:0000031", "DUO:42", "duo:0000042", "DUO_0000042", ""] {
            assert_eq!(DuoCode::parse(text), None, "{text}");
        }
    }
}
