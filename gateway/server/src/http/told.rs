//! What a refusal says to machines, the same in the envelope of every standard.

use gemj_access::{DecisionId, Denial, Language, Rule};
use gemj_authenticate::{AuthError, Scheme};
use gemj_model::ErrorKind;
use serde_json::{Map, Value};

/// The challenge to somebody who presented nothing.
pub(crate) const ANONYMOUS: &str = "Bearer realm=\"gemj-gateway\"";

/// Members that stand beside a standard's own in an error, and of our own errors (RFC 9457 § 3.2 "Extension Members").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The stable code of the reason.
    pub(crate) code: &'static str,
    /// The reason for people, in their language.
    pub(crate) title: Option<&'static str>,
    /// The decision, for questions about it.
    pub(crate) decision: Option<DecisionId>,
    /// The visa that is concerned, by its `jti`.
    pub(crate) visa: Option<String>,
    /// The claim of a token that is at fault, by its name.
    pub(crate) claim: Option<&'static str>,
    /// What a 401 asks for.
    pub(crate) challenge: &'static str,
}

impl Told {
    /// Of a decision. About what stays hidden nothing is said that could depend on it.
    pub(crate) fn of(denial: &Denial, language: Language) -> Self {
        let hidden = denial.rule == Rule::NotVisible;
        Self {
            code: denial.rule.code(),
            title: Some(denial.rule.title(language)),
            decision: Some(denial.decision),
            visa: denial.visa.clone().filter(|_| !hidden),
            claim: None,
            challenge: ANONYMOUS,
        }
    }

    /// Of something else than a decision.
    pub(crate) fn code(code: &'static str) -> Self {
        Self {
            code,
            title: None,
            decision: None,
            visa: None,
            claim: None,
            challenge: ANONYMOUS,
        }
    }

    /// Of credentials that do not hold. The challenge says so (RFC 6750 § 3.1, RFC 9449 § 7.1).
    pub(crate) fn of_credentials(error: &AuthError) -> Self {
        Self {
            challenge: match error.challenge() {
                (Scheme::Bearer, _) => "Bearer realm=\"gemj-gateway\", error=\"invalid_token\"",
                (Scheme::Dpop, "invalid_dpop_proof") => "DPoP realm=\"gemj-gateway\", error=\"invalid_dpop_proof\", algs=\"ES256 RS256\"",
                (Scheme::Dpop, _) => "DPoP realm=\"gemj-gateway\", error=\"invalid_token\", algs=\"ES256 RS256\"",
            },
            claim: error.claim(),
            ..Self::code(error.code())
        }
    }

    /// Adds the members to an object of the answer. None that is there is replaced.
    pub(crate) fn add_to(&self, object: &mut Value) {
        let Some(members) = object.as_object_mut() else { return };
        for (name, value) in self.members() {
            members.entry(name).or_insert(value);
        }
    }

    /// The members.
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("code".to_owned(), self.code.into());
        if let Some(title) = self.title {
            members.insert("title".to_owned(), title.into());
        }
        if let Some(decision) = self.decision {
            members.insert("decision".to_owned(), decision.to_string().into());
        }
        if let Some(visa) = &self.visa {
            members.insert("visa".to_owned(), visa.as_str().into());
        }
        if let Some(claim) = self.claim {
            members.insert("claim".to_owned(), claim.into());
        }
        members
    }
}

/// How what a caller may not know of is answered: one status for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HiddenStatus {
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
}

impl HiddenStatus {
    /// How a refusal looks.
    pub(crate) fn kind_of(self, denial: &Denial) -> ErrorKind {
        match (&denial.rule, self) {
            (Rule::NotVisible, Self::Forbidden) => ErrorKind::Forbidden,
            _ => denial.kind(),
        }
    }
}
