//! Reads entitlements of REMS: one row for each application, user and resource, flat (`userid`, `mail`) or with a member `user`.

use std::collections::{BTreeMap, BTreeSet};

use gemj_model::{ApprovalId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::fault::{RemsFault, Whose};
use super::mapping::RemsMapping;
use super::people::{User, by_organisation};
use super::terms::{self, Granted, approval_id};
use super::{ContentDigest, RemsEntry, RemsOutcome};
use crate::approvals::place::Place;

#[derive(Deserialize)]
struct Entitlement {
    resource: String,
    #[serde(rename = "application-id")]
    application: i64,
    #[serde(default)]
    start: Option<String>,
    #[serde(default)]
    end: Option<String>,
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    userid: Option<String>,
    #[serde(default)]
    user: Option<User>,
}

/// An entitlement of REMS with parsed times.
struct Row {
    place: Place,
    resource: String,
    user: User,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Row {
    fn entitled(&self) -> Entitled<'_> {
        let (userid, address) = self.user.id_and_address();
        let time = |time: Option<Timestamp>| time.map(|time| time.0);
        (&self.resource, userid, address, time(self.start), time(self.end))
    }
}

/// The rows of an application, and the faults of the rows that cannot be read.
#[derive(Default)]
struct Rows {
    good: Vec<Row>,
    faults: Vec<RemsFault>,
}

/// The application's number in a row that has another fault.
#[derive(Deserialize)]
struct Number {
    #[serde(rename = "application-id")]
    application: i64,
}

/// The entries of each application in a list of entitlements.
/// * A row that has ended removes its user from the approval.
/// * If all rows of an application have ended, the application's approvals have ended.
/// * If an application is absent from the list, the list states nothing about it, because REMS omits ended entitlements by default. The plan of the
///   import treats this case.
#[must_use]
pub fn entries(texts: &[(Place, &RawValue)], mapping: &RemsMapping, now: Timestamp) -> Vec<RemsEntry> {
    let mut found = Vec::new();
    let mut applications: BTreeMap<i64, (Place, Rows)> = BTreeMap::new();
    let entry = |place, application: Option<i64>, rows: &[Row], outcome| {
        let base = application.and_then(|number| approval_id(mapping, number).ok());
        RemsEntry {
            place,
            application,
            content: base.as_ref().and_then(|base| content(base, rows)),
            base,
            activity: None,
            outcome,
        }
    };
    for (place, text) in texts {
        let read = match serde_json::from_str::<Entitlement>(text.get()) {
            Ok(entitlement) => (Some(entitlement.application), row(*place, entitlement)),
            Err(error) => {
                let column = error.column();
                let number = serde_json::from_str::<Number>(text.get()).ok().map(|number| number.application);
                (number, Err(RemsFault::Form { column }))
            }
        };
        match read {
            // A faulty row refuses its whole application, because the application without the row would have other users.
            (Some(number), row) => {
                let (_, rows) = applications.entry(number).or_insert_with(|| (*place, Rows::default()));
                match row {
                    Ok(row) => rows.good.push(row),
                    Err(fault) => rows.faults.push(RemsFault::InRow(*place, Box::new(fault))),
                }
            }
            (None, Ok(_)) => {}
            (None, Err(fault)) => found.push(entry(*place, None, &[], RemsOutcome::Refused(vec![fault]))),
        }
    }
    for (application, (place, rows)) in applications {
        let outcome = if rows.faults.is_empty() {
            of_application(application, &rows.good, mapping, now).unwrap_or_else(RemsOutcome::Refused)
        } else {
            RemsOutcome::Refused(rows.faults)
        };
        found.push(entry(place, Some(application), &rows.good, outcome));
    }
    found
}

/// An entitlement without its place: resource, user id, address, start and end.
type Entitled<'a> = (&'a str, &'a str, Option<&'a str>, Option<i64>, Option<i64>);

/// The digest of an application's rows, in any order.
fn content(base: &ApprovalId, rows: &[Row]) -> Option<ContentDigest> {
    #[derive(Serialize)]
    struct Content<'a> {
        form: &'static str,
        base: &'a ApprovalId,
        rows: BTreeSet<Entitled<'a>>,
    }
    ContentDigest::of(&Content {
        form: "entitlements",
        base,
        rows: rows.iter().map(Row::entitled).collect(),
    })
}

fn row(place: Place, entitlement: Entitlement) -> Result<Row, RemsFault> {
    let time = |text: Option<&str>, member| text.map(Timestamp::parse).transpose().map_err(|_| RemsFault::Time(member));
    let start = time(entitlement.start.as_deref(), "start")?;
    let end = time(entitlement.end.as_deref(), "end")?;
    let user = match (entitlement.user, entitlement.userid) {
        (Some(user), _) => User {
            email: user.email.or(entitlement.mail),
            ..user
        },
        (None, Some(userid)) => User {
            userid,
            email: entitlement.mail,
        },
        (None, None) => return Err(RemsFault::Form { column: 0 }),
    };
    Ok(Row {
        place,
        resource: entitlement.resource,
        user,
        start,
        end,
    })
}

fn of_application(application: i64, rows: &[Row], mapping: &RemsMapping, now: Timestamp) -> Result<RemsOutcome, Vec<RemsFault>> {
    approval_id(mapping, application).map_err(|fault| vec![fault])?;
    let open: Vec<&Row> = rows.iter().filter(|row| row.end.is_none_or(|end| end > now)).collect();
    if open.is_empty() {
        let last = rows.iter().filter_map(|row| row.end).max().unwrap_or(now);
        return Ok(RemsOutcome::Ended(last));
    }
    let mut ext_ids: Vec<String> = open.iter().map(|row| row.resource.clone()).collect();
    ext_ids.sort_unstable();
    ext_ids.dedup();
    // Only users who hold every resource of the application are listed, because an approval has only one list of users.
    let holds_all = |user: &User| {
        ext_ids
            .iter()
            .all(|resource| open.iter().any(|row| row.resource == *resource && row.user.userid == user.userid))
    };
    let users = open
        .iter()
        .filter(|row| holds_all(&row.user))
        .map(|row| (Whose::Row(row.place), &row.user));
    let (users, resources) = match (by_organisation(users, mapping), terms::groups(&ext_ids, mapping)) {
        (Ok(users), Ok(resources)) => (users, resources),
        (users, resources) => {
            let mut faults = users.err().unwrap_or_default();
            faults.extend(resources.err().unwrap_or_default());
            return Err(faults);
        }
    };
    // Rows do not name the applicant. The organisation of the first user takes that place. Ended rows count too, so that the ids of the approvals
    // stay the same if the first user leaves.
    let first = rows
        .iter()
        .filter_map(|row| Some((row.start, row.user.organisation(mapping)?)))
        .min();
    let granted = Granted {
        application,
        project: format!("REMS {application}"),
        applicant: String::new(),
        main: first.map(|(_, organisation)| organisation.to_owned()),
        users,
        from: rows.iter().filter_map(|row| row.start).min(),
        until: open.iter().filter_map(|row| row.end).min(),
    };
    let approvals = terms::approvals(&granted, &resources, mapping).map_err(|fault| vec![fault])?;
    Ok(RemsOutcome::Approved(approvals))
}
