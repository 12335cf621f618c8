//! What must be confirmed before a seal is lifted without a ledger tail.

use std::collections::BTreeSet;

use gemj_access::{Job, Upkeep};
use gemj_catalogue::Seal;
use gemj_model::SiteId;
use serde_json::json;

use crate::installation::Installation;

/// The parts of the ledgers that were not confirmed since the seal was closed.
pub(super) struct Completeness {
    /// The sites whose full list was not compared with the ledger since then. A list without an entry of a registered participant does not count.
    sites: BTreeSet<SiteId>,
    /// The number of participants without a site. No site's list contains them.
    without_site: usize,
    /// The number of approvals in force. The access committee may have revoked some of them.
    approvals: usize,
}

impl Completeness {
    pub(super) async fn read(installation: &Installation) -> anyhow::Result<Self> {
        let catalogue = &installation.stores.catalogue;
        let changes = catalogue.policy_changes_since(Upkeep::of(Job::FoldPolicy), 0).await?;
        let compared = catalogue.sites_compared_since_seal(Upkeep::of(Job::Inventory)).await?;
        let sites: BTreeSet<SiteId> = changes.participants.iter().filter_map(|person| person.site.clone()).collect();
        let now = installation.clock.now();
        let in_force = |approval: &&gemj_model::Approval| approval.revoked.is_none() && approval.not_after > now;
        Ok(Self {
            sites: &sites - &compared,
            without_site: changes.participants.iter().filter(|person| person.site.is_none()).count(),
            approvals: changes.approvals.iter().filter(in_force).count(),
        })
    }

    /// One line for each missing step. The flags state what the operator has confirmed.
    pub(super) fn obstacles(&self, approvals_checked: bool, without_site_checked: bool) -> Vec<String> {
        let mut lines: Vec<String> = self
            .sites
            .iter()
            .map(|site| {
                format!(
                    "  site {}: `gemj-gateway consent reconcile {} LIST.csv`",
                    site.as_str(),
                    site.as_str()
                )
            })
            .collect();
        if self.without_site > 0 && !without_site_checked {
            lines.push(format!(
                "  {} participants have no site: confirm their consents, then `--participants-without-site-checked`",
                self.without_site
            ));
        }
        if self.approvals > 0 && !approvals_checked {
            lines.push(format!(
                "  {} approvals are in force: import the committee's current export (`approval import`), then `--approvals-checked`",
                self.approvals
            ));
        }
        lines
    }

    /// The state as JSON.
    pub(super) fn json(&self, seal: &Seal) -> serde_json::Value {
        json!({
            "sealed": true,
            "since": seal.closed.rfc3339(),
            "because": seal.because,
            "epoch": seal.epoch,
            "sites_to_reconcile": self.sites.iter().map(SiteId::as_str).collect::<Vec<_>>(),
            "participants_without_site": self.without_site,
            "approvals_in_force": self.approvals,
        })
    }
}
