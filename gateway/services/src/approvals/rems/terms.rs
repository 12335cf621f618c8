//! Makes the approvals of one application of REMS, with the terms that all of its resources allow.

use std::collections::BTreeMap;

use gemj_access::GrantedRegions;
use gemj_model::{Approval, ApprovalId, ApprovedRegion, Timestamp};

use super::mapping::{RemsMapping, RemsResource};
use super::{RemsEntry, RemsFault, RemsOutcome};

/// The data of an approved application apart from its resources.
pub(super) struct Granted {
    pub(super) application: i64,
    pub(super) project: String,
    pub(super) applicant: String,
    pub(super) users: Vec<String>,
    pub(super) organisation: String,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// The id of the approval for an application.
pub(super) fn approval_id(mapping: &RemsMapping, application: i64) -> Result<ApprovalId, RemsFault> {
    ApprovalId::parse(&format!("{}{application}", mapping.id_prefix)).map_err(|_| RemsFault::Id)
}

/// The entries of an application: one approval for the resources without their own visa value, and one approval for each visa value of the
/// other resources.
pub(super) fn entries(granted: &Granted, ext_ids: &[String], mapping: &RemsMapping) -> Vec<RemsEntry> {
    let entry = |outcome| RemsEntry {
        application: Some(granted.application),
        outcome,
    };
    let mut groups: BTreeMap<Option<&str>, Vec<&RemsResource>> = BTreeMap::new();
    for ext_id in ext_ids {
        match mapping.resource(ext_id) {
            Some(resource) => groups.entry(resource.visa_value.as_deref()).or_default().push(resource),
            None => {
                return vec![entry(RemsOutcome::Refused(RemsFault::UnknownResource(
                    ext_id.chars().take(200).collect(),
                )))];
            }
        }
    }
    if groups.is_empty() {
        return vec![entry(RemsOutcome::Refused(RemsFault::Form))];
    }
    groups
        .into_iter()
        .map(|(value, resources)| {
            entry(match approval(granted, value, &resources, mapping) {
                Ok(approval) => RemsOutcome::Approval(Box::new(approval)),
                Err(fault) => RemsOutcome::Refused(fault),
            })
        })
        .collect()
}

/// Makes the approval for resources that share a visa value. The approval allows only what all of these resources allow.
fn approval(granted: &Granted, value: Option<&str>, resources: &[&RemsResource], mapping: &RemsMapping) -> Result<Approval, RemsFault> {
    let [first, others @ ..] = resources else {
        return Err(RemsFault::Form);
    };
    let id = approval_id(mapping, granted.application)?;
    let id = match value {
        None => id,
        Some(_) => ApprovalId::parse(&format!("{id}:{}", first.dataset)).map_err(|_| RemsFault::Id)?,
    };
    if others.iter().any(|other| other.release != first.release) {
        return Err(RemsFault::SeveralReleases);
    }
    let in_all = |has: &dyn Fn(&RemsResource) -> bool| resources.iter().all(|r| has(r));
    let mut datasets: Vec<_> = resources.iter().map(|r| r.dataset.clone()).collect();
    datasets.sort();
    datasets.dedup();
    let ends = resources.iter().map(|r| granted.until.or(r.not_after));
    let end = ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().min());
    Ok(Approval {
        id,
        visa_value: value.map_or_else(
            || mapping.visa_value.replace("{application}", &granted.application.to_string()),
            str::to_owned,
        ),
        project: granted.project.clone(),
        applicant: granted.applicant.clone(),
        users: granted.users.clone(),
        organisation: granted.organisation.clone(),
        country: None,
        datasets,
        release: first.release.clone(),
        purposes: first
            .purposes
            .iter()
            .copied()
            .filter(|purpose| in_all(&|r| r.purposes.contains(purpose)))
            .collect(),
        diseases: first
            .diseases
            .iter()
            .filter(|d| in_all(&|r| r.diseases.contains(d)))
            .cloned()
            .collect(),
        commercial: in_all(&|r| r.commercial),
        meets: first.meets.iter().filter(|m| in_all(&|r| r.meets.contains(m))).cloned().collect(),
        delivery: resources.iter().map(|r| r.delivery).min().unwrap_or(first.delivery),
        region_budget_bp: resources.iter().filter_map(|r| r.region_budget_bp).min(),
        regions: regions(resources)?,
        not_before: granted.from,
        not_after: end.ok_or(RemsFault::NoEnd)?,
        revoked: None,
    })
}

/// The regions that all limited resources share; absent if no resource is limited. The regions of a single limited resource are copied from the
/// mapping unchanged.
fn regions(resources: &[&RemsResource]) -> Result<Option<Vec<ApprovedRegion>>, RemsFault> {
    let mut limited = resources.iter().filter_map(|r| r.regions.as_deref());
    let Some(first) = limited.next() else {
        return Ok(None);
    };
    let mut met: Option<GrantedRegions> = None;
    for other in limited {
        let so_far = met.unwrap_or_else(|| GrantedRegions::of(first));
        met = Some(so_far.meet(&GrantedRegions::of(other)));
    }
    match met {
        None => Ok(Some(first.to_vec())),
        Some(met) if met.is_empty() => Err(RemsFault::NoRegion),
        Some(met) => Ok(Some(met.to_approved())),
    }
}
