//! Random histories of applications in a small model of REMS. After each step of the history, REMS exports its state. The exports are imported in any
//! order and any number of times. The register must then open exactly what the last state of the model opens, computed by plain loops.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::Identity;
use gemj_catalogue::ApprovalRegister;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Choices, application, at, hour, imported, in_force, planned, stored, user};
use crate::approvals::Approval;
use crate::approvals::plan::CLOCK_LEEWAY_S;

/// The users of the model, each with an organisation. The first user is the applicant of every application.
const USERS: [(&str, &str); 5] = [
    ("taro", "university.example"),
    ("hanako", "university.example"),
    ("jiro", "company.example"),
    ("saburo", "company.example"),
    ("shiro", "university.example"),
];
const APPLICATIONS: usize = 3;
/// The hour of the first step. The fixture's own events are earlier.
const FIRST_HOUR: u32 = 10;

#[derive(Clone, Copy, Debug)]
enum Act {
    Approve,
    Add(usize),
    Remove(usize),
    Bar(usize),
    Unbar(usize),
    Revoke,
    Close,
}

/// An application of the model.
#[derive(Clone, Default)]
struct Modelled {
    state: Option<&'static str>,
    members: BTreeSet<usize>,
    barred: BTreeSet<usize>,
    activity: u32,
    /// The entitlements: user, start and end, both in hours.
    rows: Vec<(usize, u32, Option<u32>)>,
}

impl Modelled {
    fn state(&self) -> &'static str {
        self.state.unwrap_or("submitted")
    }

    fn act(&mut self, act: Act, hour: u32) {
        match (act, self.state()) {
            (Act::Approve, "submitted") => self.state = Some("approved"),
            (Act::Add(user), "submitted" | "approved") if user > 0 => {
                self.members.insert(user);
            }
            (Act::Remove(user), "submitted" | "approved") => {
                self.members.remove(&user);
            }
            (Act::Revoke, "approved") => self.state = Some("revoked"),
            (Act::Close, "approved") => self.state = Some("closed"),
            // REMS keeps the list of barred users beside the applications. A change of it is no activity in an application.
            (Act::Bar(user), _) => return self.bar(user, true, hour),
            (Act::Unbar(user), _) => return self.bar(user, false, hour),
            _ => return,
        }
        self.activity = hour;
        self.entitle(hour);
    }

    fn bar(&mut self, user: usize, is_barred: bool, hour: u32) {
        if is_barred {
            self.barred.insert(user);
        } else {
            self.barred.remove(&user);
        }
        self.entitle(hour);
    }

    /// The users who may use the data now.
    fn entitled(&self) -> BTreeSet<usize> {
        let mut entitled = BTreeSet::new();
        if self.state() == "approved" {
            for user in 0..USERS.len() {
                if (user == 0 || self.members.contains(&user)) && !self.barred.contains(&user) {
                    entitled.insert(user);
                }
            }
        }
        entitled
    }

    /// Ends and begins entitlements as the users change.
    fn entitle(&mut self, hour: u32) {
        let entitled = self.entitled();
        for (user, _, end) in &mut self.rows {
            if end.is_none() && !entitled.contains(user) {
                *end = Some(hour);
            }
        }
        for user in entitled {
            if !self.rows.iter().any(|(other, _, end)| *other == user && end.is_none()) {
                self.rows.push((user, hour, None));
            }
        }
    }

    fn as_application(&self, number: usize) -> Value {
        let of = |index: &usize| user(USERS[*index].0, USERS[*index].1);
        let members: Vec<Value> = self.members.iter().map(of).collect();
        let mut document = application(u32::try_from(number + 1).unwrap(), self.state(), self.activity.max(2), &members);
        let barred = self.barred.iter().filter(|user| **user == 0 || self.members.contains(*user));
        let barred = barred.map(|user| json!({"blacklist/user": of(user), "blacklist/resource": {"resource/ext-id": "urn:cancer"}}));
        document["application/blacklist"] = Value::Array(barred.collect());
        document
    }
}

type Model = [Modelled; APPLICATIONS];

/// All entitlements of the model, ended ones included, as `/api/entitlements?expired=true` of REMS 2.39 returns them.
fn entitlements(model: &Model) -> Value {
    let mut rows = Vec::new();
    for (number, application) in model.iter().enumerate() {
        for (index, start, end) in &application.rows {
            let (name, organisation) = USERS[*index];
            rows.push(json!({
                "resource": "urn:cancer", "user": user(name, organisation), "application-id": number + 1, "start": at(*start),
                "end": end.map_or_else(|| "2027-02-01T00:00:00.000Z".to_owned(), at), "mail": format!("{name}@{organisation}"),
            }));
        }
    }
    Value::Array(rows)
}

/// What the model opens: for each application and organisation, the pseudonyms of the users.
fn expected(model: &Model) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut open: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (number, application) in model.iter().enumerate() {
        for index in application.entitled() {
            let (name, organisation) = USERS[index];
            let identity = Identity {
                issuer: "https://idp.example".to_owned(),
                subject: name.to_owned(),
            };
            let key = (format!("rems-{}:cancer", number + 1), organisation.to_owned());
            open.entry(key).or_default().insert(identity.pseudonym());
        }
    }
    open
}

/// What the register opens, in the same form.
fn opened(approvals: &[Approval]) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut open: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for approval in approvals {
        assert_eq!(approval.visa_value, "urn:cancer");
        assert_eq!(approval.not_after.rfc3339(), "2027-02-01T00:00:00Z");
        let id = approval.id.as_str().split('@').next().unwrap().to_owned();
        let users = approval.users.iter().cloned().collect();
        assert!(open.insert((id, approval.organisation.clone()), users).is_none());
    }
    open
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let user = 0..USERS.len();
    let act = prop_oneof![
        3 => Just(Act::Approve),
        4 => user.clone().prop_map(Act::Add),
        2 => user.clone().prop_map(Act::Remove),
        1 => user.clone().prop_map(Act::Bar),
        1 => user.prop_map(Act::Unbar),
        1 => prop_oneof![Just(Act::Revoke), Just(Act::Close)],
    ];
    proptest::collection::vec((0..APPLICATIONS, act), 1..16)
}

/// The exports after each step, with the hours at which they were made.
fn exports(acts: &[(usize, Act)], of_entitlements: bool) -> (Model, Vec<(u32, Value)>) {
    let mut model = Model::default();
    let mut exports = Vec::new();
    for ((number, act), hour) in acts.iter().zip(FIRST_HOUR..) {
        model[*number].act(*act, hour);
        let export = if of_entitlements {
            entitlements(&model)
        } else {
            Value::Array(model.iter().enumerate().map(|(number, one)| one.as_application(number)).collect())
        };
        exports.push((hour, export));
    }
    (model, exports)
}

fn import_all<'a>(exports: impl IntoIterator<Item = &'a (u32, Value)>) -> ApprovalRegister {
    exports.into_iter().fold(ApprovalRegister::default(), |register, (hour, export)| {
        let choices = Choices {
            exported: Some(*hour),
            ..Choices::default()
        };
        let register = imported(&register, export, choices);
        // The import of the same export again changes nothing, not even the times of the exports.
        assert_eq!(imported(&register, export, choices), register);
        register
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_exports_opens_what_the_last_state_of_rems_opens(
        acts in acts(),
        of_entitlements in any::<bool>(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..24),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let (model, exports) = exports(&acts, of_entitlements);
        let in_order = import_all(&exports);
        // If a user is barred no longer, an application can state the same as before and with the same last activity. Such a state gives nothing back.
        if !of_entitlements && acts.iter().any(|(_, act)| matches!(act, Act::Unbar(_))) {
            let all = expected(&model);
            for (key, users) in opened(&in_force(&in_order)) {
                prop_assert!(all.get(&key).is_some_and(|all| users.is_subset(all)));
            }
            return Ok(());
        }
        prop_assert_eq!(opened(&in_force(&in_order)), expected(&model));

        // Random picks with repetitions, then all exports in a rotated order, so that each export is imported at least once.
        let picked = order.iter().map(|index| index.get(&exports));
        let middle = shuffle.index(exports.len());
        let rotated = exports[middle..].iter().chain(&exports[..middle]);
        let register = import_all(picked.chain(rotated));
        prop_assert_eq!(in_force(&register), in_force(&in_order));

        let reversed = import_all(exports.iter().rev());
        prop_assert_eq!(in_force(&reversed), in_force(&in_order));
    }

    #[test]
    fn a_register_is_never_wider_than_the_newest_state_that_was_imported(acts in acts(), of_entitlements in any::<bool>()) {
        // Each export of the history alone, on an empty register, opens exactly what REMS opened at that time.
        let mut model = Model::default();
        let (_, exports) = exports(&acts, of_entitlements);
        for (((number, act), hour), export) in acts.iter().zip(FIRST_HOUR..).zip(&exports) {
            model[*number].act(*act, hour);
            prop_assert_eq!(opened(&in_force(&import_all([export]))), expected(&model));
        }
    }

    #[test]
    fn an_older_export_never_wins_although_the_clocks_of_rems_and_of_the_gateway_are_wrong(
        acts in acts(),
        rems_ahead_minutes in -400..600_i64,
        imports in proptest::collection::vec((any::<prop::sample::Index>(), -600..600_i64), 1..24),
    ) {
        // The time of an export is that of its import, so only the times of activity state which export is newer.
        let acts: Vec<_> = acts.into_iter().filter(|(_, act)| !matches!(act, Act::Bar(_) | Act::Unbar(_))).collect();
        prop_assume!(!acts.is_empty());
        let mut model = Model::default();
        let mut states = Vec::new();
        for ((number, act), hour) in acts.iter().zip(FIRST_HOUR..) {
            model[*number].act(*act, hour);
            states.push(model.clone());
        }
        let shown_by_rems = |application: &Modelled| hour(application.activity.max(2)).plus_seconds(60 * rems_ahead_minutes);
        let mut register = ApprovalRegister::default();
        // The position of the newest export that was accepted, for each application.
        let mut newest: [Option<usize>; APPLICATIONS] = [None; APPLICATIONS];
        let mut over = [false; APPLICATIONS];
        for (index, gateway_ahead_minutes) in imports {
            let position = index.index(states.len());
            let clock = hour(FIRST_HOUR + u32::try_from(position).unwrap()).plus_seconds(60 * gateway_ahead_minutes);
            let documents = states[position].iter().enumerate().map(|(number, application)| {
                let mut document = application.as_application(number);
                document["application/last-activity"] = json!(shown_by_rems(application).rfc3339());
                document
            });
            let choices = Choices { clock: Some(clock), skip_faulty: true, ..Choices::default() };
            let file = Value::Array(documents.collect()).to_string();
            register = stored(&register, &planned(&register, file.as_bytes(), choices));
            for (number, application) in states[position].iter().enumerate() {
                let is_over = matches!(application.state(), "revoked" | "closed");
                over[number] |= is_over;
                if shown_by_rems(application) <= clock.plus_seconds(CLOCK_LEEWAY_S) {
                    newest[number] = newest[number].max(Some(position));
                }
            }
            let mut decisive = Model::default();
            for number in 0..APPLICATIONS {
                if let Some(position) = newest[number].filter(|_| !over[number]) {
                    decisive[number] = states[position][number].clone();
                }
            }
            prop_assert_eq!(opened(&in_force(&register)), expected(&decisive));
        }
    }
}
