//! Passing a question about variants on to other gateways, and saying what each of them answered.
//!
//! * Nothing of the caller goes out: no token, no name, no address. A partner is asked with the token that it gave this gateway, and only for
//!   callers who are at least registered here; for all others it is asked as the public.
//! * Each partner is asked in its own form ([`Dialect`]): from the configuration, or as its `service-info` and `map` and its answers tell.
//! * All partners are asked at once, under one deadline. Whoever has not answered by then is named as such, never taken for a "no".
//! * Numbers of members are never added up: one person may be in several.

mod client;
mod dialect;
mod member;
mod partner;
mod question;
mod reply;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use ga4gh_beacon::BeaconRequest;
use tokio::sync::{Semaphore, SemaphorePermit};

use client::Client;
pub use dialect::Dialect;
pub use member::{Member, MemberStatus, combined};
pub use partner::{Partner, PartnerFault};
pub use question::Question;

/// How many questions may be under way to partners at once.
const MAX_UNDER_WAY: usize = 32;

/// The partners and the way to them. Clones share one.
#[derive(Clone)]
pub struct Federation(Arc<Shared>);

struct Shared {
    partners: Vec<Partner>,
    deadline: Duration,
    client: Client,
    under_way: Semaphore,
}

/// As many questions as there may be are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many questions to partners are under way")]
pub struct Busy;

/// A place for one question.
pub struct Place<'a> {
    federation: &'a Federation,
    _permit: SemaphorePermit<'a>,
}

impl Federation {
    /// A federation with these partners. `ca_file` holds further certificate authorities in PEM.
    ///
    /// # Errors
    /// [`PartnerFault`]: the file cannot be read, or two partners have one id.
    pub fn new(partners: Vec<Partner>, deadline: Duration, ca_file: Option<&Path>) -> Result<Self, PartnerFault> {
        let mut ids: Vec<&str> = partners.iter().map(Partner::id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(PartnerFault::Twice);
        }
        Ok(Self(Arc::new(Shared {
            client: Client::new(deadline, ca_file)?,
            partners,
            deadline,
            under_way: Semaphore::new(MAX_UNDER_WAY),
        })))
    }

    /// The partners, in the order of the configuration.
    #[must_use]
    pub fn partners(&self) -> &[Partner] {
        &self.0.partners
    }

    /// Takes a place for one question.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn place(&self) -> Result<Place<'_>, Busy> {
        Ok(Place {
            federation: self,
            _permit: self.0.under_way.try_acquire().map_err(|_| Busy)?,
        })
    }
}

impl Place<'_> {
    /// Asks every partner, and answers when all have answered or the deadline has come. `with_token` says whether the partners' tokens may
    /// be used for whoever asks.
    pub async fn ask(&self, request: &BeaconRequest, with_token: bool) -> Vec<Member> {
        let shared = &self.federation.0;
        let question = Question::of(request);
        let deadline = tokio::time::Instant::now() + shared.deadline;
        let asked = shared.partners.iter().map(|partner| {
            let question = &question;
            async move {
                let answer = shared.client.ask(partner, question, with_token);
                match tokio::time::timeout_at(deadline, answer).await {
                    Ok(Ok(found)) => Member::found(partner.id(), partner.name(), found),
                    Ok(Err(status)) => Member::failed(partner.id(), partner.name(), status),
                    Err(_) => Member::failed(partner.id(), partner.name(), MemberStatus::Timeout),
                }
            }
        });
        join_all(asked).await
    }
}
