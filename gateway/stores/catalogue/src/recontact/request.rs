//! Recontact requests: recording, reading, and the approver's decision.

use gemj_access::{Action, Grant, LocatedRecontact, Mandate, Scope, WriteAction};
use gemj_model::{Allele, Assembly, Contig, DatasetId, Entropy, Ordinal, SiteId, Timestamp, ZeroBased};

use super::vocabulary::{RecontactReason, RecontactRequestState, RecontactTaskState};
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::fhir_patients::name_patients;
use crate::write::Write;

/// The maximum number of requests of one caller that wait for approval.
const MAX_WAITING: i64 = 20;

/// The content of a recontact request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecontact {
    /// The dataset whose participants are to be contacted.
    pub dataset: DatasetId,
    /// The assembly of the allele.
    pub assembly: Assembly,
    /// The germline allele whose carriers are concerned, in minimal form.
    pub allele: Allele,
    /// The reason for the contact.
    pub reason: RecontactReason,
    /// The message to the hospitals.
    pub message: String,
    /// The time at which the request was made.
    pub created: Timestamp,
    /// The time until which hospitals can answer.
    pub deadline: Timestamp,
}

/// A recorded recontact request. It contains no participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecontactRequest {
    /// The id of the request: 32 hex digits.
    pub id: String,
    /// The pseudonym of the requester.
    pub requester: String,
    /// The content of the request.
    pub content: NewRecontact,
    /// The state of the request.
    pub state: RecontactRequestState,
    /// The time at which the request was approved or refused; absent while the request waits for a decision.
    pub decided: Option<Timestamp>,
}

/// The decision of an approver about a recontact request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecontactVerdict<'a> {
    /// The request is approved, and these participants are to be contacted.
    Approve(&'a [Ordinal]),
    /// The request is refused, and no participant is contacted.
    Refuse,
}

const REQUEST_COLUMNS: &str =
    "id, requester, dataset, assembly, contig, start_0, reference, alternate, reason, message, state, created, deadline, decided";

impl Catalogue {
    /// Records a recontact request of the mandate's actor (action `RequestRecontact`), and returns the request's id.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another dataset than the mandate's, [`CatalogueError::Conflict`] `waiting requests` if too many
    /// requests of the actor already wait.
    pub async fn request_recontact(&self, mandate: &Mandate, new: &NewRecontact) -> Result<String, CatalogueError> {
        let approvals = match mandate.scope() {
            Scope::Dataset(dataset, approvals) if *dataset == new.dataset => approvals,
            _ => return Err(CatalogueError::WrongKey),
        };
        let mut write = self.begin_write(mandate, &[WriteAction::RequestRecontact]).await?;
        let waiting = "SELECT COUNT(*) FROM recontact_request WHERE requester = $1 AND state = 'requested' AND deadline > $2";
        let arguments = vec![mandate.actor().into(), new.created.into()];
        let row = write.transaction.fetch_first(waiting, arguments).await?;
        if row.ok_or(CatalogueError::Corrupt { what: "requests" })?.int(0, "requests")? >= MAX_WAITING {
            return Err(CatalogueError::Conflict { field: "waiting requests" });
        }
        let id = self.entropy.id();
        let row: [Value; 13] = [
            id.as_str().into(),
            mandate.actor().into(),
            new.dataset.as_str().into(),
            new.assembly.as_str().into(),
            Value::outside(new.allele.contig.as_str(), "contig")?,
            Value::count(new.allele.start.0, "position")?,
            Value::outside(&new.allele.reference, "reference")?,
            Value::outside(&new.allele.alternate, "alternate")?,
            new.reason.as_str().into(),
            Value::outside(&new.message, "message")?,
            RecontactRequestState::Requested.as_str().into(),
            new.created.into(),
            new.deadline.into(),
        ];
        let into = "recontact_request (id, requester, dataset, assembly, contig, start_0, reference, alternate, reason, message, state, \
                    created, deadline)";
        write.transaction.insert(into, [row]).await?;
        let approvals = approvals.iter().map(|approval| [id.as_str().into(), approval.as_str().into()]);
        let into = "recontact_request_approval (request, approval)";
        write.transaction.insert(into, approvals.collect::<Vec<[Value; 2]>>()).await?;
        write.commit(self, mandate, &format!("recontact:{id}"), 1).await?;
        Ok(id)
    }

    /// Finds the requester, dataset and approvals of a recontact request, for a decision. Absent for an unknown id.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_recontact(&self, id: &str) -> Result<Option<LocatedRecontact>, CatalogueError> {
        let Ok(wanted) = Value::outside(id, "request id") else {
            return Ok(None);
        };
        let sql = "SELECT requester, dataset FROM recontact_request WHERE id = $1";
        let rows = self.database.fetch_all(sql, vec![wanted.clone()]).await?;
        // The approvals were written in one commit with the request and never change. A second statement therefore reads the matching
        // approvals.
        let sql = "SELECT approval FROM recontact_request_approval WHERE request = $1 ORDER BY approval";
        let approvals = self.database.fetch_all(sql, vec![wanted]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(LocatedRecontact {
            id: id.to_owned(),
            requester: row.text(0, "requester")?,
            dataset: row.parsed(1, "dataset", DatasetId::parse)?,
            approvals: approvals.iter().map(|row| row.text(0, "approval")).collect::<Result<_, _>>()?,
        }))
    }

    /// Reads a recontact request: the Grant holder's own request (action `ReadRecontact`), or another requester's request (actions
    /// `ReviewRecontact`, `SelectForRecontact`). Absent if the Grant does not cover the request.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn recontact_request(&self, grant: &Grant, id: &str) -> Result<Option<RecontactRequest>, CatalogueError> {
        if grant.recontact() != Some(id) {
            return Ok(None);
        }
        let sql = format!("SELECT {REQUEST_COLUMNS} FROM recontact_request WHERE id = $1");
        let rows = self.database.fetch_all_of(sql, vec![Value::outside(id, "request id")?]).await?;
        let request = rows.first().map(request_of).transpose()?;
        Ok(request.filter(|request| match grant.action() {
            Action::ReadRecontact => !grant.holder().is_empty() && request.requester == grant.holder(),
            Action::ReviewRecontact | Action::SelectForRecontact => request.requester != grant.holder(),
            _ => false,
        }))
    }

    /// Approves or refuses a waiting recontact request, once (action `DecideRecontact`). After an approval, each participant gets a task at the
    /// participant's hospital and a patient id there. The task of a participant without a hospital has the state `NotAskable` and is shown to
    /// no hospital.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `state` if the request was already decided or its deadline has passed, [`CatalogueError::NotFound`] for an
    /// unknown request.
    pub async fn decide_recontact(
        &self,
        mandate: &Mandate,
        id: &str,
        verdict: RecontactVerdict<'_>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        if *mandate.scope() != Scope::Recontact(id.to_owned()) {
            return Err(CatalogueError::WrongKey);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::DecideRecontact]).await?;
        let sql = format!("SELECT {REQUEST_COLUMNS} FROM recontact_request WHERE id = $1");
        let rows = write.transaction.fetch_all_of(sql, vec![id.into()]).await?;
        let request = request_of(rows.first().ok_or(CatalogueError::NotFound { what: "request" })?)?;
        if request.state != RecontactRequestState::Requested || request.content.deadline <= now {
            return Err(CatalogueError::Conflict { field: "state" });
        }
        let (state, people) = match verdict {
            RecontactVerdict::Approve(people) => (RecontactRequestState::Approved, people),
            RecontactVerdict::Refuse => (RecontactRequestState::Refused, &[][..]),
        };
        let update = "UPDATE recontact_request SET state = $2, approver = $3, decided = $4 WHERE id = $1";
        let arguments = vec![id.into(), state.as_str().into(), mandate.actor().into(), now.into()];
        write.transaction.execute(update, arguments).await?;
        add_tasks(&mut write, self.entropy.as_ref(), id, people, now).await?;
        let rows = 1 + people.len() as u64;
        write.commit(self, mandate, &format!("recontact:{id}"), rows).await?;
        Ok(())
    }
}

async fn add_tasks(
    write: &mut Write,
    entropy: &dyn Entropy,
    request: &str,
    people: &[Ordinal],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let mut sites = Vec::with_capacity(people.len());
    for chunk in people.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "SELECT ordinal, site FROM participant WHERE ordinal IN ({}) ORDER BY ordinal",
            placeholders(1, chunk.len())
        );
        let arguments = chunk.iter().map(|o| Value::from(o.0)).collect();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            sites.push((row.ordinal(0)?, row.maybe_parsed(1, "site", SiteId::parse)?));
        }
    }
    let at_hospitals: Vec<(Ordinal, String)> = sites
        .iter()
        .filter_map(|(ordinal, site)| site.as_ref().map(|s| (*ordinal, s.as_str().to_owned())))
        .collect();
    name_patients(&mut write.transaction, entropy, &at_hospitals).await?;
    let rows: Vec<[Value; 8]> = sites
        .iter()
        .map(|(ordinal, site)| {
            let state = match site {
                Some(_) => RecontactTaskState::Requested,
                None => RecontactTaskState::NotAskable,
            };
            [
                entropy.id().as_str().into(),
                request.into(),
                ordinal.0.into(),
                site.as_ref().map_or("", SiteId::as_str).into(),
                state.as_str().into(),
                1_i64.into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    let into = "recontact_task (id, request, ordinal, site, state, version, created, updated)";
    write.transaction.insert(into, rows).await
}

fn request_of(row: &Row) -> Result<RecontactRequest, CatalogueError> {
    let start = ZeroBased(row.count(5, "position")?);
    let reference = row.text(6, "reference")?;
    Ok(RecontactRequest {
        id: row.text(0, "request id")?,
        requester: row.text(1, "requester")?,
        content: NewRecontact {
            dataset: row.parsed(2, "dataset", DatasetId::parse)?,
            assembly: row.parsed(3, "assembly", Assembly::parse)?,
            allele: Allele {
                contig: Contig(row.text(4, "contig")?),
                start,
                end: ZeroBased(start.0 + reference.len() as u64),
                reference,
                alternate: row.text(7, "alternate")?,
                inserted: None,
            },
            reason: row.parsed(8, "reason", |text| RecontactReason::parse(text).ok_or(()))?,
            message: row.text(9, "message")?,
            created: row.time(11, "created")?,
            deadline: row.time(12, "deadline")?,
        },
        state: row.parsed(10, "state", |text| RecontactRequestState::parse(text).ok_or(()))?,
        decided: row.maybe_int(13, "decided")?.map(Timestamp),
    })
}
