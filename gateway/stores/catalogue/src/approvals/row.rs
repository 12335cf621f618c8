//! Reads and writes the database rows of approvals.

use gemj_model::{Approval, ApprovalId, ApprovedRegion, Assembly, Contig, DatasetId, Delivery, Purpose, ReleaseId, ZeroBased};

use crate::database::{Row, Value};
use crate::error::CatalogueError;

/// The columns of `approval` that `approval_of` reads, in order.
pub(crate) const APPROVAL_COLUMNS: &str = "id, visa_value, project, organisation, datasets, delivery, not_after, revoked, applicant, users, \
     country, release_id, purposes, diseases, commercial, meets, region_budget_bp, not_before, regions";

/// The table `approval` with the columns that `values_of` fills, in order.
pub(super) const INTO_APPROVAL: &str = "approval (id, visa_value, project, organisation, datasets, delivery, not_after, revoked, applicant, \
     users, country, release_id, purposes, diseases, commercial, meets, region_budget_bp, not_before, regions, epoch)";

/// The SQL statement that replaces the content of an approval's row.
pub(super) const UPDATE_APPROVAL: &str = "UPDATE approval SET visa_value = $2, project = $3, organisation = $4, datasets = $5, delivery = $6, \
     not_after = $7, revoked = $8, applicant = $9, users = $10, country = $11, release_id = $12, purposes = $13, diseases = $14, \
     commercial = $15, meets = $16, region_budget_bp = $17, not_before = $18, regions = $19, epoch = $20, version = version + 1 WHERE id = $1";

/// The values of an approval, in the order of [`INTO_APPROVAL`] and of the placeholders in [`UPDATE_APPROVAL`].
pub(super) fn values_of(approval: &Approval, epoch: i64) -> Result<[Value; 20], CatalogueError> {
    let budget = approval.region_budget_bp.map(i64::try_from).transpose();
    let budget = budget.map_err(|_| CatalogueError::Invalid { field: "region_budget_bp" })?;
    Ok([
        approval.id.as_str().into(),
        Value::outside(&approval.visa_value, "visa_value")?,
        Value::outside(&approval.project, "project")?,
        Value::outside(&approval.organisation, "organisation")?,
        Value::lines(approval.datasets.iter().map(DatasetId::as_str), "datasets")?,
        approval.delivery.as_str().into(),
        approval.not_after.into(),
        approval.revoked.into(),
        Value::outside(&approval.applicant, "applicant")?,
        Value::lines(approval.users.iter().map(String::as_str), "users")?,
        Value::maybe_outside(approval.country.as_deref(), "country")?,
        approval.release.as_ref().map(ReleaseId::as_str).into(),
        Value::lines(approval.purposes.iter().map(|p| p.as_str()), "purposes")?,
        Value::lines(approval.diseases.iter().map(String::as_str), "diseases")?,
        approval.commercial.into(),
        Value::lines(approval.meets.iter().map(String::as_str), "meets")?,
        budget.into(),
        approval.not_before.into(),
        match &approval.regions {
            None => Value::from(None::<&str>),
            Some(regions) => written(regions)?,
        },
        epoch.into(),
    ])
}

/// Reads an approval from a row with the columns [`APPROVAL_COLUMNS`].
pub(crate) fn approval_of(row: &Row) -> Result<Approval, CatalogueError> {
    let budget = row.maybe_int(16, "region budget")?.map(u64::try_from).transpose();
    let text = |line: &str| Ok::<_, ()>(line.to_owned());
    Ok(Approval {
        id: row.parsed(0, "approval id", ApprovalId::parse)?,
        visa_value: row.text(1, "visa value")?,
        project: row.text(2, "project")?,
        organisation: row.text(3, "organisation")?,
        datasets: row.lines(4, "approval datasets", DatasetId::parse)?,
        delivery: row.parsed(5, "delivery", |text| Delivery::parse(text).ok_or(()))?,
        not_after: row.time(6, "approval end")?,
        revoked: row.maybe_time(7, "revoked")?,
        applicant: row.text(8, "applicant")?,
        users: row.lines(9, "users", text)?,
        country: row.maybe_text(10, "country")?,
        release: row.maybe_parsed(11, "release", ReleaseId::parse)?,
        purposes: row.lines(12, "purposes", |text| Purpose::parse(text).ok_or(()))?,
        diseases: row.lines(13, "diseases", text)?,
        commercial: row.bool(14, "commercial")?,
        meets: row.lines(15, "meets", text)?,
        region_budget_bp: budget.map_err(|_| CatalogueError::Corrupt { what: "region budget" })?,
        not_before: row.maybe_time(17, "approval start")?,
        regions: match row.maybe_text(18, "approved regions")? {
            None => None,
            Some(_) => Some(row.lines(18, "approved regions", |line| region_of(line).ok_or(()))?),
        },
    })
}

/// Writes the approved regions as text, one line for each region. An empty list is rejected, because an approval with an empty list of regions
/// would open nothing.
fn written(regions: &[ApprovedRegion]) -> Result<Value, CatalogueError> {
    const FIELD: &str = "regions";
    if regions.is_empty() || !regions.iter().all(ApprovedRegion::is_well_formed) {
        return Err(CatalogueError::Invalid { field: FIELD });
    }
    let line = |region: &ApprovedRegion| {
        let assembly = region.assembly.map_or(EVERY_ASSEMBLY, Assembly::as_str);
        format!("{}\t{}\t{assembly}\t{}", region.start.0, region.end.0, region.contig.as_str())
    };
    let lines: Vec<String> = regions.iter().map(line).collect();
    Value::lines(lines.iter().map(String::as_str), FIELD)
}

/// The text that is stored as the assembly of a region that applies to every assembly.
const EVERY_ASSEMBLY: &str = "*";

fn region_of(line: &str) -> Option<ApprovedRegion> {
    let mut columns = line.splitn(4, '\t');
    let mut next = || columns.next();
    let (start, end, assembly, contig) = (next()?, next()?, next()?, next()?);
    Some(ApprovedRegion {
        start: ZeroBased(start.parse().ok()?),
        end: ZeroBased(end.parse().ok()?),
        assembly: match assembly {
            EVERY_ASSEMBLY => None,
            named => Some(Assembly::parse(named).ok()?),
        },
        contig: Contig(contig.to_owned()),
    })
    .filter(ApprovedRegion::is_well_formed)
}
