//! The machine-readable members of a refusal, which are the same in the error format of every standard.

use gemj_access::{DecisionId, Denial, Language, Rule, VisaVerdict};
use gemj_authenticate::{AuthError, ErrorNames, Scheme};
use gemj_model::ErrorKind;
use serde_json::{Map, Value};

use super::access::explain::visa_told;
use super::request_code::RequestCode;

/// The largest number of visas in one answer. The dry run lists all of them.
const VISAS_MAX_COUNT: usize = 8;

/// The code of a visa that counted.
const VISA_USED: &str = "used";

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
    /// The caller's own visas that did not count, in the form of the dry run; at most [`VISAS_MAX_COUNT`].
    pub(crate) visas_not_used: Vec<Value>,
    /// The value of `WWW-Authenticate` in a 401.
    pub(crate) challenge: &'static str,
}

impl RefusalMembers {
    /// The machine-readable members for a denial. For a hidden id, no member depends on the hidden data: the list of visas depends on the caller's
    /// credentials only.
    pub(crate) fn of(denial: &Denial, visas: &[VisaVerdict], language: Language) -> Self {
        let hidden = denial.rule == Rule::NotVisible;
        let not_used = visas.iter().filter(|visa| visa.code != VISA_USED).take(VISAS_MAX_COUNT);
        Self {
            code: denial.rule.code(),
            title: Some(denial.rule.title(language)),
            decision: Some(denial.decision),
            visa: denial.visa.clone().filter(|_| !hidden),
            claim: None,
            issuer: None,
            key_id: None,
            rule: None,
            visas_not_used: not_used.map(without_id).collect(),
            challenge: ANONYMOUS,
        }
    }

    /// The machine-readable members for a refusal that is not a denial and has only a code.
    pub(crate) fn of_request(refused: RequestCode) -> Self {
        Self::code(refused.code())
    }

    fn code(code: &'static str) -> Self {
        Self {
            code,
            title: None,
            decision: None,
            visa: None,
            claim: None,
            issuer: None,
            key_id: None,
            rule: None,
            visas_not_used: Vec::new(),
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

    /// The claim, issuer, key id and rule as one text, for a standard whose errors have no members for them. Empty if all are absent.
    pub(crate) fn as_text(&self) -> String {
        let named = [
            ("claim", self.claim),
            ("issuer", self.issuer.as_deref()),
            ("key_id", self.key_id.as_deref()),
            ("rule", self.rule),
        ];
        let parts = named.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?)));
        parts.collect::<Vec<_>>().join("; ")
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
        if !self.visas_not_used.is_empty() {
            members.insert("visas_not_used".to_owned(), self.visas_not_used.clone().into());
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

/// A visa in the form of the dry run, without its `jti`: the position names the visa, and the answer to one request stays the same for each passport with
/// the same content.
fn without_id(visa: &VisaVerdict) -> Value {
    let mut told = visa_told(visa);
    if let Some(members) = told.as_object_mut() {
        members.remove("visa");
    }
    told
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
