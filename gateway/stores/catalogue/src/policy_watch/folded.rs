//! The ledgers in memory, and the policy view that is folded from them.

use std::collections::HashMap;
use std::sync::Arc;

use gemj_access::{ConsentLedger, ConsentRules, ConsentView, Job, Roster, Upkeep};
use gemj_model::{Approval, ApprovalId, ConsentForm, DatasetId, FamilyId, Release, Timestamp};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::policy_changes::PolicyChanges;

/// The configuration that is needed to read and fold all ledgers again.
#[derive(Clone)]
pub(super) struct Base {
    pub(super) forms: Vec<ConsentForm>,
    pub(super) datasets: Vec<DatasetId>,
    pub(super) rules: ConsentRules,
}

/// The ledgers in memory, up to the last epoch that was read.
pub(super) struct Folded {
    base: Base,
    ledger: ConsentLedger,
    roster: Roster,
    approvals: HashMap<ApprovalId, Approval>,
    releases: Vec<Release>,
    view: Option<Arc<ConsentView>>,
}

impl From<Base> for Folded {
    fn from(base: Base) -> Self {
        Self {
            ledger: ConsentLedger::new(base.forms.iter().cloned()).with_rules(base.rules),
            roster: Roster::default(),
            approvals: HashMap::new(),
            releases: Vec::new(),
            view: None,
            base,
        }
    }
}

impl Folded {
    /// The last epoch that was read; absent before the first read.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.view.as_ref().map(|view| view.epoch())
    }

    /// The current view, if it has this epoch and has not expired at `now`.
    pub(super) fn view_at(&self, epoch: u64, now: Timestamp) -> Option<&Arc<ConsentView>> {
        self.view.as_ref().filter(|view| view.epoch() == epoch && view.holds_at(now))
    }

    /// Reads the rows that are newer than the last epoch that was read.
    pub(super) fn missing(&self, catalogue: &Catalogue) -> impl Future<Output = Result<PolicyChanges, CatalogueError>> + use<> {
        let (catalogue, since) = (catalogue.clone(), self.epoch().unwrap_or(0));
        async move { catalogue.policy_changes_since(Upkeep::of(Job::FoldPolicy), since).await }
    }

    /// Adds newer rows to the ledgers, and folds all rows to the view at an instant.
    pub(super) fn fold(&mut self, changes: PolicyChanges, now: Timestamp) -> Arc<ConsentView> {
        for event in changes.events {
            self.ledger.append(event);
        }
        for merge in changes.merges {
            self.ledger.merge(merge);
        }
        for person in changes.participants {
            let family = person.family.as_ref().map(FamilyId::as_str);
            self.roster.register(person.ordinal, family, person.site.as_ref());
            self.ledger.register_birth(person.ordinal, person.born);
            self.ledger.register_site(person.ordinal, person.site.as_ref());
        }
        for (dataset, ordinal) in changes.memberships {
            self.roster.enrol(&dataset, ordinal);
        }
        for (dataset, ordinal) in changes.departures {
            self.roster.leave(&dataset, ordinal);
        }
        for approval in changes.approvals {
            self.approvals.insert(approval.id.clone(), approval);
        }
        self.releases.extend(changes.releases);
        let approvals: Vec<_> = self.approvals.values().cloned().collect();
        let (roster, datasets) = (&self.roster, &self.base.datasets);
        let view = ConsentView::fold(changes.epoch, &self.ledger, roster, &approvals, &self.releases, datasets, now);
        let view = Arc::new(view);
        self.view = Some(Arc::clone(&view));
        view
    }
}
