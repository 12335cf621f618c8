//! The results of comparing sites' lists with the ledger, and the time at which each site last sent data.

use std::collections::BTreeMap;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{SiteId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::seal::CLOSED;

/// The text before the site in the audit row of a report.
const REPORT_RESOURCE: &str = "site-report:";

/// The text between the site and the number of missing participants in the audit row of a report.
const MISSING: &str = " missing:";

/// The coverage of a site's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The number of registered participants of the list whose entries could be read.
    pub compared: u64,
    /// The number of participants of the site who hold consent in the ledger and are not on the list.
    pub missing: u64,
}

/// The result of comparing a site's full list of its participants with the consent ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteReport {
    /// The site that sent the list.
    pub site: SiteId,
    /// The time at which the list was compared.
    pub recorded: Timestamp,
    /// The number of entries in the list.
    pub listed: u64,
    /// The number of entries that agree with the ledger.
    pub agreeing: u64,
    /// The number of consent events by which the comparison blocks participants, for example participants who are withdrawn in the list but not
    /// in the ledger.
    pub blocked: u64,
    /// The number of differences that raise an alarm, for example a participant who is withdrawn in the ledger but not in the list. Staff must
    /// check them. Entries with an unknown participant are counted in `unknown` instead.
    pub ringing: u64,
    /// The number of entries whose participant is not registered.
    pub unknown: u64,
}

/// A site that has sent no data for a long time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentSite {
    /// The id of the site.
    pub site: SiteId,
    /// The number of participants that the site enrolled.
    pub participant_count: u64,
    /// The time of the last record from the site: a list, or a consent event, fact or FHIR resource of its participants. Absent if there is no
    /// record.
    pub last_heard: Option<Timestamp>,
}

impl Catalogue {
    /// Stores the result of comparing a site's list (action `RecordConsent`). An existing report of the site with the same instant is not
    /// replaced. The audit row contains the coverage of the list.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `recorded` if the site has a report with this instant.
    pub async fn record_site_report(&self, mandate: &Mandate, report: &SiteReport, coverage: Coverage) -> Result<(), CatalogueError> {
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
        let resource = format!("{REPORT_RESOURCE}{}{MISSING}{}", report.site.as_str(), coverage.missing);
        write.commit(self, mandate, &resource, coverage.compared).await?;
        Ok(())
    }

    /// The sites whose list was compared after the database was sealed (job `Inventory`), each with the number of its participants who hold consent
    /// and were not on the list. Of several lists of a site, the last one counts. A list without an entry of a registered participant counts only
    /// if no participant was missing. The order is that of the audit trail, because the clock of a restored machine may be
    /// wrong. Without a seal, all sites with such a list.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn sites_compared_since_seal(&self, upkeep: Upkeep) -> Result<BTreeMap<SiteId, u64>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let closed = format!("{CLOSED}%");
        let reports = format!("{REPORT_RESOURCE}%");
        let sql = "SELECT resource, row_count FROM audit_row WHERE chain = 'operations' AND resource LIKE $1 AND sequence > \
                   COALESCE((SELECT MAX(s.sequence) FROM audit_row s WHERE s.chain = 'operations' AND s.action = $2 AND s.resource LIKE $3), 0) ORDER BY sequence";
        let arguments = vec![
            reports.as_str().into(),
            WriteAction::Restore.as_str().into(),
            closed.as_str().into(),
        ];
        let mut sites: BTreeMap<SiteId, u64> = BTreeMap::new();
        for row in self.database.fetch_all(sql, arguments).await? {
            let corrupt = || CatalogueError::Corrupt { what: "audit row" };
            let resource = row.text(0, "audit row")?;
            let report = resource.strip_prefix(REPORT_RESOURCE).ok_or_else(corrupt)?;
            // A report of an earlier version does not state how many participants were missing, so it confirms nothing.
            let Some((site, missing)) = report.rsplit_once(MISSING) else {
                continue;
            };
            let site = SiteId::parse(site).map_err(|_| corrupt())?;
            let missing: u64 = missing.parse().map_err(|_| corrupt())?;
            if missing == 0 || row.count(1, "audit row")? > 0 {
                sites.insert(site, missing);
            }
        }
        Ok(sites)
    }

    /// The last report of each site that sent a list, in order of site (job `Inventory`).
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

    /// The sites with participants but without any record in the last `days` days (no list, no consent event, no fact, no FHIR resource), in
    /// order of site (job `Inventory`).
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
