//! Consent forms as files, and the committee's decisions about equivalent older forms.

use serde::{Deserialize, Serialize};

use super::{Clause, ClauseSet, Ground};
use crate::clock::Timestamp;
use crate::identifier::{FormId, SiteId};

/// One version of a consent form. Each version is a file in `schemas/consent-forms/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FormFile", into = "FormFile")]
pub struct ConsentForm {
    /// The id of the form, such as `unified-1`.
    pub id: FormId,
    /// The title of the form in Japanese and English.
    pub title: Bilingual,
    /// The issuer of the form.
    pub issuer: String,
    /// The first day on which the form may be signed (a date).
    pub effective_from: String,
    /// The countries that the form names for provision overseas (ISO 3166-1 alpha-2). A country that the form does not name is not allowed.
    pub overseas_countries: Vec<String>,
    /// The clauses that the form asks about.
    pub clauses: Vec<FormClause>,
    /// Further properties of the form, which a file may omit.
    pub particulars: FormParticulars,
}

/// The contents of a form's file other than id, title, issuer, first day, countries and clauses, and the committee's
/// decisions about the form. The default is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormParticulars {
    /// The version that is printed on the form; empty if the file states no version.
    pub version: String,
    /// The first day on which the form may no longer be signed (a date); absent while the form is in use. A
    /// signature on or after this day opens nothing.
    pub effective_until: Option<String>,
    /// The name of the file with the form's text, in the same folder; absent if no file with the text exists.
    pub document: Option<String>,
    /// SHA-256 of the bytes of `document`, in lower-case hex; absent if no file with the text exists.
    pub document_sha256: Option<String>,
    /// The meaning of the form's clauses in the Data Use Ontology.
    pub data_use: Vec<FormDataUse>,
    /// The legal ground of the uses that the form opens; consent unless the file states another ground.
    pub ground: Ground,
    /// The committee's decisions that treat this form as an older form. They state the clauses of newer forms that a signature on this form opens.
    /// The decisions are read from separate files.
    pub equivalences: Vec<Equivalence>,
}

/// Data Use Ontology codes of a form or of some of its clauses (DUO 2021-02-23). The codes record the meaning of the form for the author of a
/// dataset's description. Decisions do not read these codes; they read the dataset's own conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormDataUse {
    /// The clauses to which the codes apply. An empty list means the form as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// The codes, each `DUO:` and seven digits.
    pub codes: Vec<String>,
}

/// One clause of a form with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormClause {
    /// The clause that the form asks about.
    pub clause: Clause,
    /// The text that the participant reads.
    pub text: Bilingual,
}

/// A text in the programme's two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// The text in Japanese.
    pub ja: String,
    /// The text in English.
    pub en: String,
}

/// One decision of the committee about one older form. It states the further clauses that a signature on the older form opens, for participants of
/// the named sites. Each decision is a file in `schemas/consent-forms/equivalences/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalence {
    /// The older form.
    pub legacy_form: FormId,
    /// The newer form whose clauses are opened. The list of countries of this form applies.
    pub form: FormId,
    /// The institutions to which the decision applies. The decision opens no clause for a participant without a site or of another site.
    pub sites: Vec<SiteId>,
    /// The decision's id in the committee's register.
    pub decision: String,
    /// The day from which the decision has effect.
    #[serde(with = "crate::clock::rfc3339")]
    pub decided: Timestamp,
    /// The legal ground of the uses that the decision opens.
    pub ground: Ground,
    /// The rows of the decision.
    pub clauses: Vec<EquivalenceClause>,
}

/// One row of an equivalence: agreement to one clause of the older form opens one clause of the newer form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquivalenceClause {
    /// The clause of the older form to which the participant must have agreed.
    pub agreed: Clause,
    /// The clause of the newer form that is opened. A clause that the older form itself asks about is never opened, because the
    /// participant has already answered that clause.
    pub opens: Clause,
    /// The committee's finding about the two texts.
    pub verdict: EquivalenceVerdict,
}

/// The committee's finding about the text of an older form compared with a newer form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EquivalenceVerdict {
    /// The texts have the same meaning.
    Equal,
    /// The older text includes more than the newer clause, so the newer clause is covered.
    Narrower,
    /// The older text does not cover the newer clause. The participants must be asked again. The row opens nothing.
    NeedsReconsent,
}

impl EquivalenceVerdict {
    /// Whether a row of an equivalence with this finding opens the row's clause of the newer form for participants who agreed to the row's clause of
    /// the older form.
    #[must_use]
    pub fn opens(self) -> bool {
        match self {
            Self::Equal | Self::Narrower => true,
            Self::NeedsReconsent => false,
        }
    }
}

impl ConsentForm {
    /// The clauses that the form contains.
    #[must_use]
    pub fn clause_set(&self) -> ClauseSet {
        self.clauses.iter().map(|c| c.clause).collect()
    }
}

/// The members that a form's file may have. A file with another member is rejected.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormFile {
    id: FormId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
    title: Bilingual,
    issuer: String,
    effective_from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document_sha256: Option<String>,
    #[serde(default)]
    ground: Ground,
    overseas_countries: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    data_use: Vec<FormDataUse>,
    clauses: Vec<FormClause>,
}

impl From<FormFile> for ConsentForm {
    fn from(file: FormFile) -> Self {
        Self {
            id: file.id,
            title: file.title,
            issuer: file.issuer,
            effective_from: file.effective_from,
            overseas_countries: file.overseas_countries,
            clauses: file.clauses,
            particulars: FormParticulars {
                version: file.version,
                effective_until: file.effective_until,
                document: file.document,
                document_sha256: file.document_sha256,
                data_use: file.data_use,
                ground: file.ground,
                equivalences: Vec::new(),
            },
        }
    }
}

impl From<ConsentForm> for FormFile {
    fn from(form: ConsentForm) -> Self {
        Self {
            id: form.id,
            version: form.particulars.version,
            title: form.title,
            issuer: form.issuer,
            effective_from: form.effective_from,
            effective_until: form.particulars.effective_until,
            document: form.particulars.document,
            document_sha256: form.particulars.document_sha256,
            ground: form.particulars.ground,
            overseas_countries: form.overseas_countries,
            data_use: form.particulars.data_use,
            clauses: form.clauses,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LEAST: &str = r#"{"id": "f-1", "title": {"ja": "", "en": ""}, "issuer": "i", "effective_from": "2024-04-01",
        "overseas_countries": ["GB"], "clauses": [{"clause": "study-use", "text": {"ja": "", "en": ""}}]}"#;

    #[test]
    fn a_file_without_particulars_has_the_default_particulars_and_the_ground_consent() {
        let form: ConsentForm = serde_json::from_str(LEAST).unwrap();
        assert_eq!(form.particulars, FormParticulars::default());
        assert_eq!(form.particulars.ground, Ground::Consent);
        assert_eq!(form.clause_set().joined(), "study-use");
    }

    #[test]
    fn an_unknown_member_is_rejected() {
        for extra in [r#""equivalences": [],"#, r#""Ground": "consent","#, r#""grounds": [],"#] {
            let text = LEAST.replacen('{', &format!("{{{extra}"), 1);
            assert!(serde_json::from_str::<ConsentForm>(&text).is_err(), "{extra}");
        }
        assert!(serde_json::from_str::<ConsentForm>(&LEAST.replace("study-use", "everything")).is_err());
    }

    #[test]
    fn a_form_that_is_read_and_written_keeps_every_member() {
        let text = LEAST.replacen(
            '{',
            r#"{"version": "1.2", "effective_until": "2027-01-01", "document": "f-1.md", "document_sha256": "00", "ground": "ethics-waiver",
               "data_use": [{"codes": ["DUO:0000042"]}, {"clauses": ["study-use"], "codes": ["DUO:0000006"]}],"#,
            1,
        );
        let form: ConsentForm = serde_json::from_str(&text).unwrap();
        assert_eq!(form.particulars.ground, Ground::EthicsWaiver);
        let (given, again): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::to_value(&form).unwrap());
        assert_eq!(given, again);
    }
}
