//! OperationOutcome: what was wrong, in FHIR's own shape (FHIR R4 § OperationOutcome).

use serde_json::{Map, Value, json};

/// How bad an issue is (value set `issue-severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The whole action is off, and going on is impossible.
    Fatal,
    /// The action failed for this.
    Error,
    /// The action was done; look at it.
    Warning,
    /// For information.
    Information,
}

impl Severity {
    /// The code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// What kind of issue it is: the part of the value set `issue-type` (required binding) that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueCode {
    /// `invalid`: content of a kind not named more closely.
    Invalid,
    /// `structure`: the syntax or shape of the content.
    Structure,
    /// `required`: a required element is missing.
    Required,
    /// `value`: an element's value is out of its type's format.
    Value,
    /// `invariant`: a rule over several elements is broken.
    Invariant,
    /// `code-invalid`: a code is not in its value set.
    CodeInvalid,
    /// `login`: the client must say who it is.
    Login,
    /// `forbidden`: no right to this.
    Forbidden,
    /// `not-supported`: not done by this server.
    NotSupported,
    /// `not-found`.
    NotFound,
    /// `deleted`.
    Deleted,
    /// `too-long`.
    TooLong,
    /// `too-costly`.
    TooCostly,
    /// `business-rule`: a rule of this server's own.
    BusinessRule,
    /// `conflict`: of versions.
    Conflict,
    /// `transient`: may work later.
    Transient,
    /// `exception`: an internal error.
    Exception,
    /// `throttled`.
    Throttled,
    /// `informational`.
    Informational,
}

impl IssueCode {
    /// The code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::CodeInvalid => "code-invalid",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::NotSupported => "not-supported",
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::TooLong => "too-long",
            Self::TooCostly => "too-costly",
            Self::BusinessRule => "business-rule",
            Self::Conflict => "conflict",
            Self::Transient => "transient",
            Self::Exception => "exception",
            Self::Throttled => "throttled",
            Self::Informational => "informational",
        }
    }
}

/// One issue. Whoever makes one puts no value of the request into it: it goes to logs too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// Of what kind.
    pub code: IssueCode,
    /// In words for people who debug.
    pub diagnostics: String,
    /// The element, as a simple FHIRPath (`Observation.component[0].code`), or a search parameter (`http.patient`, as
    /// FHIR R4 § OperationOutcome.issue.location has it); absent where the issue is of the whole.
    pub expression: Option<String>,
}

impl Issue {
    /// An error of the whole request.
    pub fn error(code: IssueCode, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            diagnostics: diagnostics.into(),
            expression: None,
        }
    }

    /// The same, at an element.
    #[must_use]
    pub fn at(self, expression: impl Into<String>) -> Self {
        Self {
            expression: Some(expression.into()),
            ..self
        }
    }

    fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("severity".to_owned(), json!(self.severity.as_str()));
        members.insert("code".to_owned(), json!(self.code.as_str()));
        if !self.diagnostics.is_empty() {
            members.insert("diagnostics".to_owned(), json!(self.diagnostics));
        }
        if let Some(expression) = &self.expression {
            members.insert("expression".to_owned(), json!([expression]));
        }
        Value::Object(members)
    }
}

/// The resource. It has at least one issue ("1..*"): none is said as `informational`, "all is well".
#[must_use]
pub fn operation_outcome(issues: &[Issue]) -> Value {
    let well = [Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        diagnostics: "no issue was found".to_owned(),
        expression: None,
    }];
    let issues = if issues.is_empty() { &well[..] } else { issues };
    json!({"resourceType": "OperationOutcome", "issue": issues.iter().map(Issue::to_json).collect::<Vec<_>>()})
}
