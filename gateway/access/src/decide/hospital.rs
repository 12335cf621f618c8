//! The rules of the bases `care` and `participant-service`. Under both bases, a hospital reads data of its own patients only.

use std::sync::Arc;

use gemj_model::{Clause, Delivery, SiteId};
use roaring::RoaringBitmap;

use super::AccessRequest;
use crate::action::{Action, Basis};
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::denial::Rule;
use crate::disclosure::{Granularity, Tier};
use crate::grant::{Contents, DatasetGrant, Grant, RestsOn};
use crate::policy::Policy;
use crate::resource::{LocatedPatient, Resource};
use crate::role::RoleKind;

/// The roles that act for a hospital on the basis `participant-service`.
const HOSPITAL: [RoleKind; 2] = [RoleKind::HospitalSystem, RoleKind::HospitalCoordinator];

/// The role that acts on the basis `care`: the hospital's record system. A coordinator's role serves consent and recontact work only
/// and opens no clinical or genomic content.
const CARE: [RoleKind; 1] = [RoleKind::HospitalSystem];

pub(super) fn decide(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    let roles: &[RoleKind] = match question.action.basis() {
        Basis::ParticipantService => &HOSPITAL,
        Basis::Care => &CARE,
        Basis::Research | Basis::Custody | Basis::Operation => return Err(Rule::NotVisible),
    };
    let sites = sites_of(question.caller, roles)?;
    let mut people = RoaringBitmap::new();
    for site in &sites {
        people |= view.enrolled_at(site).cloned().unwrap_or_default();
    }
    match question.action {
        Action::ReadPatient | Action::ReadDisclosures => {}
        // If neither study use nor the return of findings holds, as after a full withdrawal, the clinical record is closed to the patient's own
        // hospital too.
        Action::ReadClinicalRecord => people &= view.holding(Clause::StudyUse) | view.holding(Clause::ReturnFindings),
        Action::ReadGenomicFindings => people &= view.holding(Clause::ReturnFindings),
        _ => return Err(Rule::NotVisible),
    }
    match &question.resource {
        Resource::OwnPatients => {}
        Resource::Patient(Some(patient)) if people.contains(patient.participant.0) => {
            people = RoaringBitmap::from_iter([patient.participant.0]);
        }
        _ => return Err(Rule::NotVisible),
    }
    let people = Arc::new(people);
    Ok(Grant::seal(Contents {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run: None,
        recontact: None,
        object: None,
        action: question.action,
        datasets: datasets(question.action, &people, policy, view),
        purposes: Vec::new(),
        declared_purpose: None,
        approvals: RestsOn::default(),
        families: Arc::clone(view.families()),
        patients: people,
        least_families: policy.public_k(),
        epoch: view.epoch(),
        not_after: question.end(),
    }))
}

/// The datasets that the Grant opens. Genomic findings are read from the datasets of the patient. No other action of a hospital reads a dataset.
fn datasets(action: Action, people: &RoaringBitmap, policy: &Policy, view: &ConsentView) -> Vec<DatasetGrant> {
    if action != Action::ReadGenomicFindings {
        return Vec::new();
    }
    policy
        .datasets()
        .into_iter()
        .filter_map(|dataset| {
            let mut own = view.members(&dataset.id)?.clone();
            own &= people;
            let (terms, delivery) = (policy.terms(Tier::Controlled), Some(Delivery::RegionView));
            let incidental = &own & view.holding(Clause::IncidentalFindings);
            (!own.is_empty()).then(|| {
                DatasetGrant::new(dataset.id.clone(), terms, Granularity::Record, delivery, Arc::new(own))
                    .with_incidental_findings(Arc::new(incidental))
            })
        })
        .collect()
}

/// The sites for which a caller acts in any of these roles.
///
/// # Errors
/// [`Rule::CredentialsRequired`] for an anonymous caller; [`Rule::RoleRequired`] if the caller acts for no site in these roles.
fn sites_of(caller: &Caller, roles: &[RoleKind]) -> Result<Vec<SiteId>, Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let sites: Vec<SiteId> = caller
        .role_scopes(roles)
        .into_iter()
        .filter_map(|scope| SiteId::parse(scope).ok())
        .collect();
    if sites.is_empty() {
        return Err(Rule::RoleRequired);
    }
    Ok(sites)
}

/// Whether the caller acts for a site in a role that writes.
pub(crate) fn writes_for_a_hospital(caller: &Caller) -> bool {
    sites_of(caller, &HOSPITAL).is_ok()
}

/// Returns the patient if the patient was enrolled at one of the sites for which the caller writes.
///
/// # Errors
/// [`Rule::CredentialsRequired`] or [`Rule::RoleRequired`] if the caller is anonymous or acts for no site. [`Rule::NotVisible`] for another
/// site's patient and for an unknown patient.
pub(crate) fn own_patient<'a>(caller: &Caller, patient: Option<&'a LocatedPatient>) -> Result<&'a LocatedPatient, Rule> {
    let sites = sites_of(caller, &HOSPITAL)?;
    patient
        .filter(|p| p.site.as_ref().is_some_and(|site| sites.contains(site)))
        .ok_or(Rule::NotVisible)
}

/// Checks that the caller writes for this site.
///
/// # Errors
/// [`Rule::CredentialsRequired`] or [`Rule::RoleRequired`] if the caller is anonymous or acts for no site. [`Rule::NotVisible`] for another site.
pub(crate) fn own_site(caller: &Caller, site: &SiteId) -> Result<(), Rule> {
    if sites_of(caller, &HOSPITAL)?.contains(site) {
        Ok(())
    } else {
        Err(Rule::NotVisible)
    }
}
