//! SMART Backend Services (SMART App Launch 2.2.0 § Backend Services). Hospital systems authenticate with a signed assertion and get a
//! short-lived token. Each client is configured; there is no dynamic registration.

mod assertion;
pub(crate) mod client_keys;
mod token;

use std::collections::HashMap;
use std::sync::Arc;

use gemj_access::{BanList, Bans, Caller, CapabilityKey, Identity, Mark, Role};
use gemj_model::{Clock, Timestamp};

use crate::binding::{BindingFault, Confirmation, HolderCheck, certificate_thumbprint};
use crate::config::{Binding, ConfigFault, SmartClient, scope_fits};
use crate::fetch::Fetcher;
use crate::presented::DpopProof;
use assertion::Assertion;
use client_keys::ClientKeys;
pub(crate) use token::PREFIX as TOKEN_PREFIX;

/// The lifetime of a token, in seconds. SMART 2.2.0 § Issue access token recommends at most five minutes.
pub const TOKEN_LIFETIME_S: i64 = 300;
/// The value of `client_assertion_type` in a token request (RFC 7523 § 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The form of a token request, as the gateway received it.
#[derive(Clone, Default)]
pub struct TokenRequest {
    /// The parameter `grant_type`.
    pub grant_type: Option<String>,
    /// The parameter `scope`: scopes separated by spaces.
    pub scope: Option<String>,
    /// The parameter `client_assertion_type`.
    pub client_assertion_type: Option<String>,
    /// The parameter `client_assertion`.
    pub client_assertion: Option<String>,
}

/// A client whose assertion is valid. Before the client gets a token, the calling code must ensure that the assertion is used only once.
pub struct VerifiedClient {
    client_id: String,
    scopes: Vec<String>,
    assertion: [u8; 32],
    assertion_expires: Timestamp,
    /// The mark of the client's assertion. The token contains this mark, so that a ban of the assertion also bans the token.
    mark: Mark,
    confirmation: Confirmation,
}

impl VerifiedClient {
    /// The digest that identifies the assertion: SHA-256 of client id and `jti`, lower-case hex.
    #[must_use]
    pub fn assertion_digest(&self) -> String {
        hex::encode(self.assertion)
    }

    /// The end of the client's assertion. After this time, the calling code need not remember the assertion's digest.
    #[must_use]
    pub fn assertion_expires(&self) -> Timestamp {
        self.assertion_expires
    }

    /// The scopes that the client's token will have.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// A token that was issued to a client, with the members of the answer.
pub struct IssuedToken {
    /// The text of the token, which has no meaning for the client.
    pub access_token: String,
    /// The member `token_type`: `DPoP` if the token is bound to a key (RFC 9449 § 5), otherwise `bearer`.
    pub token_type: &'static str,
    /// The lifetime of the token in seconds.
    pub expires_in_s: i64,
    /// The scopes of the token, separated by spaces.
    pub scope: String,
}

/// The reason why no token is issued. The codes are those of RFC 6749 § 5.2, and `temporarily_unavailable` of § 4.1.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmartFault {
    /// A parameter of the token request is missing or wrong.
    #[error("{0}")]
    Request(&'static str),
    /// The grant type is not `client_credentials`.
    #[error("grant_type must be client_credentials")]
    GrantType,
    /// The client is unknown, its access has ended, it is banned, or its assertion is not valid. All these cases have one text, so that the
    /// answer does not reveal which clients exist.
    #[error("the client assertion is not valid")]
    Client,
    /// The client requested a scope that it may not have.
    #[error("a requested scope is not allowed for this client")]
    Scope,
    /// The client's keys cannot be fetched.
    #[error("the client's keys cannot be fetched at the moment")]
    KeysUnavailable,
}

impl SmartFault {
    /// The `error` of the token endpoint's answer.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::GrantType => "unsupported_grant_type",
            Self::Client => "invalid_client",
            Self::Scope => "invalid_scope",
            Self::KeysUnavailable => "temporarily_unavailable",
        }
    }
}

/// The caller who presented a token of this gateway, the binding that the token states, and the binding that is required.
pub(crate) struct KnownClient {
    pub(crate) caller: Caller,
    pub(crate) confirmation: Confirmation,
    pub(crate) binding: Binding,
}

struct Client {
    binding: Binding,
    keys: ClientKeys,
    role: Role,
    scopes: Vec<String>,
    expires: Timestamp,
}

/// The configured clients, and the key that seals the tokens of these clients.
pub(crate) struct SmartClients {
    clients: HashMap<String, Client>,
    sealing: Option<Sealing>,
    fetcher: Arc<Fetcher>,
    holder: Arc<HolderCheck>,
    bans: BanList,
    clock: Arc<dyn Clock>,
}

struct Sealing {
    key: CapabilityKey,
    token_endpoint: String,
}

impl SmartClients {
    pub(crate) fn new(
        config: &[SmartClient],
        fetcher: Arc<Fetcher>,
        holder: Arc<HolderCheck>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigFault> {
        let mut clients = HashMap::new();
        for (index, client) in config.iter().enumerate() {
            let fault = ConfigFault::Client { client: index + 1 };
            let made = Client {
                binding: client.binding,
                keys: ClientKeys::new(client.jwks_file.as_deref(), client.jwks_url.as_deref()).ok_or(fault.clone())?,
                role: Role {
                    kind: client.role,
                    scope: client.scope.clone(),
                },
                scopes: client.scopes.clone(),
                expires: Timestamp::parse(&client.expires).map_err(|_| fault.clone())?,
            };
            let is_complete = !client.client_id.is_empty() && scope_fits(client.role, client.scope.as_deref());
            if !is_complete || clients.insert(client.client_id.clone(), made).is_some() {
                return Err(fault);
            }
        }
        Ok(Self {
            clients,
            sealing: None,
            fetcher,
            holder,
            bans: BanList::default(),
            clock,
        })
    }

    /// Replaces the bans, for every token of this gateway and every token request.
    pub(crate) fn replace_bans(&self, bans: Bans) {
        self.bans.replace(bans);
    }

    pub(crate) fn seal_with(&mut self, key: CapabilityKey, token_endpoint: String) {
        self.sealing = Some(Sealing { key, token_endpoint });
    }

    /// Checks a client's token request; see [`crate::Authenticator::verify_client`].
    pub(crate) async fn verify(&self, request: &TokenRequest) -> Result<VerifiedClient, SmartFault> {
        let sealing = self.sealing.as_ref().ok_or(SmartFault::Client)?;
        match request.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => return Err(SmartFault::GrantType),
            None => return Err(SmartFault::Request("grant_type is missing")),
        }
        if request.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
            return Err(SmartFault::Request("client_assertion_type must be the value of RFC 7523"));
        }
        let text = request
            .client_assertion
            .as_deref()
            .ok_or(SmartFault::Request("client_assertion is missing"))?;
        let now = self.clock.now();
        let assertion = Assertion::parse(text)?;
        let client = self.clients.get(&assertion.client_id).filter(|client| client.expires > now);
        let client = client.ok_or(SmartFault::Client)?;
        let key = client.keys.key(&assertion.key_id, assertion.algorithm, &self.fetcher, now).await?;
        assertion.check(&key, &sealing.token_endpoint, now)?;
        let mark = Mark::of_token(&assertion.client_id, assertion.token_id());
        if self
            .bans
            .bars(&caller_of(&sealing.token_endpoint, &assertion.client_id, Some(&mark)))
        {
            return Err(SmartFault::Client);
        }
        Ok(VerifiedClient {
            scopes: granted_scopes(request.scope.as_deref(), &client.scopes)?,
            confirmation: Confirmation::default(),
            assertion: assertion.digest(),
            assertion_expires: assertion.expires,
            mark,
            client_id: assertion.client_id,
        })
    }

    /// Binds the future token of a verified client; see [`crate::Authenticator::bind_client`].
    pub(crate) fn bind(
        &self,
        client: VerifiedClient,
        proof: Option<&str>,
        certificate: Option<&[u8]>,
    ) -> Result<VerifiedClient, BindingFault> {
        let endpoint = self.sealing.as_ref().map_or("", |sealing| sealing.token_endpoint.as_str());
        let shown = proof.map(|proof| DpopProof {
            proof,
            method: "POST",
            url: endpoint,
        });
        let key = shown.map(|shown| self.holder.key_of_token_request(&shown)).transpose()?;
        // A client that was removed since its assertion was verified gets no token, whatever it shows here.
        let demanded = self.clients.get(&client.client_id).map_or(Binding::Any, |client| client.binding);
        let certificate = certificate.map(certificate_thumbprint).filter(|_| match demanded {
            Binding::None | Binding::Dpop => false,
            Binding::Mtls => true,
            Binding::Any => key.is_none(),
        });
        let confirmation = Confirmation { key, certificate };
        match demanded {
            demanded if confirmation.satisfies(demanded) => Ok(VerifiedClient { confirmation, ..client }),
            Binding::Mtls => Err(BindingFault::CertificateMissing),
            Binding::None | Binding::Dpop | Binding::Any => Err(BindingFault::ProofMissing),
        }
    }

    /// Issues the token of a verified client; see [`crate::Authenticator::issue_token`].
    pub(crate) fn issue(&self, client: &VerifiedClient) -> Result<IssuedToken, SmartFault> {
        let sealing = self.sealing.as_ref().ok_or(SmartFault::Client)?;
        // The configuration may have changed since the assertion was verified.
        let configured = self.clients.get(&client.client_id).ok_or(SmartFault::Client)?;
        if !client.confirmation.satisfies(configured.binding) {
            return Err(SmartFault::Client);
        }
        let token = token::Token {
            client_id: client.client_id.clone(),
            scopes: client.scopes.clone(),
            mark: Some(client.mark.clone()),
            key: client.confirmation.key.clone(),
            certificate: client.confirmation.certificate.clone(),
            not_after: self.clock.now().plus_seconds(TOKEN_LIFETIME_S),
        };
        Ok(IssuedToken {
            access_token: token.seal(&sealing.key).ok_or(SmartFault::Request("scope is too long"))?,
            token_type: if client.confirmation.key.is_some() { "DPoP" } else { "bearer" },
            expires_in_s: TOKEN_LIFETIME_S,
            scope: client.scopes.join(" "),
        })
    }

    /// The caller who presents a token of this gateway. Absent if the text is not a token of this gateway, was altered or has expired, or if the
    /// token's client is banned or no longer configured.
    pub(crate) fn caller(&self, bearer: &str) -> Option<KnownClient> {
        let sealing = self.sealing.as_ref()?;
        let now = self.clock.now();
        let token = token::Token::open(bearer, &sealing.key)?;
        let client = self.clients.get(&token.client_id)?;
        let not_after = token.not_after.min(client.expires);
        if not_after <= now {
            return None;
        }
        let caller = Caller {
            roles: vec![client.role.clone()],
            // The configuration may have changed since the token was issued. A scope of the token that no configured scope covers now gives nothing.
            scopes: Some(
                token
                    .scopes
                    .into_iter()
                    .filter(|scope| client.scopes.iter().any(|own| covers(own, scope)))
                    .collect(),
            ),
            not_after: Some(not_after),
            ..caller_of(&sealing.token_endpoint, &token.client_id, token.mark.as_ref())
        };
        if self.bans.bars(&caller) {
            return None;
        }
        Some(KnownClient {
            caller,
            confirmation: Confirmation {
                key: token.key,
                certificate: token.certificate,
            },
            binding: client.binding,
        })
    }
}

/// The caller for a client: its identity without its rights. An operator's deny list can name the client in two ways: by issuer and subject of its
/// assertions (both are its `client_id`), or by the gateway's token endpoint as issuer and the `client_id` as subject.
fn caller_of(token_endpoint: &str, client_id: &str, assertion: Option<&Mark>) -> Caller {
    let identity = |issuer: &str| Identity {
        issuer: issuer.to_owned(),
        subject: client_id.to_owned(),
    };
    let ours = identity(token_endpoint);
    let issuers = [Mark::of_issuer(token_endpoint), Mark::of_issuer(client_id)];
    Caller {
        pseudonym: ours.pseudonym(),
        known_as: vec![identity(client_id).pseudonym()],
        marks: issuers.into_iter().chain(assertion.cloned()).collect(),
        identity: Some(ours),
        ..Caller::default()
    }
}

/// Whether an allowed scope covers a requested scope. For example, `system/Patient.crs` covers `system/Patient.rs`, and also
/// `system/Patient.read`, which means the same.
fn covers(own: &str, asked: &str) -> bool {
    fn parts(scope: &str) -> Option<(&str, &str)> {
        let (resource, permissions) = scope.strip_prefix("system/")?.split_once('.')?;
        let letters = match permissions {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters => letters,
        };
        let in_order: String = "cruds".chars().filter(|letter| letters.contains(*letter)).collect();
        (!letters.is_empty() && in_order == letters).then_some((resource, letters))
    }
    let within = parts(own).zip(parts(asked)).is_some_and(|((of, open), (resource, letters))| {
        (of == "*" || of == resource) && letters.chars().all(|letter| open.contains(letter))
    });
    own == asked || within
}

/// The scopes to grant. Every requested scope must be covered by an allowed scope. If the request names no scope, all allowed scopes are granted.
fn granted_scopes(asked: Option<&str>, open: &[String]) -> Result<Vec<String>, SmartFault> {
    let asked: Vec<&str> = asked.unwrap_or_default().split_ascii_whitespace().collect();
    if asked.is_empty() {
        return Ok(open.to_vec());
    }
    let mut scopes: Vec<String> = Vec::with_capacity(asked.len());
    for scope in asked {
        if !open.iter().any(|own| covers(own, scope)) {
            return Err(SmartFault::Scope);
        }
        if !scopes.iter().any(|s| s == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_request_only_scopes_that_its_allowed_scopes_cover() {
        let open = ["system/Patient.crs".to_owned(), "system/Task.rus".to_owned()];
        for (asked, granted) in [
            ("system/Patient.rs", true),
            ("system/Patient.read", true),
            ("system/Patient.crs system/Task.u", true),
            ("system/Patient.cruds", false),
            ("system/Patient.sr", false),
            ("system/Patient.", false),
            ("system/Patient.write", false),
            ("system/Task.*", false),
            ("system/*.rs", false),
            ("system/Observation.rs", false),
            ("user/Patient.rs", false),
            ("system/Patient.rs?_id=1", false),
            ("system/Patient.rs system/Observation.r", false),
        ] {
            assert_eq!(granted_scopes(Some(asked), &open).is_ok(), granted, "{asked}");
        }
        assert_eq!(granted_scopes(None, &open).ok(), Some(open.to_vec()));
    }
}
