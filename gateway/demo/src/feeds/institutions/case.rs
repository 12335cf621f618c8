//! A case as plain data. Every institution feed is written from these cases.

use std::fmt;

use gemj_model::fact::Comparator;
use gemj_model::{ParticipantId, Sex, SpecimenId};

use crate::programme::person::Day;

/// One of the cases that all institution feeds contain.
#[derive(Clone, PartialEq, Eq)]
pub struct InstitutionCase {
    /// The participant's id in the programme.
    pub participant: ParticipantId,
    /// The participant's number at each institution.
    pub numbers: LocalNumbers,
    /// The sex of the participant; in every feed.
    pub sex: Sex,
    /// The birthday of the participant. The hospital's and the study's feeds contain the day, the biobank's feed contains the month.
    pub born: Day,
    /// The diagnoses; the first diagnosis is confirmed. The SS-MIX2, ODM and REDCap feeds contain all diagnoses. MIABIS contains the first
    /// one, without date and status.
    pub diagnoses: Vec<CaseDiagnosis>,
    /// The laboratory results in order of date; in the SS-MIX2, ODM and REDCap feeds.
    pub labs: Vec<CaseLab>,
    /// The phenotypic features; in the ODM and REDCap feeds.
    pub features: Vec<CaseFeature>,
    /// The specimens, each parent before its child; in the ODM, REDCap and MIABIS feeds. Only MIABIS contains the parent of a specimen.
    pub specimens: Vec<CaseSpecimen>,
    /// Data that names the person: in the SS-MIX2 feed and (only the name) in the REDCap feed. No output of an adapter may contain this
    /// data.
    pub identity: Identity,
}

/// The patient numbers of one participant, one for each namespace.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalNumbers {
    /// The hospital number of eight digits, often with a leading zero (namespace `hospital-a`).
    pub hospital: String,
    /// The subject key in the study's ODM, such as `EDC-0007` (namespace `gemj-edc`).
    pub edc: String,
    /// The record id in the study's REDCap project, from 1 to the number of cases (namespace `gemj-redcap`).
    pub redcap: u32,
    /// The donor id of the biobank, such as `BB-0007` (namespace `biobank-a`).
    pub biobank: String,
}

/// A diagnosis of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseDiagnosis {
    /// The ICD-10 code with its dot (`K29.7`). SS-MIX2 writes the code without the dot.
    pub icd10: &'static str,
    /// The label of the diagnosis, in Japanese.
    pub label: &'static str,
    /// A number of eight digits in the form of a MEDIS exchange key; only in SS-MIX2. Only the key of gastritis is a real key that was
    /// looked up in a master.
    pub exchange_key: &'static str,
    /// The date of the diagnosis.
    pub date: Day,
    /// Whether the diagnosis is suspected and not confirmed.
    pub suspected: bool,
}

/// A laboratory result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLab {
    /// The code of the test: seventeen characters in the form of JLAC10.
    pub jlac10: &'static str,
    /// The label of the test, in Japanese or Latin letters.
    pub label: &'static str,
    /// The comparator of the result, if the result is a bound (`<0.1`) and not a plain number.
    pub comparator: Option<Comparator>,
    /// The result as a decimal number. Trailing zeros are significant.
    pub number: String,
    /// The unit of the result in ASCII (`mg/dL`, `.10*2/uL`).
    pub unit: &'static str,
    /// The date on which the sample was taken.
    pub date: Day,
}

impl CaseLab {
    /// The result in the form of the feeds, with a comparator before the number (`<0.1`).
    #[must_use]
    pub fn result(&self) -> String {
        format!("{}{}", self.comparator.map_or("", Comparator::as_str), self.number)
    }

    /// The part of the JLAC10 code that identifies the examined material (characters 10 to 12).
    #[must_use]
    pub fn material(&self) -> &'static str {
        self.jlac10.get(9..12).unwrap_or_default()
    }
}

/// A phenotypic feature of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFeature {
    /// The HPO term as a CURIE.
    pub term: &'static str,
    /// The label of the HPO term.
    pub label: &'static str,
    /// Whether the feature was looked for and not found.
    pub excluded: bool,
}

/// The kind of a specimen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecimenKind {
    /// A specimen of whole blood.
    WholeBlood,
    /// A specimen of DNA.
    Dna,
    /// A specimen of tissue, formalin-fixed and paraffin-embedded.
    TissueFfpe,
}

impl SpecimenKind {
    /// All kinds, in the order of the codes of the REDCap project.
    pub const ALL: [Self; 3] = [Self::WholeBlood, Self::Dna, Self::TissueFfpe];

    /// The label of this kind of specimen in the feeds.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WholeBlood => "Whole blood",
            Self::Dna => "DNA",
            Self::TissueFfpe => "Tissue FFPE",
        }
    }
}

/// A specimen of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSpecimen {
    /// The programme-wide id of the specimen. The files of a participant were made from the first specimen of the case.
    pub id: SpecimenId,
    /// The kind of the specimen.
    pub kind: SpecimenKind,
    /// The date of collection; for DNA, the date of preparation.
    pub collected: Day,
    /// The specimen from which this specimen was made; absent for a primary specimen.
    pub parent: Option<SpecimenId>,
}

/// Invented personal data of an invented person.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The family name in kanji.
    pub family_name: &'static str,
    /// The given name in kanji.
    pub given_name: &'static str,
    /// The family name in kana.
    pub family_name_kana: &'static str,
    /// The given name in kana.
    pub given_name_kana: &'static str,
    /// The invented postal address.
    pub address: String,
    /// The invented telephone number.
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
