//! Reads entitlements of REMS: one row for each application, user and resource, flat (`userid`, `mail`) or with a member `user`.

use std::collections::BTreeMap;

use gemj_model::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::mapping::RemsMapping;
use super::terms::{self, Granted, approval_id};
use super::{RemsEntry, RemsFault, RemsOutcome, User, people};

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
    resource: String,
    user: User,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

/// The entries of each application in a list of entitlements.
/// * A row that has ended removes its user from the approval.
/// * If all rows of an application have ended, the application is over.
/// * If an application is absent from the list, nothing is known about it, because REMS omits ended entitlements by default.
#[must_use]
pub fn entries(texts: &[&RawValue], mapping: &RemsMapping, now: Timestamp) -> Vec<RemsEntry> {
    let mut found = Vec::new();
    let mut applications: BTreeMap<i64, Vec<Result<Row, RemsFault>>> = BTreeMap::new();
    for text in texts {
        match serde_json::from_str::<Entitlement>(text.get()) {
            Ok(entitlement) => applications.entry(entitlement.application).or_default().push(row(entitlement)),
            Err(_) => found.push(RemsEntry {
                application: None,
                outcome: RemsOutcome::Refused(RemsFault::Form),
            }),
        }
    }
    for (application, rows) in applications {
        let read = rows
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .and_then(|rows| of_application(application, &rows, mapping, now));
        match read {
            Ok(entries) => found.extend(entries),
            Err(fault) => found.push(RemsEntry {
                application: Some(application),
                outcome: RemsOutcome::Refused(fault),
            }),
        }
    }
    found
}

fn row(entitlement: Entitlement) -> Result<Row, RemsFault> {
    let time = |text: Option<&str>| text.map(Timestamp::parse).transpose().map_err(|_| RemsFault::Time);
    let (start, end) = (time(entitlement.start.as_deref())?, time(entitlement.end.as_deref())?);
    let user = match (entitlement.user, entitlement.userid) {
        (Some(user), _) => User {
            email: user.email.or(entitlement.mail),
            ..user
        },
        (None, Some(userid)) => User {
            userid,
            email: entitlement.mail,
        },
        (None, None) => return Err(RemsFault::Form),
    };
    Ok(Row {
        resource: entitlement.resource,
        user,
        start,
        end,
    })
}

fn of_application(application: i64, rows: &[Row], mapping: &RemsMapping, now: Timestamp) -> Result<Vec<RemsEntry>, RemsFault> {
    let open: Vec<&Row> = rows.iter().filter(|row| row.end.is_none_or(|end| end > now)).collect();
    if open.is_empty() {
        return Ok(vec![RemsEntry {
            application: Some(application),
            outcome: RemsOutcome::Over(approval_id(mapping, application)?),
        }]);
    }
    let mut resources: Vec<String> = open.iter().map(|row| row.resource.clone()).collect();
    resources.sort_unstable();
    resources.dedup();
    // Only users who hold every resource of the application are listed, because an approval has only one list of users.
    let holds_all = |user: &User| {
        resources
            .iter()
            .all(|resource| open.iter().any(|row| row.resource == *resource && row.user.userid == user.userid))
    };
    let users: Vec<User> = open.iter().map(|row| &row.user).filter(|user| holds_all(user)).cloned().collect();
    let (users, organisation) = people(&users, mapping)?;
    let granted = Granted {
        application,
        project: format!("REMS {application}"),
        applicant: String::new(),
        users,
        organisation,
        from: open.iter().filter_map(|row| row.start).min(),
        until: open.iter().filter_map(|row| row.end).min(),
    };
    Ok(terms::entries(&granted, &resources, mapping))
}
