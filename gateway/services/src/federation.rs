//! Forwards a variant query to other gateways and reports each partner's answer.
//!
//! * No data of the caller is sent: no token, no name, no address.
//! * The gateway sends the token that the partner issued to this gateway only for callers who are at least registered. For all other
//!   callers, the partner is queried without a token, like a public client.
//! * Each partner is queried in its own form ([`Dialect`]). The form comes from the configuration, or from the partner's `service-info`,
//!   `map` and earlier answers.
//! * All partners are queried at once, under one deadline. A partner without an answer at the deadline is reported as `timeout` and never
//!   counts as a "no".
//! * Counts of members are never added up, because one person may be in several members.

mod client;
mod dialect;
mod member;
mod partner;
mod partner_query;
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
pub use partner_query::PartnerQuery;

/// The maximum number of forwarded queries at one time.
const MAX_UNDER_WAY: usize = 32;

/// The partners of this gateway, and the HTTP client that queries them. Clones share one state.
#[derive(Clone)]
pub struct Federation(Arc<Shared>);

struct Shared {
    partners: Vec<Partner>,
    deadline: Duration,
    client: Client,
    under_way: Semaphore,
}

/// The error if the maximum number of forwarded queries is already in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many queries to partners are under way")]
pub struct Busy;

/// A reserved place for one forwarded query.
pub struct Place<'a> {
    federation: &'a Federation,
    _permit: SemaphorePermit<'a>,
}

impl Federation {
    /// Creates a federation with these partners. `ca_file` contains further certificate authorities in PEM.
    ///
    /// # Errors
    /// [`PartnerFault`]: the file cannot be read, or two partners have the same id.
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

    /// Reserves a place for one forwarded query.
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
    /// Queries all partners, and returns when all have answered or the deadline has passed. `with_token` states whether the partners' tokens may be
    /// used for this caller.
    pub async fn ask(&self, request: &BeaconRequest, with_token: bool) -> Vec<Member> {
        let shared = &self.federation.0;
        let question = PartnerQuery::of(request);
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
