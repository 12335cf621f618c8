//! The members of a profile as written in YAML. They are parsed after the document was validated by the schema.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct ProfileText {
    pub(super) profile: String,
    pub(super) version: String,
    pub(super) format: String,
    pub(super) namespace: Option<String>,
    pub(super) site: Option<String>,
    #[serde(default)]
    pub(super) facilities: Vec<String>,
    pub(super) study: Option<String>,
    pub(super) redcap: Option<RedcapText>,
    pub(super) csv: Option<CsvText>,
    pub(super) omop: Option<OmopText>,
    pub(super) fhir: Option<FhirText>,
    pub(super) participant: ParticipantText,
    pub(super) sex: Option<PlacedText>,
    pub(super) born: Option<PlacedText>,
    pub(super) rules: Vec<RuleText>,
    #[serde(default)]
    pub(super) consents: Vec<ConsentText>,
    #[serde(default)]
    pub(super) ignore: Vec<IgnoreText>,
}

#[derive(Deserialize)]
pub(super) struct RedcapText {
    pub(super) dictionary: String,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, BTreeMap<String, LabelText>>,
}

/// The label that the profile expects for a code, or its labels in several languages.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum LabelText {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
pub(super) struct CsvText {
    #[serde(default)]
    pub(super) optional: BTreeSet<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct OmopText {
    #[serde(default)]
    pub(super) absent: BTreeSet<String>,
}

#[derive(Deserialize)]
pub(super) struct FhirText {
    pub(super) number: Option<NumberText>,
    pub(super) specimen: Option<NumberText>,
    #[serde(default)]
    pub(super) systems: Vec<SystemText>,
}

/// The choice of a number: an identifier by its system, or (without a system) the member `id`.
#[derive(Deserialize)]
pub(super) struct NumberText {
    pub(super) system: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SystemText {
    pub(super) name: String,
    pub(super) uris: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct ParticipantText {
    pub(super) record: String,
    pub(super) number: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ConsentText {
    pub(super) record: String,
    #[serde(default)]
    pub(super) when: Vec<ConditionText>,
    pub(super) form: Option<ExpressionText>,
    pub(super) signed: Option<ExpressionText>,
    #[serde(default)]
    pub(super) clauses: BTreeMap<String, ExpressionText>,
    pub(super) proxy: Option<ExpressionText>,
    pub(super) withdrawn: Option<ExpressionText>,
    pub(super) withdrawn_at: Option<ExpressionText>,
    #[serde(default)]
    pub(super) withdraws: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct PlacedText {
    pub(super) record: String,
    pub(super) value: ExpressionText,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ExpressionText {
    Field(String),
    Constant {
        #[serde(rename = "const")]
        constant: String,
    },
    Any {
        any: Vec<ExpressionText>,
    },
    From {
        from: String,
        #[serde(default)]
        when: Vec<ConditionText>,
        #[serde(default)]
        via: Vec<FunctionText>,
        unrecognised: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum FunctionText {
    Word(String),
    Call(CallText),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CallText {
    Date(Vec<String>),
    Prefix(String),
    Map(BTreeMap<String, String>),
    Split { at: String, part: usize },
}

#[derive(Deserialize)]
pub(super) struct ConditionText {
    pub(super) field: String,
    #[serde(rename = "in")]
    pub(super) one_of: Option<Vec<String>>,
    #[serde(rename = "not")]
    pub(super) none_of: Option<Vec<String>>,
    pub(super) present: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ValueText {
    Quantity {
        quantity: ExpressionText,
        unit: Option<ExpressionText>,
        #[serde(default, rename = "or-text")]
        or_text: bool,
    },
    Coded {
        code: ExpressionText,
        label: Option<ExpressionText>,
    },
    Text {
        text: ExpressionText,
    },
}

#[derive(Deserialize)]
pub(super) struct SpecimenText {
    pub(super) id: ExpressionText,
    pub(super) kind: Option<ExpressionText>,
    pub(super) label: Option<ExpressionText>,
    pub(super) collected: Option<ExpressionText>,
    pub(super) site: Option<ExpressionText>,
    pub(super) storage: Option<ExpressionText>,
    pub(super) parent: Option<ExpressionText>,
    #[serde(default)]
    pub(super) steps: Vec<StepText>,
}

#[derive(Deserialize)]
pub(super) struct StepText {
    pub(super) step: String,
    pub(super) code: Option<ExpressionText>,
    pub(super) label: Option<ExpressionText>,
    pub(super) time: Option<ExpressionText>,
}

#[derive(Deserialize)]
pub(super) struct DetailText {
    pub(super) name: String,
    pub(super) code: Option<ExpressionText>,
    pub(super) text: Option<ExpressionText>,
}

#[derive(Deserialize)]
pub(super) struct RuleText {
    pub(super) record: String,
    #[serde(default)]
    pub(super) when: Vec<ConditionText>,
    pub(super) fact: Option<String>,
    pub(super) code: Option<ExpressionText>,
    pub(super) label: Option<ExpressionText>,
    pub(super) status: Option<ExpressionText>,
    pub(super) onset: Option<ExpressionText>,
    pub(super) observed: Option<ExpressionText>,
    pub(super) value: Option<ValueText>,
    #[serde(default)]
    pub(super) details: Vec<DetailText>,
    pub(super) specimen: Option<SpecimenText>,
    #[serde(default)]
    pub(super) modifiers: Vec<ModifierText>,
}

#[derive(Deserialize)]
pub(super) struct ModifierText {
    pub(super) record: String,
    pub(super) field: String,
}

#[derive(Deserialize)]
pub(super) struct IgnoreText {
    pub(super) record: Option<String>,
    pub(super) field: Option<String>,
    pub(super) reason: String,
}
