//! The consent ledger of an installation, folded for the operator.

use std::collections::HashMap;

use gemj_access::{ConsentLedger, Job, Upkeep};
use gemj_model::{ConsentEvent, Ordinal, SiteId};

use crate::installation::Installation;

/// Everybody's events as one snapshot has them.
pub(crate) struct Ledger {
    /// Ready to be folded.
    pub(crate) folded: ConsentLedger,
    /// Everybody's events, in ledger order.
    pub(crate) events: HashMap<Ordinal, Vec<ConsentEvent>>,
    /// Where everybody was enrolled; absent where no feed said.
    pub(crate) sites: HashMap<Ordinal, Option<SiteId>>,
}

/// Reads everything.
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

/// A ledger with the installation's forms and rules, and nobody in it.
pub(crate) fn empty(installation: &Installation) -> ConsentLedger {
    ConsentLedger::new(installation.forms.iter().cloned()).with_rules(installation.configuration.consent.rules())
}
