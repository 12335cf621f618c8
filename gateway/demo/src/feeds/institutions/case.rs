//! A case as plain data: what every feed says of it, each in its own words.

use std::fmt;

use gemj_model::fact::Comparator;
use gemj_model::{ParticipantId, Sex, SpecimenId};

use crate::programme::person::Day;

/// One of the cases that all institution feeds are of.
#[derive(Clone, PartialEq, Eq)]
pub struct InstitutionCase {
    /// Who it is in the programme.
    pub participant: ParticipantId,
    /// What each institution calls them.
    pub numbers: LocalNumbers,
    /// Sex; in every feed.
    pub sex: Sex,
    /// Birthday. The hospital's and the study's feeds have the day, the biobank's the month.
    pub born: Day,
    /// Diagnoses, the first of which is confirmed. All of them are in the SS-MIX2, ODM and REDCap feeds; MIABIS has the first, without
    /// date and status.
    pub diagnoses: Vec<CaseDiagnosis>,
    /// Laboratory results in order of date; in the SS-MIX2, ODM and REDCap feeds.
    pub labs: Vec<CaseLab>,
    /// Features of the phenotype; in the ODM and REDCap feeds.
    pub features: Vec<CaseFeature>,
    /// Specimens, a parent before its child; in the ODM, REDCap and MIABIS feeds. Only MIABIS says what was made of what.
    pub specimens: Vec<CaseSpecimen>,
    /// What names the person: in the SS-MIX2 feed and (the name) in the REDCap feed, and to be met nowhere behind an adapter.
    pub identity: Identity,
}

/// The numbers of one person, by namespace.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalNumbers {
    /// Hospital number, eight digits, often with a zero in front (namespace `hospital-a`).
    pub hospital: String,
    /// Subject key of the study's ODM, such as `EDC-0007` (`gemj-edc`).
    pub edc: String,
    /// Record id of the study's REDCap project, from 1 to the number of cases (`gemj-redcap`).
    pub redcap: u32,
    /// Donor id of the biobank, such as `BB-0007` (`biobank-a`).
    pub biobank: String,
}

/// A diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseDiagnosis {
    /// ICD-10 with its dot (`K29.7`); SS-MIX2 writes it without.
    pub icd10: &'static str,
    /// Label, in Japanese.
    pub label: &'static str,
    /// Eight digits in the shape of a MEDIS exchange key; SS-MIX2 only. Not looked up anywhere but for gastritis.
    pub exchange_key: &'static str,
    /// When it was made.
    pub date: Day,
    /// Thought of and not confirmed.
    pub suspected: bool,
}

/// A laboratory result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLab {
    /// Seventeen characters in the shape of JLAC10.
    pub jlac10: &'static str,
    /// Label, in Japanese or Latin letters.
    pub label: &'static str,
    /// A bound, where the result is no plain number.
    pub comparator: Option<Comparator>,
    /// Decimal number; zeros at its end mean something.
    pub number: String,
    /// Unit in ASCII (`mg/dL`, `.10*2/uL`).
    pub unit: &'static str,
    /// When the sample for it was taken.
    pub date: Day,
}

impl CaseLab {
    /// The result as the feeds write it, a bound in front of the number (`<0.1`).
    #[must_use]
    pub fn result(&self) -> String {
        format!("{}{}", self.comparator.map_or("", Comparator::as_str), self.number)
    }

    /// The part of the code that says what was examined (JLAC10: characters 10 to 12).
    #[must_use]
    pub fn material(&self) -> &'static str {
        self.jlac10.get(9..12).unwrap_or_default()
    }
}

/// A feature of the phenotype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFeature {
    /// HPO term as a CURIE.
    pub term: &'static str,
    /// Label.
    pub label: &'static str,
    /// Looked for and not found.
    pub excluded: bool,
}

/// What a specimen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecimenKind {
    /// Whole blood.
    WholeBlood,
    /// DNA.
    Dna,
    /// Tissue, formalin-fixed and paraffin-embedded.
    TissueFfpe,
}

impl SpecimenKind {
    /// All kinds, in the order of the codes of the REDCap project.
    pub const ALL: [Self; 3] = [Self::WholeBlood, Self::Dna, Self::TissueFfpe];

    /// The words that feeds use.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WholeBlood => "Whole blood",
            Self::Dna => "DNA",
            Self::TissueFfpe => "Tissue FFPE",
        }
    }
}

/// A specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSpecimen {
    /// The programme-wide id. The first of a case is the one that its files were made from.
    pub id: SpecimenId,
    /// What it is.
    pub kind: SpecimenKind,
    /// When it was taken; of DNA when it was prepared.
    pub collected: Day,
    /// What it was made of; absent for a primary one.
    pub parent: Option<SpecimenId>,
}

/// An invented person's invented particulars.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Family name in kanji.
    pub family_name: &'static str,
    /// Given name in kanji.
    pub given_name: &'static str,
    /// Family name in kana.
    pub family_name_kana: &'static str,
    /// Given name in kana.
    pub given_name_kana: &'static str,
    /// Address.
    pub address: String,
    /// Telephone number.
    pub telephone: String,
}

impl fmt::Debug for InstitutionCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstitutionCase(..)")
    }
}

impl fmt::Debug for LocalNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalNumbers(..)")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}
