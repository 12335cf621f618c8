//! A case as plain data, from which every feed is written.

use std::fmt;

use gemj_model::fact::Comparator;
use gemj_model::{ParticipantId, Sex, SpecimenId};

use crate::programme::person::Day;

/// One of the cases of all institution feeds.
#[derive(Clone, PartialEq, Eq)]
pub struct InstitutionCase {
    /// The participant's id in the programme.
    pub participant: ParticipantId,
    /// The participant's number at each institution.
    pub numbers: LocalNumbers,
    /// Sex; in every feed.
    pub sex: Sex,
    /// Birthday. The hospital's and the study's feeds have the day, the biobank's the month.
    pub born: Day,
    /// Diagnoses; the first one is confirmed. The SS-MIX2, ODM and REDCap feeds contain all of them. MIABIS contains the first one, without date and
    /// status.
    pub diagnoses: Vec<CaseDiagnosis>,
    /// Laboratory results in order of date; in the SS-MIX2, ODM and REDCap feeds.
    pub labs: Vec<CaseLab>,
    /// Features of the phenotype; in the ODM and REDCap feeds.
    pub features: Vec<CaseFeature>,
    /// Specimens, a parent before its child; in the ODM, REDCap and MIABIS feeds. Only MIABIS contains the parent of a specimen.
    pub specimens: Vec<CaseSpecimen>,
    /// Data that names the person: in the SS-MIX2 feed and (the name) in the REDCap feed. No output of an adapter may contain it.
    pub identity: Identity,
}

/// The numbers of one participant, by namespace.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalNumbers {
    /// Hospital number of eight digits, often with a leading zero (namespace `hospital-a`).
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
    /// Eight digits in the form of a MEDIS exchange key; only in SS-MIX2. Only the key of gastritis was looked up in a master.
    pub exchange_key: &'static str,
    /// Date of the diagnosis.
    pub date: Day,
    /// Whether the diagnosis is suspected and not confirmed.
    pub suspected: bool,
}

/// A laboratory result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLab {
    /// Seventeen characters in the shape of JLAC10.
    pub jlac10: &'static str,
    /// Label, in Japanese or Latin letters.
    pub label: &'static str,
    /// A bound, if the result is not a plain number.
    pub comparator: Option<Comparator>,
    /// Decimal number. Trailing zeros are significant.
    pub number: String,
    /// Unit in ASCII (`mg/dL`, `.10*2/uL`).
    pub unit: &'static str,
    /// Date on which the sample was taken.
    pub date: Day,
}

impl CaseLab {
    /// The result as the feeds write it, with a bound before the number (`<0.1`).
    #[must_use]
    pub fn result(&self) -> String {
        format!("{}{}", self.comparator.map_or("", Comparator::as_str), self.number)
    }

    /// The part of the code that identifies the examined material (JLAC10: characters 10 to 12).
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
    /// Whether the feature was looked for and not found.
    pub excluded: bool,
}

/// The kind of a specimen.
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

    /// The label in the feeds.
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
    /// The programme-wide id. The files of a participant were made from the first specimen of the case.
    pub id: SpecimenId,
    /// The kind of the specimen.
    pub kind: SpecimenKind,
    /// Date of collection; for DNA, date of preparation.
    pub collected: Day,
    /// The specimen from which it was made; absent for a primary specimen.
    pub parent: Option<SpecimenId>,
}

/// Invented personal data of an invented person.
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
