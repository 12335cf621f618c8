//! The machine-readable members of a refusal, which are the same in the error format of every standard.

use gemj_access::{DecisionId, Denial, Language, Rule};
use gemj_authenticate::{AuthError, ErrorNames, Scheme};
use gemj_model::ErrorKind;
use serde_json::{Map, Value};

/// The value of `WWW-Authenticate` for a caller without credentials.
pub(crate) const ANONYMOUS: &str = "Bearer realm=\"gemj-gateway\"";

/// The machine-readable members that the gateway adds to a standard's error. They are also the extension members of the gateway's own errors
/// (RFC 9457 § 3.2 "Extension Members").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusalMembers {
    /// The stable code of the reason for the refusal.
    pub(crate) code: &'static str,
    /// The human-readable reason for the refusal, in the language of the request.
    pub(crate) title: Option<&'static str>,
    /// The id of the decision, for support requests.
    pub(crate) decision: Option<DecisionId>,
    /// The `jti` of the visa that caused the refusal.
    pub(crate) visa: Option<String>,
    /// The name of the faulty claim in a token.
    pub(crate) claim: Option<&'static str>,
    /// The issuer that the refused token claims.
    pub(crate) issuer: Option<String>,
    /// The key id that the refused token claims.
    pub(crate) key_id: Option<String>,
    /// The rule that the refused token breaks.
    pub(crate) rule: Option<&'static str>,
    /// The value of `WWW-Authenticate` in a 401.
    pub(crate) challenge: &'static str,
}

impl RefusalMembers {
    /// The machine-readable members for a denial. For a hidden id, no member depends on the hidden data.
    pub(crate) fn of(denial: &Denial, language: Language) -> Self {
        let hidden = denial.rule == Rule::NotVisible;
        Self {
            code: denial.rule.code(),
            title: Some(denial.rule.title(language)),
            decision: Some(denial.decision),
            visa: denial.visa.clone().filter(|_| !hidden),
            claim: None,
            issuer: None,
            key_id: None,
            rule: None,
            challenge: ANONYMOUS,
        }
    }

    /// The machine-readable members for a refusal that is not a denial and has only a code.
    pub(crate) fn code(code: &'static str) -> Self {
        Self {
            code,
            title: None,
            decision: None,
            visa: None,
            claim: None,
            issuer: None,
            key_id: None,
            rule: None,
            challenge: ANONYMOUS,
        }
    }

    /// The machine-readable members for invalid credentials. The challenge (`WWW-Authenticate`) contains the error (RFC 6750 § 3.1, RFC 9449 §
    /// 7.1).
    pub(crate) fn of_credentials(error: &AuthError, names: &ErrorNames) -> Self {
        Self {
            challenge: match error.challenge() {
                (Scheme::Bearer, _) => "Bearer realm=\"gemj-gateway\", error=\"invalid_token\"",
                (Scheme::Dpop, "invalid_dpop_proof") => "DPoP realm=\"gemj-gateway\", error=\"invalid_dpop_proof\", algs=\"ES256 RS256\"",
                (Scheme::Dpop, _) => "DPoP realm=\"gemj-gateway\", error=\"invalid_token\", algs=\"ES256 RS256\"",
            },
            claim: error.claim(),
            issuer: names.issuer.clone(),
            key_id: names.key_id.clone(),
            rule: names.rule,
            ..Self::code(error.code())
        }
    }

    /// Adds the machine-readable members to a JSON object of the answer. Existing members of the object are not replaced.
    pub(crate) fn add_to(&self, object: &mut Value) {
        let Some(members) = object.as_object_mut() else { return };
        for (name, value) in self.members() {
            members.entry(name).or_insert(value);
        }
    }

    /// The machine-readable members as a JSON object.
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
        for (name, value) in [
            ("issuer", self.issuer.as_deref()),
            ("key_id", self.key_id.as_deref()),
            ("rule", self.rule),
        ] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        }
        members
    }
}

/// The status of the answer for every id that the caller may not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HiddenStatus {
    /// The answer has the status 404.
    NotFound,
    /// The answer has the status 403.
    Forbidden,
}

impl HiddenStatus {
    /// The kind of error that the answer to a denied request shows.
    pub(crate) fn kind_of(self, denial: &Denial) -> ErrorKind {
        match (&denial.rule, self) {
            (Rule::NotVisible, Self::Forbidden) => ErrorKind::Forbidden,
            _ => denial.kind(),
        }
    }
}
