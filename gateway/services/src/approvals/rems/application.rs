//! An application of REMS, in the format of `rems.api.schema/Application` and `ApplicationRaw` (REMS 2.39).

use std::collections::BTreeSet;

use gemj_model::{ApprovalId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::fault::{RemsFault, Whose};
use super::mapping::RemsMapping;
use super::people::{User, by_organisation};
use super::terms::{self, Granted, approval_id};
use super::{ContentDigest, RemsEntry, RemsOutcome, State};
use crate::approvals::place::Place;

#[derive(Deserialize)]
struct Application {
    #[serde(rename = "application/id")]
    id: i64,
    #[serde(rename = "application/state")]
    state: String,
    #[serde(rename = "application/last-activity", default)]
    last_activity: Option<String>,
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

/// The entry of one application.
#[must_use]
pub fn entry(place: Place, text: &RawValue, mapping: &RemsMapping) -> RemsEntry {
    let application = match serde_json::from_str::<Application>(text.get()) {
        Ok(application) => application,
        Err(error) => {
            let column = error.column();
            return RemsEntry {
                place,
                application: None,
                base: None,
                activity: None,
                content: None,
                outcome: RemsOutcome::Refused(vec![RemsFault::Form { column }]),
            };
        }
    };
    let (base, activity) = (approval_id(mapping, application.id), application.activity());
    let outcome = match (&base, &activity, State::of(&application.state)) {
        (Err(fault), _, _) | (Ok(_), Err(fault), _) => RemsOutcome::Refused(vec![fault.clone()]),
        (_, _, None) => RemsOutcome::Refused(vec![RemsFault::UnknownState(application.state.chars().take(60).collect())]),
        (_, _, Some(State::Undecided(word))) => RemsOutcome::Undecided(word),
        (_, _, Some(State::Over(word))) => RemsOutcome::Over(word),
        (_, _, Some(State::Approved)) => approvals(&application, mapping).map_or_else(RemsOutcome::Refused, RemsOutcome::Approved),
    };
    RemsEntry {
        place,
        application: Some(application.id),
        content: base.as_ref().ok().and_then(|base| application.content(base)),
        base: base.ok(),
        activity: activity.ok().flatten(),
        outcome,
    }
}

/// What determines the approvals of an application, apart from the mapping.
#[derive(Serialize)]
struct Content<'a> {
    form: &'static str,
    base: &'a ApprovalId,
    activity: Option<i64>,
    state: &'a str,
    external_id: Option<&'a str>,
    description: Option<&'a str>,
    applicant: (&'a str, Option<&'a str>),
    members: BTreeSet<(&'a str, Option<&'a str>)>,
    barred: BTreeSet<&'a str>,
    resources: BTreeSet<&'a str>,
    approved: Option<i64>,
    end: Option<i64>,
}

fn time(text: &str, member: &'static str) -> Result<Timestamp, RemsFault> {
    Timestamp::parse(text).map_err(|_| RemsFault::Time(member))
}

impl Application {
    /// The time of the last activity: that of the application, or that of its last event if it is later.
    fn activity(&self) -> Result<Option<Timestamp>, RemsFault> {
        let stated = self.last_activity.as_deref().map(|text| time(text, "application/last-activity"));
        let events = self.events.iter().filter_map(|event| event.time.as_deref());
        let times = stated.into_iter().chain(events.map(|text| time(text, "event/time")));
        Ok(times.collect::<Result<Vec<_>, _>>()?.into_iter().max())
    }

    /// The digest of the application; absent if a time cannot be read.
    fn content(&self, base: &ApprovalId) -> Option<ContentDigest> {
        let end = self.end.as_deref().map(|text| time(text, "entitlement/end")).transpose().ok()?;
        ContentDigest::of(&Content {
            form: "application",
            base,
            activity: self.activity().ok()?.map(|time| time.0),
            state: &self.state,
            external_id: self.external_id.as_deref(),
            description: self.description.as_deref(),
            applicant: self.applicant.id_and_address(),
            members: self.members.iter().map(User::id_and_address).collect(),
            barred: self.barred.iter().map(|barred| barred.user.userid.as_str()).collect(),
            resources: self.resources.iter().map(|resource| resource.ext_id.as_str()).collect(),
            approved: self.approved().ok().map(|time| time.0),
            end: end.map(|time| time.0),
        })
    }

    fn approved(&self) -> Result<Timestamp, RemsFault> {
        let approved = self.events.iter().rev().find(|e| e.kind == "application.event/approved");
        let text = approved.and_then(|event| event.time.as_deref()).ok_or(RemsFault::NoEvent)?;
        time(text, "event/time")
    }
}

/// The approvals of an approved application, or every fault that prevents them.
fn approvals(application: &Application, mapping: &RemsMapping) -> Result<Vec<gemj_model::Approval>, Vec<RemsFault>> {
    // A user who is barred from one resource of the application is removed from the whole application, because an approval has only one
    // list of users.
    let is_barred = |user: &User| application.barred.iter().any(|b| b.user.userid == user.userid);
    let members = (1..).map(Whose::Member).zip(&application.members);
    let everybody = std::iter::once((Whose::Applicant, &application.applicant)).chain(members);
    let users = by_organisation(everybody.filter(|(_, user)| !is_barred(user)), mapping);
    let from = application.approved();
    let until = application.end.as_deref().map(|text| time(text, "entitlement/end")).transpose();
    let ext_ids: Vec<String> = application.resources.iter().map(|r| r.ext_id.clone()).collect();
    let resources = terms::groups(&ext_ids, mapping);
    let (users, from, until, resources) = match (users, from, until, resources) {
        (Ok(users), Ok(from), Ok(until), Ok(resources)) => (users, from, until, resources),
        (users, from, until, resources) => {
            let mut faults = users.err().unwrap_or_default();
            faults.extend(from.err());
            faults.extend(until.err());
            faults.extend(resources.err().unwrap_or_default());
            return Err(faults);
        }
    };
    let description = application.description.as_deref().map(str::trim).filter(|d| !d.is_empty());
    let granted = Granted {
        application: application.id,
        project: description
            .or(application.external_id.as_deref())
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect(),
        applicant: application.applicant.pseudonym(mapping),
        main: application.applicant.organisation(mapping).map(str::to_owned),
        users,
        from: Some(from),
        until,
    };
    terms::approvals(&granted, &resources, mapping).map_err(|fault| vec![fault])
}
