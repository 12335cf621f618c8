//! Makes the approvals of one application of REMS, with the terms that all of its resources allow.

use std::collections::BTreeMap;

use gemj_access::GrantedRegions;
use gemj_model::{Approval, ApprovalId, ApprovedRegion, Timestamp};
use sha2::{Digest as _, Sha256};

use super::fault::RemsFault;
use super::mapping::{RemsMapping, RemsResource};

/// The data of an approved application apart from its resources.
pub(super) struct Granted {
    pub(super) application: i64,
    pub(super) project: String,
    pub(super) applicant: String,
    /// The organisation whose approval has the application's plain id: the applicant's. Absent if it is not known.
    pub(super) main: Option<String>,
    /// The users of each organisation, as pseudonyms.
    pub(super) users: BTreeMap<String, Vec<String>>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// The resources of an application by their own visa value; absent for the resources without one.
pub(super) type Groups<'a> = BTreeMap<Option<&'a str>, Vec<&'a RemsResource>>;

/// The id of the approval for an application.
pub(super) fn approval_id(mapping: &RemsMapping, application: i64) -> Result<ApprovalId, RemsFault> {
    // REMS numbers its applications from 1.
    if application < 1 {
        return Err(RemsFault::Id);
    }
    ApprovalId::parse(&format!("{}{application}", mapping.id_prefix)).map_err(|_| RemsFault::Id)
}

/// The mapped resources of an application, or a fault for each resource that is not in the mapping.
pub(super) fn groups<'a>(ext_ids: &[String], mapping: &'a RemsMapping) -> Result<Groups<'a>, Vec<RemsFault>> {
    let mut groups = Groups::new();
    let mut faults = Vec::new();
    for ext_id in ext_ids {
        match mapping.resource(ext_id) {
            Some(resource) => groups.entry(resource.visa_value.as_deref()).or_default().push(resource),
            None => faults.push(RemsFault::UnknownResource(ext_id.chars().take(200).collect())),
        }
    }
    if ext_ids.is_empty() {
        faults.push(RemsFault::NoResource);
    }
    if faults.is_empty() { Ok(groups) } else { Err(faults) }
}

/// The approvals of an application, in order of id: for each organisation, one approval for the resources without their own visa value, and one
/// approval for each visa value of the other resources.
pub(super) fn approvals(granted: &Granted, groups: &Groups<'_>, mapping: &RemsMapping) -> Result<Vec<Approval>, RemsFault> {
    let mut approvals = Vec::new();
    for (value, resources) in groups {
        let part = part_of(*value, groups);
        for (organisation, users) in &granted.users {
            approvals.push(approval(granted, organisation, users, *value, &part, resources, mapping)?);
        }
    }
    approvals.sort_by(|one: &Approval, other| one.id.cmp(&other.id));
    Ok(approvals)
}

/// The part of an approval's id that states its resources: empty for resources without their own visa value, otherwise the dataset. If the application
/// has several visa values for one dataset, a digest of the value is added.
fn part_of(value: Option<&str>, groups: &Groups<'_>) -> String {
    let dataset = |resources: &[&RemsResource]| resources.first().map(|r| r.dataset.to_string()).unwrap_or_default();
    let Some(value) = value else { return String::new() };
    let own = groups.get(&Some(value)).map(|resources| dataset(resources)).unwrap_or_default();
    let alike = groups
        .iter()
        .filter(|(other, resources)| other.is_some() && dataset(resources) == own);
    if alike.count() < 2 {
        return format!(":{own}");
    }
    let digest = Sha256::digest(value.as_bytes());
    format!(":{own}:{}", hex::encode(digest.get(..4).unwrap_or_default()))
}

/// Makes the approval of one organisation for resources that share a visa value. The approval allows only what all of these resources allow.
fn approval(
    granted: &Granted,
    organisation: &str,
    users: &[String],
    value: Option<&str>,
    part: &str,
    resources: &[&RemsResource],
    mapping: &RemsMapping,
) -> Result<Approval, RemsFault> {
    let [first, others @ ..] = resources else {
        return Err(RemsFault::NoResource);
    };
    let base = approval_id(mapping, granted.application)?;
    let main = granted.main.as_deref().or_else(|| granted.users.keys().next().map(String::as_str));
    let id = if main == Some(organisation) {
        format!("{base}{part}")
    } else {
        format!("{base}{part}@{organisation}")
    };
    let id = ApprovalId::parse(&id).map_err(|_| RemsFault::Id)?;
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
        users: users.to_vec(),
        organisation: organisation.to_owned(),
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
