//! The names that help a caller and an operator to find the cause of a refusal: issuer, key id, rule, and the host of keys that cannot be fetched.

use ga4gh_passport::{Reason, claimed_names};

use super::{AuthError, rule};
use crate::exchange::ExchangeFault;
use crate::fetch::FetchFault;
use crate::presented::Presented;
use crate::trouble::Trouble;
use crate::trust::{IssuerTrust, Trust};

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
        // An opaque token names no issuer. Only one issuer is asked about such tokens.
        let trusted = match &issuer {
            Some(issuer) => trust.any_issuer(issuer),
            None => trust.opaque_issuer().filter(|_| token.is_some()),
        };
        let trouble = trusted.and_then(|issuer| trouble_of(trust, issuer, error));
        Self {
            issuer,
            key_id,
            rule: reason.and_then(rule::of),
            trouble,
        }
    }
}

/// The endpoint that could not be used, with the name for texts and the setting that replaces discovery.
#[derive(Clone, Copy)]
struct Endpoint {
    name: &'static str,
    setting: &'static str,
}

const KEYS: Endpoint = Endpoint {
    name: "key set",
    setting: "jwks_url",
};
const USERINFO: Endpoint = Endpoint {
    name: "UserInfo endpoint",
    setting: "userinfo_url",
};
const INTROSPECTION: Endpoint = Endpoint {
    name: "introspection endpoint",
    setting: "introspection_url",
};
const TOKEN: Endpoint = Endpoint {
    name: "token endpoint",
    setting: "token_url",
};

/// The trouble behind an error: the host at fault and the remedy. Absent if no endpoint is at fault.
fn trouble_of(trust: &Trust, issuer: &IssuerTrust, error: &AuthError) -> Option<String> {
    let of_keys = |issuer: &IssuerTrust| Some(text(KEYS, &issuer.own_keys().ok()?.trouble()?));
    if let AuthError::Exchange(fault) = error {
        let exchange = issuer.exchange.as_ref()?;
        return match fault {
            ExchangeFault::Unavailable => Some(text(TOKEN, &exchange.trouble.get()?)),
            ExchangeFault::Passport(Reason::KeysUnavailable) => of_keys(trust.any_issuer(exchange.passport_issuer())?),
            ExchangeFault::Passport(_) | ExchangeFault::Refused | ExchangeFault::NotAPassport | ExchangeFault::OtherPerson => None,
        };
    }
    match error.reason()? {
        Reason::KeysUnavailable => of_keys(issuer),
        Reason::UserInfoUnavailable => Some(text(USERINFO, &issuer.userinfo_trouble.get()?)),
        Reason::IntrospectionUnavailable => Some(text(INTROSPECTION, &issuer.opaque.as_ref()?.trouble.get()?)),
        _ => None,
    }
}

fn text(endpoint: Endpoint, trouble: &Trouble) -> String {
    let Endpoint { name, setting } = endpoint;
    let Trouble { fault, host } = trouble;
    match fault {
        FetchFault::HostNotListed => format!(
            "the discovery document of the issuer names the host `{host}`, which `endpoint_hosts` of the issuer's entry does not list: the operator adds the host there if the issuer confirms it"
        ),
        FetchFault::UrlNotAllowed => format!(
            "the discovery document of the issuer names a URL on the host `{host}` that the gateway does not fetch (https is expected, without user and fragment): the issuer corrects it, or the operator sets `{setting}` in the issuer's entry"
        ),
        FetchFault::NotStated => {
            format!("the discovery document on the host `{host}` names no {name}: the operator sets `{setting}` in the issuer's entry")
        }
        _ if host.is_empty() => "the key file of the issuer's entry (`jwks_file`) cannot be read".to_owned(),
        FetchFault::Client | FetchFault::Transfer | FetchFault::Status(_) | FetchFault::TooLarge | FetchFault::Document
            if setting == KEYS.setting =>
        {
            format!(
                "the host `{host}` returned no keys ({fault}); a key set on another host needs `endpoint_hosts` or `jwks_url` in the issuer's entry"
            )
        }
        FetchFault::Client | FetchFault::Transfer | FetchFault::Status(_) | FetchFault::TooLarge | FetchFault::Document => {
            format!(
                "the {name} on the host `{host}` did not answer as expected ({fault}); an endpoint on another host needs `endpoint_hosts` or `{setting}` in the issuer's entry"
            )
        }
    }
}
