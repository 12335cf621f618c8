//! SMART Backend Services (SMART App Launch 2.2.0 § Backend Services): systems of hospitals prove who they are with a signed assertion and
//! get a short-lived token. The clients are configured one by one; there is no registration from outside.

mod assertion;
mod client_keys;
mod token;

use std::collections::HashMap;
use std::sync::Arc;

use gemj_access::{BanList, Bans, Caller, CapabilityKey, Identity, Mark, Role};
use gemj_model::{Clock, Timestamp};

use crate::binding::{BindingFault, Confirmation, HolderCheck, certificate_thumbprint};
use crate::config::{Binding, ConfigFault, SmartClient};
use crate::fetch::Fetcher;
use crate::presented::DpopProof;
use assertion::Assertion;
use client_keys::ClientKeys;
pub(crate) use token::PREFIX as TOKEN_PREFIX;

/// How long a token lasts, in seconds (SMART 2.2.0 § Issue access token: at most five minutes recommended).
pub const TOKEN_LIFETIME_S: i64 = 300;
/// `client_assertion_type` (RFC 7523 § 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The form of a token request, as received.
#[derive(Clone, Default)]
pub struct TokenRequest {
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// `scope`, space-separated.
    pub scope: Option<String>,
    /// `client_assertion_type`.
    pub client_assertion_type: Option<String>,
    /// `client_assertion`.
    pub client_assertion: Option<String>,
}

/// A client that proved who it is. Before it gets a token, the caller of this crate must see to it that the assertion is used once.
pub struct VerifiedClient {
    client_id: String,
    scopes: Vec<String>,
    assertion: [u8; 32],
    assertion_expires: Timestamp,
    /// By what a ban of the assertion is recognised in the token.
    mark: Mark,
    confirmation: Confirmation,
}

impl VerifiedClient {
    /// What the assertion is known by: SHA-256 of client id and `jti`, lower-case hex.
    #[must_use]
    pub fn assertion_digest(&self) -> String {
        self.assertion.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// When the assertion expires; after that it need not be remembered.
    #[must_use]
    pub fn assertion_expires(&self) -> Timestamp {
        self.assertion_expires
    }

    /// The scopes that its token will have.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// A token as given to a client.
pub struct IssuedToken {
    /// The token: opaque to the client.
    pub access_token: String,
    /// `token_type`: `DPoP` where it is bound to a key (RFC 9449 § 5), else `bearer`.
    pub token_type: &'static str,
    /// Its lifetime in seconds.
    pub expires_in_s: i64,
    /// Its scopes, space-separated.
    pub scope: String,
}

/// Why no token is given. The codes are those of RFC 6749 § 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmartFault {
    /// A parameter is missing or wrong.
    #[error("{0}")]
    Request(&'static str),
    /// Another grant type than `client_credentials`.
    #[error("grant_type must be client_credentials")]
    GrantType,
    /// The client is unknown, or its assertion does not hold. One text: which clients there are is not told.
    #[error("the client assertion does not hold")]
    Client,
    /// A scope that the client may not have.
    #[error("a scope asked for is not open to this client")]
    Scope,
    /// The client's keys cannot be fetched.
    #[error("the client's keys cannot be fetched at the moment")]
    KeysUnavailable,
}

impl SmartFault {
    /// `error` of the answer.
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

/// The caller behind a token of ours, and who must present it.
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

/// The configured clients and the key that seals their tokens.
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
            if client.client_id.is_empty() || clients.insert(client.client_id.clone(), made).is_some() {
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

    /// Other bans from now on, for every token of ours and every request for one.
    pub(crate) fn replace_bans(&self, bans: Bans) {
        self.bans.replace(bans);
    }

    pub(crate) fn seal_with(&mut self, key: CapabilityKey, token_endpoint: String) {
        self.sealing = Some(Sealing { key, token_endpoint });
    }

    /// Checks a token request.
    pub(crate) async fn verify(&self, request: &TokenRequest) -> Result<VerifiedClient, SmartFault> {
        let sealing = self.sealing.as_ref().ok_or(SmartFault::Client)?;
        match request.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => return Err(SmartFault::GrantType),
            None => return Err(SmartFault::Request("grant_type is missing")),
        }
        if request.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
            return Err(SmartFault::Request("client_assertion_type must be the one of RFC 7523"));
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

    /// Binds what a verified client will get: to the key that a proof proves, and to a certificate where the client's entry says so.
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
        let demanded = self.demanded_of(&client);
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

    /// To what a client's tokens must be bound. One that is configured no more gets none anyway.
    fn demanded_of(&self, client: &VerifiedClient) -> Binding {
        self.clients.get(&client.client_id).map_or(Binding::Any, |client| client.binding)
    }

    /// Gives a verified client its token.
    pub(crate) fn issue(&self, client: &VerifiedClient) -> Result<IssuedToken, SmartFault> {
        let sealing = self.sealing.as_ref().ok_or(SmartFault::Client)?;
        if !client.confirmation.satisfies(self.demanded_of(client)) {
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

    /// The caller behind a token of ours; absent where it is none, altered or expired, or where its client is not configured any more.
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
            // What was taken from the client's configuration since is taken from its tokens too.
            scopes: Some(token.scopes.into_iter().filter(|scope| client.scopes.contains(scope)).collect()),
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

/// Who a client is, without what it may. A ban can name it as the deny list of an operator would: by the issuer and subject of its assertions (its
/// `client_id`, both), or by our own endpoint and its `client_id`.
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

/// Whether a scope opens all that another one asks for: `system/Patient.crs` opens `system/Patient.rs`, and `system/Patient.read`, which is the same.
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

/// Every scope asked for must be within one the client may have; none asked for is all of them.
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
    fn a_client_may_ask_for_a_part_of_its_scopes_and_for_no_more() {
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
