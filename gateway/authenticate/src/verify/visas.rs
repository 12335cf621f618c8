//! Verifies the signatures of visas.

use std::sync::Arc;

use futures::future::join_all;
use ga4gh_passport::{Reason, UnverifiedToken, Visa, VisaKind};
use gemj_access::VisaSays;

use super::{Proof, Verifier};
use crate::config::IssuerKind;
use crate::signature;
use crate::token_cache::token_hash;
use crate::trust::IssuerTrust;

/// A visa with a valid signature, or the reason why the visa is ignored.
#[derive(Clone)]
pub(crate) enum VisaOutcome {
    Signed(Arc<Visa>, Arc<IssuerTrust>),
    /// The visa is ignored for this reason. The claims are present if they can be read. They name the visa in explanations and are not proven.
    Ignored(Option<Claimed>, Reason),
}

/// The unproven claims of an ignored visa.
#[derive(Clone)]
pub(crate) struct Claimed {
    token_id: Option<String>,
    says: VisaSays,
}

impl VisaOutcome {
    /// The visa's `jti`; absent if the visa has none or cannot be read.
    pub(crate) fn token_id(&self) -> Option<&str> {
        match self {
            Self::Signed(visa, _) => visa.claims.token_id.as_deref(),
            Self::Ignored(claimed, _) => claimed.as_ref()?.token_id.as_deref(),
        }
    }

    /// The visa's own claims; absent if they cannot be read.
    pub(crate) fn says(&self) -> Option<VisaSays> {
        match self {
            Self::Signed(visa, _) => Some(VisaSays {
                issuer: visa.claims.identity.issuer.clone(),
                visa_type: Some(visa.object.visa_type.as_str().to_owned()),
                value: Some(visa.object.value.clone()),
            }),
            Self::Ignored(claimed, _) => claimed.as_ref().map(|claimed| claimed.says.clone()),
        }
    }
}

pub(super) struct CachedVisa {
    visa: Arc<Visa>,
    issuer: Arc<IssuerTrust>,
    proof: Proof,
}

impl Verifier {
    /// Verifies each visa by itself. The outcomes have the order of the tokens. The visas wait for their key sets concurrently.
    pub(super) async fn visas(&self, tokens: &[String]) -> (Vec<VisaOutcome>, Vec<Proof>) {
        let mut outcomes = Vec::with_capacity(tokens.len());
        let mut proofs: Vec<Proof> = Vec::new();
        for (token, checked) in tokens.iter().zip(join_all(tokens.iter().map(|token| self.visa(token))).await) {
            match checked {
                Ok(cached) => {
                    let known =
                        |proof: &Proof| Arc::ptr_eq(&proof.key_set, &cached.proof.key_set) && proof.generation == cached.proof.generation;
                    if !proofs.iter().any(known) {
                        proofs.push(cached.proof.clone());
                    }
                    outcomes.push(VisaOutcome::Signed(Arc::clone(&cached.visa), Arc::clone(&cached.issuer)));
                }
                Err(reason) => {
                    let unverified = UnverifiedToken::parse_visa(token).ok();
                    let claimed = unverified.map(|visa| {
                        let (visa_type, value) = visa.claimed_visa().unzip();
                        Claimed {
                            token_id: visa.claimed_token_id().map(str::to_owned),
                            says: VisaSays {
                                issuer: visa.claimed_issuer().to_owned(),
                                visa_type: visa_type.map(str::to_owned),
                                value: value.map(str::to_owned),
                            },
                        }
                    });
                    outcomes.push(VisaOutcome::Ignored(claimed, reason));
                }
            }
        }
        (outcomes, proofs)
    }

    async fn visa(&self, token: &str) -> Result<Arc<CachedVisa>, Reason> {
        let hash = token_hash(token);
        if let Some(cached) = self.visas.get(&hash) {
            if cached.proof.holds().await {
                return Ok(cached);
            }
            self.visas.remove(&hash);
        }
        let unverified = UnverifiedToken::parse_visa(token)?;
        let issuer = Arc::clone(self.trust.issuer(unverified.claimed_issuer(), IssuerKind::VisaIssuer)?);
        issuer.check_algorithm(unverified.header().algorithm)?;
        let key_set = Arc::clone(match unverified.visa_kind()? {
            VisaKind::Document { jku } => issuer.visa_keys(jku)?,
            VisaKind::AccessToken => issuer.visa_access_token_keys(unverified.header().typ.as_deref())?,
        });
        let (key, generation) = key_set.key(&unverified.header().key_id).await?;
        let visa = Arc::new(Visa::from_token(&signature::verify(unverified, &key)?)?);
        let cached = Arc::new(CachedVisa {
            visa,
            issuer,
            proof: Proof { key_set, generation },
        });
        self.visas.insert(hash, Arc::clone(&cached), token.len());
        Ok(cached)
    }
}
