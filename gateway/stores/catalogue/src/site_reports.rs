//! When each site was last heard of.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{SiteId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Value};
use crate::error::CatalogueError;

/// How a site's full list of its participants compared with the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteReport {
    /// The site.
    pub site: SiteId,
    /// When the list was taken in.
    pub recorded: Timestamp,
    /// Entries of the list.
    pub listed: u64,
    /// Participants of whom both say the same.
    pub agreeing: u64,
    /// Participants whom the site says withdrew and we did not: blocked by it.
    pub blocked: u64,
    /// Participants whom we hold withdrawn and the site does not, or whom the list leaves out: somebody has to look.
    pub ringing: u64,
    /// Entries of people who are not registered.
    pub unknown: u64,
}

/// A site that was not heard of for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentSite {
    /// The site.
    pub site: SiteId,
    /// How many participants it enrolled.
    pub participant_count: u64,
    /// When a list, a consent event, a fact or a FHIR resource of its participants was last recorded; absent where none ever was.
    pub last_heard: Option<Timestamp>,
}

impl Catalogue {
    /// Remembers how a site's list compared (action `RecordConsent`). The same instant again replaces nothing.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `recorded` where the site has a report of that instant.
    pub async fn record_site_report(&self, mandate: &Mandate, report: &SiteReport) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT 1 FROM site_report WHERE site = $1 AND recorded = $2";
        let key = vec![report.site.as_str().into(), report.recorded.into()];
        if write.transaction.fetch_first(sql, key).await?.is_some() {
            return Err(CatalogueError::Conflict { field: "recorded" });
        }
        let row = [
            report.site.as_str().into(),
            report.recorded.into(),
            Value::count(report.listed, "listed")?,
            Value::count(report.agreeing, "agreeing")?,
            Value::count(report.blocked, "blocked")?,
            Value::count(report.ringing, "ringing")?,
            Value::count(report.unknown, "unknown")?,
        ];
        let into = "site_report (site, recorded, listed, agreeing, blocked, ringing, unknown)";
        write.transaction.insert(into, [row]).await?;
        let resource = format!("site-report:{}", report.site.as_str());
        write.commit(self, mandate, &resource, report.listed).await?;
        Ok(())
    }

    /// The last report of each site that sent one, by site (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn last_site_reports(&self, upkeep: Upkeep) -> Result<Vec<SiteReport>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT site, recorded, listed, agreeing, blocked, ringing, unknown FROM site_report r \
                   WHERE recorded = (SELECT MAX(l.recorded) FROM site_report l WHERE l.site = r.site) ORDER BY site";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter().map(report_of).collect()
    }

    /// The sites with participants of which nothing was recorded in the last `days` days, by site (job `Inventory`): no list, no consent
    /// event, no fact, no FHIR resource.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn silent_sites(&self, upkeep: Upkeep, now: Timestamp, days: u32) -> Result<Vec<SilentSite>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT p.site, COUNT(*), \
                     (SELECT MAX(r.recorded) FROM site_report r WHERE r.site = p.site), \
                     (SELECT MAX(e.recorded) FROM consent_event e JOIN participant q ON q.ordinal = e.ordinal WHERE q.site = p.site), \
                     (SELECT MAX(f.recorded) FROM fact_source f JOIN participant q ON q.ordinal = f.ordinal WHERE q.site = p.site), \
                     (SELECT MAX(h.updated) FROM fhir_resource h WHERE h.site = p.site) \
                   FROM participant p WHERE p.site IS NOT NULL GROUP BY p.site ORDER BY p.site";
        let since = now.plus_seconds(-86_400 * i64::from(days));
        let mut silent = Vec::new();
        for row in self.database.fetch_all(sql, Vec::new()).await? {
            let mut last_heard = None;
            for column in 2..=5 {
                last_heard = last_heard.max(row.maybe_time(column, "last heard")?);
            }
            if last_heard.is_none_or(|last| last < since) {
                silent.push(SilentSite {
                    site: row.parsed(0, "site", SiteId::parse)?,
                    participant_count: row.count(1, "participants")?,
                    last_heard,
                });
            }
        }
        Ok(silent)
    }
}

fn report_of(row: &Row) -> Result<SiteReport, CatalogueError> {
    Ok(SiteReport {
        site: row.parsed(0, "site", SiteId::parse)?,
        recorded: row.time(1, "recorded")?,
        listed: row.count(2, "listed")?,
        agreeing: row.count(3, "agreeing")?,
        blocked: row.count(4, "blocked")?,
        ringing: row.count(5, "ringing")?,
        unknown: row.count(6, "unknown")?,
    })
}
