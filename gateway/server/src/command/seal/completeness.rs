//! What must be confirmed before a seal is lifted without a ledger tail.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use clap::Args;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{ObjectStatus, Seal};
use gemj_model::SiteId;
use serde_json::json;

use crate::command_error::CommandError;
use crate::installation::Installation;

/// The statements of the operator.
#[derive(Debug, Default, Args)]
pub(crate) struct Statements {
    /// States that the access committee has confirmed the approvals in force.
    #[arg(long)]
    approvals_checked: bool,
    /// States that the consents of participants without a site were confirmed in another way.
    #[arg(long)]
    participants_without_site_checked: bool,
    /// States that the consents of the site's participants who are missing on its list were confirmed in another way. May be repeated.
    #[arg(long, value_name = "SITE")]
    missing_participants_checked: Vec<String>,
    /// States that files which were held, unloaded or erased after the back-up are held or unloaded again.
    #[arg(long)]
    files_checked: bool,
}

/// The parts of the ledgers that were not confirmed since the seal was closed.
pub(super) struct Completeness {
    /// The sites of which no list was compared with the ledger since then. A list without an entry of a registered participant does not count.
    sites: BTreeSet<SiteId>,
    /// The sites whose list was compared since then, with the number of participants who hold consent in the ledger and were not on the list.
    missing: BTreeMap<SiteId, u64>,
    /// The number of participants without a site. No site's list contains them.
    without_site: usize,
    /// The number of approvals in force. The access committee may have revoked some of them.
    approvals: usize,
    /// The number of files in use. Some of them may have been held, unloaded or erased after the back-up.
    files: usize,
}

impl Completeness {
    pub(super) async fn read(installation: &Installation) -> anyhow::Result<Self> {
        let catalogue = &installation.stores.catalogue;
        let changes = catalogue.policy_changes_since(Upkeep::of(Job::FoldPolicy), 0).await?;
        let compared = catalogue.sites_compared_since_seal(Upkeep::of(Job::Inventory)).await?;
        let enrolled: BTreeSet<SiteId> = changes.participants.iter().filter_map(|person| person.site.clone()).collect();
        let now = installation.clock.now();
        let in_force = |approval: &&gemj_model::Approval| approval.revoked.is_none() && approval.not_after > now;
        Ok(Self {
            sites: enrolled.iter().filter(|site| !compared.contains_key(*site)).cloned().collect(),
            missing: compared
                .into_iter()
                .filter(|(site, count)| *count > 0 && enrolled.contains(site))
                .collect(),
            without_site: changes.participants.iter().filter(|person| person.site.is_none()).count(),
            approvals: changes.approvals.iter().filter(in_force).count(),
            files: files_in_use(installation).await?,
        })
    }

    /// Fails if a statement names a site that has no missing participants.
    pub(super) fn check(&self, statements: &Statements) -> anyhow::Result<()> {
        for stated in &statements.missing_participants_checked {
            let is_known = self.missing.keys().chain(&self.sites).any(|site| site.as_str() == stated);
            ensure!(is_known, CommandError::NoneMissing { site: stated.clone() });
        }
        Ok(())
    }

    /// The statements that were needed, for the audit trail. They contain numbers and sites, and no person.
    pub(super) fn stated(&self, statements: &Statements) -> String {
        let sites = self.missing.iter();
        let sites: Vec<String> = sites.map(|(site, count)| format!("{count} missing at {}", site.as_str())).collect();
        if sites.is_empty() || statements.missing_participants_checked.is_empty() {
            return String::new();
        }
        format!("; checked otherwise: {}", sites.join(", "))
    }

    /// One line for each missing step.
    pub(super) fn obstacles(&self, statements: &Statements) -> Vec<String> {
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
        for (site, count) in &self.missing {
            let site = site.as_str();
            if !statements.missing_participants_checked.iter().any(|stated| stated == site) {
                lines.push(format!(
                    "  site {site}: {count} participants who hold consent are missing on the list, or have no clear state there: compare the full list (`gemj-gateway consent \
                     reconcile {site} LIST.csv --participants` shows them), withdraw their consents and compare again, or confirm them, then \
                     `--missing-participants-checked {site}`"
                ));
            }
        }
        if self.without_site > 0 && !statements.participants_without_site_checked {
            lines.push(format!(
                "  {} participants have no site: confirm their consents, then `--participants-without-site-checked`",
                self.without_site
            ));
        }
        if self.approvals > 0 && !statements.approvals_checked {
            lines.push(format!(
                "  {} approvals are in force: import the committee's current export (`approval import`), then `--approvals-checked`",
                self.approvals
            ));
        }
        if self.files > 0 && !statements.files_checked {
            lines.push(format!(
                "  {} files are in use: hold or unload again the files that were held, unloaded or erased after the back-up (`gemj-gateway objects \
                 list`), then `--files-checked`",
                self.files
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
            "missing_on_lists": self.missing.iter().map(|(site, count)| (site.as_str(), count)).collect::<BTreeMap<_, _>>(),
            "participants_without_site": self.without_site,
            "approvals_in_force": self.approvals,
            "files_in_use": self.files,
        })
    }
}

/// The number of files that are neither held nor unloaded.
async fn files_in_use(installation: &Installation) -> anyhow::Result<usize> {
    let files = installation.stores.catalogue.inventory(Upkeep::of(Job::Inventory), None).await?;
    Ok(files.iter().filter(|file| file.status.status == ObjectStatus::Served).count())
}
