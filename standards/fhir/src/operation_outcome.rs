//! OperationOutcome: the issues of a request in FHIR's own format (FHIR R4 § OperationOutcome).

use serde_json::{Map, Value, json};

/// The severity of an issue (value set `issue-severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The whole action failed and cannot continue.
    Fatal,
    /// The action failed because of this issue.
    Error,
    /// The action succeeded, but needs attention.
    Warning,
    /// The issue is for information only.
    Information,
}

impl Severity {
    /// The code of the severity.
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

/// The kind of an issue: the part of the value set `issue-type` (required binding) that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueCode {
    /// `invalid`: the content is invalid, without a more precise kind.
    Invalid,
    /// `structure`: the syntax or structure of the content is wrong.
    Structure,
    /// `required`: a required element is missing.
    Required,
    /// `value`: an element's value does not have the format of its type.
    Value,
    /// `invariant`: a rule over several elements is violated.
    Invariant,
    /// `code-invalid`: a code is not in its value set.
    CodeInvalid,
    /// `login`: the client must authenticate.
    Login,
    /// `forbidden`: the client has no right to this.
    Forbidden,
    /// `not-supported`: this server does not support the feature.
    NotSupported,
    /// `not-found`: the resource or path does not exist.
    NotFound,
    /// `deleted`: the resource was deleted.
    Deleted,
    /// `too-long`: the content is larger than a limit.
    TooLong,
    /// `too-costly`: the request needs too much work.
    TooCostly,
    /// `business-rule`: a rule of this server is violated.
    BusinessRule,
    /// `conflict`: versions conflict.
    Conflict,
    /// `transient`: a later request may succeed.
    Transient,
    /// `exception`: an internal error.
    Exception,
    /// `throttled`: the client has sent too many requests.
    Throttled,
    /// `informational`: a message without a fault.
    Informational,
}

impl IssueCode {
    /// The code of this kind of issue.
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

/// One issue. An issue must not contain a value of the request, because issues are logged too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The severity of the issue.
    pub severity: Severity,
    /// The kind of the issue.
    pub code: IssueCode,
    /// A description of the issue, for developers.
    pub diagnostics: String,
    /// The place of the issue: an element as a simple FHIRPath (`Observation.component[0].code`), or a search parameter (`http.patient`, as in
    /// FHIR R4 § OperationOutcome.issue.location). `None` if the issue concerns the whole request.
    pub expression: Option<String>,
}

impl Issue {
    /// An issue of severity `error` that concerns the whole request.
    pub fn error(code: IssueCode, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            diagnostics: diagnostics.into(),
            expression: None,
        }
    }

    /// The same issue, with `expression` as its place.
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

/// Renders the OperationOutcome resource. It must have at least one issue ("1..*"), so an empty list is rendered as one `informational` issue,
/// "all is well".
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
