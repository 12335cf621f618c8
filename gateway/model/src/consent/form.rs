//! Consent forms as files, and what the committee decided about older ones.

use serde::{Deserialize, Serialize};

use super::{Clause, ClauseSet, Ground};
use crate::clock::Timestamp;
use crate::identifier::{FormId, SiteId};

/// A version of a consent form, a file in `schemas/consent-forms/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FormFile", into = "FormFile")]
pub struct ConsentForm {
    /// Its id, such as `unified-1`.
    pub id: FormId,
    /// Title in Japanese and English.
    pub title: Bilingual,
    /// Who issued it.
    pub issuer: String,
    /// First day of use (a date).
    pub effective_from: String,
    /// Countries that the form names for provision overseas (ISO 3166-1 alpha-2). A country not named is not allowed.
    pub overseas_countries: Vec<String>,
    /// The clauses it asks about.
    pub clauses: Vec<FormClause>,
    /// What else is known of it.
    pub particulars: FormParticulars,
}

/// What a form's file says besides its clauses, and what the committee decided about the form. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormParticulars {
    /// Its version as printed on it; empty where the file does not say.
    pub version: String,
    /// The first day on which it is not to be signed any more (a date); absent while it is in use. A signature dated later opens nothing.
    pub effective_until: Option<String>,
    /// The name of the file with its words, beside its own; absent where it has none.
    pub document: Option<String>,
    /// SHA-256 of that file's bytes, lower-case hex; absent where it has none.
    pub document_sha256: Option<String>,
    /// What its clauses mean in the Data Use Ontology.
    pub data_use: Vec<FormDataUse>,
    /// On what the uses that it opens rest in law; consent unless the file says otherwise.
    pub ground: Ground,
    /// For an older form: the clauses of another one that the committee judged it to open. They come from files of their own.
    pub equivalences: Vec<Equivalence>,
}

/// Data Use Ontology codes of a form or of some of its clauses (DUO 2021-02-23). A record of what the form means, for those who describe a
/// dataset; decisions read the dataset's own conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormDataUse {
    /// The clauses that the codes are of; absent: the form as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// The codes, `DUO:` and seven digits.
    pub codes: Vec<String>,
}

/// One clause of a form with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormClause {
    /// Which clause.
    pub clause: Clause,
    /// What the participant reads.
    pub text: Bilingual,
}

/// A text in the programme's two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// One decision of the committee about one older form: what a signature on it also opens, for participants of the sites named. A file in
/// `schemas/consent-forms/equivalences/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalence {
    /// The older form.
    pub legacy_form: FormId,
    /// The form whose clauses are opened; its list of countries is the one that counts.
    pub form: FormId,
    /// The institutions that it was decided for. A participant of no site, or of another, gets nothing from it.
    pub sites: Vec<SiteId>,
    /// The decision's id in the committee's register.
    pub decision: String,
    /// The day from which the decision holds.
    #[serde(with = "crate::clock::rfc3339")]
    pub decided: Timestamp,
    /// On what the uses that it opens rest in law.
    pub ground: Ground,
    /// Its rows.
    pub clauses: Vec<EquivalenceClause>,
}

/// One row of an equivalence: what agreeing to one clause of the older form opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquivalenceClause {
    /// The clause of the older form that the person must have agreed to.
    pub agreed: Clause,
    /// The clause that is opened. One that the older form itself asks about is never opened: the person answered.
    pub opens: Clause,
    /// What the committee found.
    pub verdict: EquivalenceVerdict,
}

/// What the committee found of an older form's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EquivalenceVerdict {
    /// They say the same.
    Equal,
    /// They say more than the newer clause, which is therefore covered.
    Narrower,
    /// They do not cover it: people have to be asked. Opens nothing.
    NeedsReconsent,
}

impl EquivalenceVerdict {
    /// Whether the newer clause is opened.
    #[must_use]
    pub fn opens(self) -> bool {
        match self {
            Self::Equal | Self::Narrower => true,
            Self::NeedsReconsent => false,
        }
    }
}

impl ConsentForm {
    /// The clauses the form asks about.
    #[must_use]
    pub fn clause_set(&self) -> ClauseSet {
        self.clauses.iter().map(|c| c.clause).collect()
    }
}

/// The members of a form's file. Unknown ones are refused.
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
    fn a_file_without_particulars_has_none_and_rests_on_consent() {
        let form: ConsentForm = serde_json::from_str(LEAST).unwrap();
        assert_eq!(form.particulars, FormParticulars::default());
        assert_eq!(form.particulars.ground, Ground::Consent);
        assert_eq!(form.clause_set().joined(), "study-use");
    }

    #[test]
    fn a_member_that_is_not_known_is_refused() {
        for extra in [r#""equivalences": [],"#, r#""Ground": "consent","#, r#""grounds": [],"#] {
            let text = LEAST.replacen('{', &format!("{{{extra}"), 1);
            assert!(serde_json::from_str::<ConsentForm>(&text).is_err(), "{extra}");
        }
        assert!(serde_json::from_str::<ConsentForm>(&LEAST.replace("study-use", "everything")).is_err());
    }

    #[test]
    fn what_was_written_is_read_again() {
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
