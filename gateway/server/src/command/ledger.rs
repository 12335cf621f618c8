//! The consent ledger of an installation, for the operator's commands.

use std::collections::HashMap;

use gemj_access::{ConsentLedger, Job, Upkeep};
use gemj_model::{ConsentEvent, Ordinal, SiteId};

use crate::installation::Installation;

/// The consent events of all participants in one snapshot.
pub(crate) struct Ledger {
    /// The folded ledger, from which the consent state of each participant can be computed.
    pub(crate) folded: ConsentLedger,
    /// The events of each participant, in ledger order.
    pub(crate) events: HashMap<Ordinal, Vec<ConsentEvent>>,
    /// The site at which each participant was enrolled; absent if no feed stated the site.
    pub(crate) sites: HashMap<Ordinal, Option<SiteId>>,
}

/// Reads the consent ledger of all participants.
pub(crate) async fn read(installation: &Installation) -> anyhow::Result<Ledger> {
    let changes = installation
        .stores
        .catalogue
        .policy_changes_since(Upkeep::of(Job::FoldPolicy), 0)
        .await?;
    let mut folded = empty(installation);
    let mut sites = HashMap::with_capacity(changes.participants.len());
    for participant in changes.participants {
        folded.register_birth(participant.ordinal, participant.born);
        folded.register_site(participant.ordinal, participant.site.as_ref());
        sites.insert(participant.ordinal, participant.site);
    }
    let mut events: HashMap<Ordinal, Vec<ConsentEvent>> = HashMap::new();
    for event in changes.events {
        folded.append(event.clone());
        events.entry(event.participant).or_default().push(event);
    }
    Ok(Ledger { folded, events, sites })
}

/// A ledger with the installation's forms and rules, and without participants.
pub(crate) fn empty(installation: &Installation) -> ConsentLedger {
    ConsentLedger::new(installation.forms.iter().cloned()).with_rules(installation.configuration.consent.rules())
}
