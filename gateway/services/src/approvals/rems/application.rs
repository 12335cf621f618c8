//! An application of REMS, in the format of `rems.api.schema/Application` (REMS 2.39).

use gemj_model::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::mapping::RemsMapping;
use super::terms::{self, Granted, approval_id};
use super::{RemsEntry, RemsFault, RemsOutcome, User, people};

#[derive(Deserialize)]
struct Application {
    #[serde(rename = "application/id")]
    id: i64,
    #[serde(rename = "application/state")]
    state: String,
    #[serde(rename = "application/external-id", default)]
    external_id: Option<String>,
    #[serde(rename = "application/description", default)]
    description: Option<String>,
    #[serde(rename = "application/applicant")]
    applicant: User,
    #[serde(rename = "application/members", default)]
    members: Vec<User>,
    #[serde(rename = "application/blacklist", default)]
    barred: Vec<Barred>,
    #[serde(rename = "application/resources")]
    resources: Vec<Resource>,
    #[serde(rename = "application/events", default)]
    events: Vec<Event>,
    #[serde(rename = "entitlement/end", default)]
    end: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "resource/ext-id")]
    ext_id: String,
}

#[derive(Deserialize)]
struct Barred {
    #[serde(rename = "blacklist/user")]
    user: User,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event/type", default)]
    kind: String,
    #[serde(rename = "event/time", default)]
    time: Option<String>,
}

/// The state of an application of REMS, as far as the gateway distinguishes states.
enum State {
    Approved,
    Over,
    Undecided,
}

fn state(word: &str) -> Option<State> {
    match word.strip_prefix("application.state/").unwrap_or(word) {
        "approved" => Some(State::Approved),
        "closed" | "revoked" => Some(State::Over),
        "draft" | "submitted" | "returned" | "rejected" => Some(State::Undecided),
        _ => None,
    }
}

/// The entries of one application: usually one entry, and several entries if its resources have their own visa values.
#[must_use]
pub fn entries(text: &RawValue, mapping: &RemsMapping) -> Vec<RemsEntry> {
    let Ok(application) = serde_json::from_str::<Application>(text.get()) else {
        return vec![RemsEntry {
            application: None,
            outcome: RemsOutcome::Refused(RemsFault::Form),
        }];
    };
    let one = |outcome| {
        vec![RemsEntry {
            application: Some(application.id),
            outcome,
        }]
    };
    match state(&application.state) {
        None => one(RemsOutcome::Refused(RemsFault::UnknownState(
            application.state.chars().take(60).collect(),
        ))),
        Some(State::Undecided) => one(RemsOutcome::Undecided),
        Some(State::Over) => one(approval_id(mapping, application.id).map_or_else(RemsOutcome::Refused, RemsOutcome::Over)),
        Some(State::Approved) => match granted(&application, mapping) {
            Err(fault) => one(RemsOutcome::Refused(fault)),
            Ok(granted) => {
                let ext_ids: Vec<String> = application.resources.iter().map(|r| r.ext_id.clone()).collect();
                terms::entries(&granted, &ext_ids, mapping)
            }
        },
    }
}

fn granted(application: &Application, mapping: &RemsMapping) -> Result<Granted, RemsFault> {
    let time = |text: &str| Timestamp::parse(text).map_err(|_| RemsFault::Time);
    // A user who is barred from one resource of the application is removed from the whole application, because an approval has only one
    // list of users.
    let is_barred = |user: &User| application.barred.iter().any(|b| b.user.userid == user.userid);
    let everybody = std::iter::once(&application.applicant).chain(&application.members);
    let users: Vec<User> = everybody.filter(|user| !is_barred(user)).cloned().collect();
    let (users, organisation) = people(&users, mapping)?;
    let approved = application.events.iter().rev().find(|e| e.kind == "application.event/approved");
    let description = application.description.as_deref().map(str::trim).filter(|d| !d.is_empty());
    Ok(Granted {
        application: application.id,
        project: description
            .or(application.external_id.as_deref())
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect(),
        applicant: people(std::slice::from_ref(&application.applicant), mapping)?.0.concat(),
        users,
        organisation,
        from: approved.and_then(|e| e.time.as_deref()).map(time).transpose()?,
        until: application.end.as_deref().map(time).transpose()?,
    })
}
