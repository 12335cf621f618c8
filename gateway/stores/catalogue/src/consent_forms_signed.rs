//! Which consent forms the participants of each site signed, as numbers.

use gemj_access::{Job, Upkeep};
use gemj_model::{FormId, SiteId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;

/// The signatures of one form by the participants of one site. Signatures that a correction excluded do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedForm {
    /// The site; absent for participants without a site.
    pub site: Option<SiteId>,
    /// The form.
    pub form: FormId,
    /// The number of participants who signed the form.
    pub participant_count: u64,
    /// The earliest signing time.
    pub first_signed: Timestamp,
    /// The latest signing time.
    pub last_signed: Timestamp,
}

impl Catalogue {
    /// The signatures by site and form, in the order of site and form (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn signed_forms(&self, upkeep: Upkeep) -> Result<Vec<SignedForm>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT COALESCE(p.site, ''), e.form, COUNT(DISTINCT e.ordinal), MIN(e.effective), MAX(e.effective) \
                   FROM consent_event e JOIN participant p ON p.ordinal = e.ordinal \
                   WHERE e.form IS NOT NULL AND e.kind IN ('given', 'proxy-given', 'clause-changed', 'legacy-equivalent') \
                   AND NOT EXISTS (SELECT 1 FROM consent_event c WHERE c.kind = 'corrected' AND c.corrects = e.sequence) \
                   GROUP BY COALESCE(p.site, ''), e.form ORDER BY 1, 2";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                let site = row.text(0, "site")?;
                Ok(SignedForm {
                    site: match site.as_str() {
                        "" => None,
                        id => Some(SiteId::parse(id).map_err(|_| CatalogueError::Corrupt { what: "site" })?),
                    },
                    form: row.parsed(1, "form", FormId::parse)?,
                    participant_count: row.count(2, "participants")?,
                    first_signed: row.time(3, "first signature")?,
                    last_signed: row.time(4, "last signature")?,
                })
            })
            .collect()
    }
}
