//! The names that help a caller and an operator to find the cause of a refusal: issuer, key id, rule, and the host of keys that cannot be fetched.

use ga4gh_passport::{Reason, claimed_names};

use super::{AuthError, rule};
use crate::fetch::FetchFault;
use crate::key_store::KeyTrouble;
use crate::presented::Presented;
use crate::trust::Trust;

/// The names for one refusal. Only the caller who presented the token may get them: `issuer` and `key_id` are parts of the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorNames {
    /// `iss` of the refused token, as the token claims it. Absent if the token is opaque or cannot be read.
    pub issuer: Option<String>,
    /// `kid` of the refused token, as the token claims it. Absent if the token is opaque or cannot be read.
    pub key_id: Option<String>,
    /// The rule that the token breaks; absent if the text of the error is the whole rule.
    pub rule: Option<&'static str>,
    /// The reason why keys or endpoints of a configured issuer are not reachable, with the host and the remedy. Absent for every other error.
    pub trouble: Option<String>,
}

impl ErrorNames {
    pub(crate) fn of(trust: &Trust, presented: &Presented<'_>, error: &AuthError) -> Self {
        let token = match error {
            AuthError::Bearer(_) | AuthError::Binding(_) | AuthError::Exchange(_) => presented.authorization.map(|shown| shown.token),
            AuthError::Passport { position, .. } => position
                .checked_sub(1)
                .and_then(|index| presented.passports.get(index))
                .map(String::as_str),
            AuthError::Together(_) => None,
        };
        let (issuer, key_id) = token.map(claimed_names).unwrap_or_default();
        let reason = error.reason();
        let trouble = issuer
            .as_deref()
            .and_then(|issuer| trust.any_issuer(issuer))
            .filter(|_| matches!(reason, Some(Reason::KeysUnavailable | Reason::UserInfoUnavailable)))
            .and_then(|issuer| issuer.own_keys().ok()?.trouble())
            .map(|trouble| text(&trouble));
        Self {
            issuer,
            key_id,
            rule: reason.and_then(rule::of),
            trouble,
        }
    }
}

fn text(trouble: &KeyTrouble) -> String {
    let KeyTrouble { fault, host } = trouble;
    match fault {
        FetchFault::HostNotListed => format!(
            "the discovery document of the issuer names the host `{host}`, which `endpoint_hosts` of the issuer's entry does not list: the operator adds the host there if the issuer confirms it"
        ),
        _ if host.is_empty() => "the key file of the issuer's entry (`jwks_file`) cannot be read".to_owned(),
        FetchFault::Client | FetchFault::Transfer | FetchFault::Status(_) | FetchFault::TooLarge | FetchFault::Document => {
            format!(
                "the host `{host}` returned no keys ({fault}); a key set on another host needs `endpoint_hosts` or `jwks_url` in the issuer's entry"
            )
        }
    }
}
