//! The cases of the committee's work with REMS, one by one.

use gemj_catalogue::ApprovalRegister;
use serde_json::{Value, json};

use super::world::{Choices, application, at, entitlement, ids, imported, in_force, now, planned, stored, user};
use crate::approvals::plan::{Absent, CLOCK_LEEWAY_S, ChangeKind};

fn nothing() -> ApprovalRegister {
    ApprovalRegister::default()
}

fn made(hour: u32) -> Choices {
    Choices {
        exported: Some(hour),
        ..Choices::default()
    }
}

fn plain(register: &ApprovalRegister, file: &Value) -> ApprovalRegister {
    imported(register, file, Choices::default())
}

#[test]
fn two_applications_for_one_resource_share_its_value_and_an_older_export_changes_nothing() {
    let hanako = [user("hanako", "university.example")];
    let both = json!([application(12, "approved", 5, &hanako), application(13, "approved", 5, &[])]);
    let register = plain(&nothing(), &both);
    let open = in_force(&register);
    assert_eq!(ids(&open), ["rems-12:cancer", "rems-13:cancer"]);
    assert_eq!(
        (open[0].visa_value.as_str(), open[1].visa_value.as_str()),
        ("urn:cancer", "urn:cancer")
    );
    assert_eq!((open[0].users.len(), open[1].users.len()), (2, 1));

    let older = application(12, "approved", 4, &[]);
    let plan = planned(&register, older.to_string().as_bytes(), Choices::default());
    assert_eq!((plan.changes.len(), plan.older, plan.faults.len()), (0, 1, 0));
    let again = planned(&register, both.to_string().as_bytes(), Choices::default());
    assert_eq!((again.changes.len(), again.unchanged), (0, 2));
    let newer = application(12, "approved", 6, &[]);
    let plan = planned(&register, newer.to_string().as_bytes(), Choices::default());
    assert_eq!(plan.count(ChangeKind::Changed), 1);
    assert_eq!(plan.changes[0].differences, ["users: 0 added, 1 removed"]);
}

#[test]
fn a_final_state_revokes_and_a_later_import_of_the_approved_state_does_not_revive() {
    for word in ["revoked", "closed"] {
        let approved = application(12, "approved", 5, &[]);
        let over = application(12, word, 9, &[]);
        let register = plain(&plain(&nothing(), &approved), &over);
        assert!(in_force(&register).is_empty() && register.approvals[0].revoked.is_some());
        // The application is revoked before its approval was ever imported. Even an export without a time of activity does not open it.
        let mut without_activity = approved.clone();
        without_activity["application/last-activity"] = Value::Null;
        for older in [approved, without_activity] {
            let register = plain(&plain(&nothing(), &over), &older);
            assert!(in_force(&register).is_empty() && register.approvals.is_empty(), "{word}");
        }
    }
}

#[test]
fn nothing_is_stored_if_one_application_is_wrong_unless_the_operator_chose_so() {
    let stranger = [user("hanako", "elsewhere.example"), user("jiro", "elsewhere.example")];
    let file = json!([application(12, "approved", 5, &[]), application(13, "approved", 5, &stranger)]).to_string();
    let plan = planned(&nothing(), file.as_bytes(), Choices::default());
    assert!(plan.is_blocked);
    let expected = "belongs to no organisation of the mapping: add its domain to [organisations], or remove the user in REMS";
    assert_eq!(
        plan.faults,
        [1, 2].map(|member| format!("application 13, entry 2 (line 1): the address of member {member} {expected}"))
    );
    let choice = Choices {
        skip_faulty: true,
        ..Choices::default()
    };
    let plan = planned(&nothing(), file.as_bytes(), choice);
    assert!(!plan.is_blocked);
    assert_eq!(ids(&in_force(&stored(&nothing(), &plan))), ["rems-12:cancer"]);
    let seen = plan.exports.iter().map(|seen| seen.application.as_str());
    let seen: Vec<&str> = seen.filter(|application| !application.starts_with("content:")).collect();
    assert_eq!(seen, ["rems-12"], "the faulty application is imported again later");
}

#[test]
fn a_time_of_the_export_in_the_future_is_a_fault() {
    let late = Choices {
        exported: Some(24 * 365),
        skip_faulty: true,
        ..Choices::default()
    };
    let plan = planned(&nothing(), json!([entitlement(12, "taro", 3, None)]).to_string().as_bytes(), late);
    assert!(plan.is_blocked && plan.faults[0].contains("in the future"), "{:?}", plan.faults);
}

/// An approved application whose last activity is some seconds after the present.
fn active_after(seconds: i64, members: &[Value]) -> Value {
    let mut document = application(12, "approved", 5, members);
    document["application/last-activity"] = json!(now().plus_seconds(seconds).rfc3339());
    document
}

#[test]
fn of_two_activities_in_the_future_the_later_one_decides_in_any_order_of_imports() {
    let hanako = [user("hanako", "university.example")];
    let with_member = active_after(CLOCK_LEEWAY_S - 60, &hanako);
    let member_removed = active_after(CLOCK_LEEWAY_S, &[]);
    for order in [[&with_member, &member_removed], [&member_removed, &with_member]] {
        let register = order.into_iter().fold(nothing(), |register, file| plain(&register, file));
        assert_eq!(in_force(&register)[0].users.len(), 1);
    }
}

#[test]
fn an_activity_in_the_far_future_is_a_fault_that_names_the_clock_and_blocks_no_later_export() {
    let register = plain(&nothing(), &application(12, "approved", 5, &[]));
    for wild in [active_after(CLOCK_LEEWAY_S + 1, &[]), active_after(973 * 365 * 86_400, &[])] {
        for skip_faulty in [false, true] {
            let choices = Choices {
                skip_faulty,
                ..Choices::default()
            };
            let plan = planned(&register, wild.to_string().as_bytes(), choices);
            assert_eq!((plan.is_blocked, plan.steps.len()), (!skip_faulty, 0));
            assert!(
                plan.faults[0].contains("Correct the clock of this gateway or of REMS"),
                "{:?}",
                plan.faults
            );
            assert_eq!(
                stored(&register, &plan)
                    .exports
                    .iter()
                    .filter(|seen| seen.activity > Some(now()))
                    .count(),
                0
            );
        }
    }
    let hanako = [user("hanako", "university.example")];
    let later = plain(&register, &application(12, "approved", 6, &hanako));
    assert_eq!(in_force(&later)[0].users.len(), 2);
}

#[test]
fn a_final_state_revokes_although_its_activity_is_in_the_far_future() {
    let register = plain(&nothing(), &application(12, "approved", 5, &[]));
    let mut revoked = active_after(973 * 365 * 86_400, &[]);
    revoked["application/state"] = json!("application.state/revoked");
    let plan = planned(&register, revoked.to_string().as_bytes(), Choices::default());
    assert_eq!((plan.count(ChangeKind::Revoked), plan.faults.len()), (1, 0));
    assert!(plan.notes[0].contains("clock"), "{:?}", plan.notes);
    let register = plain(&stored(&register, &plan), &application(12, "approved", 6, &[]));
    assert!(in_force(&register).is_empty());
}

#[test]
fn a_newer_approved_state_of_an_application_that_is_over_is_named_and_not_recorded() {
    let register = plain(&nothing(), &application(12, "closed", 9, &[]));
    let plan = planned(
        &register,
        application(12, "approved", 10, &[]).to_string().as_bytes(),
        Choices::default(),
    );
    assert_eq!((plan.changes.len(), plan.notes.len()), (0, 1));
    assert!(plan.notes[0].contains("id_prefix"), "{:?}", plan.notes);
}

#[test]
fn several_organisations_get_one_approval_each_and_an_organisation_without_members_ends() {
    let two = [user("hanako", "company.example")];
    let register = plain(&nothing(), &application(12, "approved", 5, &two));
    assert_eq!(ids(&in_force(&register)), ["rems-12:cancer", "rems-12:cancer@company.example"]);
    let register = plain(&register, &application(12, "approved", 6, &[]));
    assert_eq!(ids(&in_force(&register)), ["rems-12:cancer"]);
    // The member returns. The approval is open again, because it had ended and was not revoked.
    let register = plain(&register, &application(12, "approved", 7, &two));
    assert_eq!(ids(&in_force(&register)), ["rems-12:cancer", "rems-12:cancer@company.example"]);
    // Revocation closes all parts.
    assert!(in_force(&plain(&register, &application(12, "revoked", 8, &two))).is_empty());
}

#[test]
fn an_application_whose_users_are_all_barred_ends_and_opens_again_for_a_new_member() {
    let register = plain(&nothing(), &application(12, "approved", 5, &[]));
    let mut barred = application(12, "approved", 5, &[]);
    // The list of barred users is not a part of the application's history, so the time of the last activity is the same.
    barred["application/blacklist"] =
        json!([{"blacklist/user": user("taro", "university.example"), "blacklist/resource": {"resource/ext-id": "urn:cancer"}}]);
    let plan = planned(&register, barred.to_string().as_bytes(), Choices::default());
    assert_eq!((plan.count(ChangeKind::Ended), plan.notes.len()), (1, 1));
    let register = stored(&register, &plan);
    assert!(in_force(&register).is_empty());
    barred["application/members"] = json!([user("hanako", "university.example")]);
    barred["application/last-activity"] = json!(at(6));
    assert_eq!(in_force(&plain(&register, &barred))[0].users.len(), 1);
}

#[test]
fn a_resource_that_left_the_application_ends() {
    let mut both = application(12, "approved", 5, &[]);
    both["application/resources"] = json!([{"resource/ext-id": "urn:cancer"}, {"resource/ext-id": "urn:rare"}]);
    let register = plain(&nothing(), &both);
    assert_eq!(ids(&in_force(&register)), ["rems-12", "rems-12:cancer"]);
    let register = plain(&register, &application(12, "approved", 6, &[]));
    assert_eq!(ids(&in_force(&register)), ["rems-12:cancer"]);
}

#[test]
fn an_application_that_the_export_calls_undecided_is_a_fault_if_it_is_in_force_here() {
    let register = plain(&nothing(), &application(12, "approved", 5, &[]));
    let plan = planned(
        &register,
        application(12, "submitted", 9, &[]).to_string().as_bytes(),
        Choices::default(),
    );
    assert!(plan.is_blocked && plan.faults[0].contains("id_prefix"), "{:?}", plan.faults);
    // The export is older than the approval, so the state is not surprising.
    let plan = planned(
        &register,
        application(12, "submitted", 1, &[]).to_string().as_bytes(),
        Choices::default(),
    );
    assert_eq!((plan.older, plan.faults.len()), (1, 0));
    for state in ["draft", "submitted", "returned", "rejected"] {
        let plan = planned(
            &nothing(),
            application(12, state, 5, &[]).to_string().as_bytes(),
            Choices::default(),
        );
        assert_eq!((plan.undecided, plan.changes.len(), plan.faults.len()), (1, 0, 0), "{state}");
    }
}

#[test]
fn a_file_of_entitlements_without_a_recorded_application_is_refused_until_the_operator_chooses() {
    let register = plain(
        &nothing(),
        &json!([entitlement(12, "taro", 3, None), entitlement(13, "hanako", 3, None)]),
    );
    assert_eq!(ids(&in_force(&register)), ["rems-12:cancer", "rems-13:cancer"]);
    // Application 12 was revoked in REMS, and the export was made without `expired=true`.
    let file = json!([entitlement(13, "hanako", 3, None)]).to_string();
    let choices = |absent, skip_faulty| Choices {
        absent,
        skip_faulty,
        ..Choices::default()
    };
    for skip_faulty in [false, true] {
        let plan = planned(&register, file.as_bytes(), choices(None, skip_faulty));
        assert!(plan.is_blocked, "the choice for faulty entries is not a choice for absent ones");
        assert!(
            plan.faults[0].contains("rems-12") && plan.faults[0].contains("expired=true"),
            "{:?}",
            plan.faults
        );
    }
    let kept = stored(&register, &planned(&register, file.as_bytes(), choices(Some(Absent::Keep), false)));
    assert_eq!(ids(&in_force(&kept)), ["rems-12:cancer", "rems-13:cancer"]);
    let ended = stored(&register, &planned(&register, file.as_bytes(), choices(Some(Absent::End), false)));
    assert_eq!(ids(&in_force(&ended)), ["rems-13:cancer"]);
    // REMS sends an empty list if all entitlements have ended.
    assert_eq!(planned(&register, b"[]", Choices::default()).faults.len(), 2);
    // With `expired=true` no choice is needed.
    let complete = json!([entitlement(12, "taro", 3, Some(20)), entitlement(13, "hanako", 3, None)]);
    let closed = plain(&register, &complete);
    assert_eq!(ids(&in_force(&closed)), ["rems-13:cancer"]);
    assert_eq!(closed.approvals[0].not_after.rfc3339(), "2026-01-01T20:00:00Z");
    // An older file, from before the approval of application 13, states nothing about it.
    let register = imported(&nothing(), &json!([entitlement(13, "hanako", 3, None)]), made(10));
    let older = json!([entitlement(12, "taro", 2, None)]);
    assert_eq!(in_force(&imported(&register, &older, made(4))).len(), 2);
}

#[test]
fn an_application_without_open_entitlements_opens_again_with_a_new_one() {
    let register = imported(&nothing(), &json!([entitlement(12, "taro", 3, None)]), made(4));
    let left = json!([entitlement(12, "taro", 3, Some(6))]);
    let register = imported(&register, &left, made(7));
    assert!(in_force(&register).is_empty());
    let joined = json!([entitlement(12, "taro", 3, Some(6)), entitlement(12, "hanako", 8, None)]);
    let register = imported(&register, &joined, made(9));
    assert_eq!(in_force(&register)[0].users.len(), 1);
    // The older file with the open row of the first user does not come back.
    let register = imported(&register, &json!([entitlement(12, "taro", 3, None)]), made(4));
    assert_eq!(in_force(&register)[0].users.len(), 1);
}

#[test]
fn a_sheet_of_applications_revokes_and_names_what_is_not_recorded() {
    let register = plain(
        &nothing(),
        &json!([application(12, "approved", 5, &[]), application(13, "approved", 5, &[])]),
    );
    let sheet = "Id,External id,Applicant,First submitted,State,Resources\n12,a,b,c,Approved,d\n13,a,b,c,Revoked,d\n14,a,b,c,Approved,d\n";
    let plan = planned(&register, sheet.as_bytes(), Choices::default());
    assert_eq!((plan.count(ChangeKind::Revoked), plan.unchanged, plan.notes.len()), (1, 1, 1));
    assert!(plan.notes[0].contains("/api/applications/14/raw"), "{:?}", plan.notes);
    assert_eq!(ids(&in_force(&stored(&register, &plan))), ["rems-12:cancer"]);
}

#[test]
fn an_approval_that_was_revoked_here_stays_revoked_and_does_not_block_the_file() {
    let mut register = plain(&nothing(), &application(12, "approved", 5, &[]));
    register.approvals[0].revoked = Some(now());
    let file = json!([application(12, "approved", 6, &[]), application(13, "approved", 5, &[])]).to_string();
    let plan = planned(&register, file.as_bytes(), Choices::default());
    assert!(plan.notes[0].contains("stays revoked") && plan.faults.is_empty());
    assert_eq!(ids(&in_force(&stored(&register, &plan))), ["rems-13:cancer"]);
}

#[test]
fn two_approvals_of_one_file_with_one_id_or_one_value_are_faults() {
    let own = |id: &str, project: &str| {
        json!({"id": id, "visa_value": "https://gemj.example/a", "project": project, "organisation": "university.example", "datasets": ["cancer"],
               "purposes": ["biomedical-research"], "delivery": "tre-only", "not_after": "2027-01-01"})
    };
    let faults = |file: Value| planned(&nothing(), file.to_string().as_bytes(), Choices::default()).faults;
    assert!(faults(json!([own("a", "P"), own("a", "P")])).is_empty());
    assert!(faults(json!([own("a", "P"), own("a", "Q")]))[0].contains("another approval with this id"));
    let shared = faults(json!([own("a", "P"), own("b", "P")]));
    assert!(
        shared.len() == 2 && shared[0].contains("visa value belongs to another"),
        "{shared:?}"
    );
}

#[test]
fn a_file_that_is_imported_again_gives_no_access_to_a_user_who_was_removed_since_then() {
    let both = json!([entitlement(12, "taro", 3, None), entitlement(12, "hanako", 3, None)]);
    let removed = json!([entitlement(12, "taro", 3, None), entitlement(12, "hanako", 3, Some(6))]);
    let first = imported(&nothing(), &both, made(4));
    let register = imported(&first, &removed, made(7));
    // A script finds the old file again, and states the present as its time.
    let plan = planned(&register, both.to_string().as_bytes(), Choices::default());
    assert!(plan.changes.is_empty() && plan.faults.is_empty(), "{:?}", plan.changes);
    assert!(plan.notes[0].contains("imported before"), "{:?}", plan.notes);
    // Without a newer export in between, the same file has nothing new.
    let plan = planned(&first, both.to_string().as_bytes(), Choices::default());
    assert!(plan.changes.is_empty() && plan.notes.is_empty(), "{:?}", plan.notes);
}

/// The same JSON values in another layout: with line breaks, the members in another order, other fractions of seconds and a last line break.
fn in_another_layout(file: &Value) -> String {
    fn turned(value: &Value) -> String {
        match value {
            Value::Array(entries) => format!("[\n{}]", entries.iter().map(turned).collect::<Vec<_>>().join(",\n ")),
            Value::Object(members) => {
                let members = members.iter().rev();
                let members = members.map(|(name, value)| format!("{} : {}", json!(name), turned(value)));
                format!("{{{}\n}}", members.collect::<Vec<_>>().join(","))
            }
            Value::String(text) => json!(text.replace(".000Z", "Z")).to_string(),
            other => other.to_string(),
        }
    }
    turned(file) + "\n"
}

#[test]
fn known_entitlements_in_another_layout_and_with_other_applications_give_no_removed_user_access() {
    let (taro, hanako) = (entitlement(12, "taro", 3, None), entitlement(12, "hanako", 3, None));
    let both = json!([taro, hanako]);
    let removed = json!([taro, entitlement(12, "hanako", 3, Some(6))]);
    let register = imported(&imported(&nothing(), &both, made(4)), &removed, made(7));
    let turned = json!([hanako, taro, taro]);
    let further = json!([entitlement(13, "taro", 3, None), taro, hanako]);
    for text in [
        format!("{both}\n"),
        in_another_layout(&both),
        turned.to_string(),
        in_another_layout(&turned),
        further.to_string(),
    ] {
        let plan = planned(&register, text.as_bytes(), Choices::default());
        assert!(plan.faults.is_empty() && plan.notes[0].contains("imported before"), "{text}");
        let open = in_force(&stored(&register, &plan));
        let of_application = open.iter().find(|approval| approval.id.as_str() == "rems-12:cancer").unwrap();
        assert_eq!(of_application.users.len(), 1, "{text}");
    }
    // The second entitlement of the user is another content.
    let again = json!([taro, entitlement(12, "hanako", 3, Some(6)), entitlement(12, "hanako", 9, None)]);
    assert_eq!(in_force(&plain(&register, &again))[0].users.len(), 2);
}

#[test]
fn a_known_application_in_another_layout_gives_a_barred_user_no_access() {
    let before = application(12, "approved", 5, &[user("hanako", "university.example")]);
    let mut barred = before.clone();
    barred["application/blacklist"] =
        json!([{"blacklist/user": user("hanako", "university.example"), "blacklist/resource": {"resource/ext-id": "urn:cancer"}}]);
    let register = imported(&imported(&nothing(), &before, made(10)), &barred, made(11));
    let with_another = json!([application(13, "approved", 7, &[]), before]);
    for text in [
        in_another_layout(&before),
        in_another_layout(&with_another),
        with_another.to_string(),
    ] {
        let plan = planned(&register, text.as_bytes(), Choices::default());
        assert!(plan.faults.is_empty() && plan.notes[0].contains("imported before"), "{text}");
        assert_eq!(in_force(&stored(&register, &plan))[0].users.len(), 1, "{text}");
    }
}

#[test]
fn a_state_that_does_not_change_is_imported_each_day_without_a_note() {
    let file = json!([entitlement(12, "taro", 3, None)]);
    let mut register = nothing();
    for day in 1..5 {
        let other = json!([entitlement(12, "taro", 3, None), entitlement(13, "hanako", day, None)]);
        for (file, hour) in [(&file, 24 * day), (&other, 24 * day + 1)] {
            let choices = Choices {
                absent: Some(Absent::Keep),
                ..made(hour)
            };
            let plan = planned(&register, file.to_string().as_bytes(), choices);
            assert_eq!(plan.faults, Vec::<String>::new());
            let about = |note: &&String| note.contains("imported before");
            assert_eq!(plan.notes.iter().filter(about).count(), 0, "{:?}", plan.notes);
            register = stored(&register, &plan);
        }
    }
}

#[test]
fn an_old_file_that_a_script_imports_again_and_again_gives_no_removed_user_access() {
    let three = json!([entitlement(12, "taro", 3, None), entitlement(12, "hanako", 3, None)]);
    let other = json!([entitlement(12, "taro", 3, None), entitlement(12, "jiro", 5, None)]);
    let mut register = imported(&imported(&nothing(), &three, made(4)), &other, made(6));
    // The first repetition takes the access of one user away, and none of them gives the access of the other user back.
    for hour in 10..14 {
        register = imported(&register, &three, made(hour));
        assert_eq!(in_force(&register)[0].users.len(), 1);
    }
}

#[test]
fn the_other_kind_of_export_opens_an_application_again_whose_known_state_is_the_present_one() {
    let file = json!([entitlement(12, "taro", 3, None)]);
    let register = imported(&nothing(), &file, made(4));
    // The operator ended the approval with a file that had only a part of the entitlements.
    let ending = Choices {
        absent: Some(Absent::End),
        ..made(6)
    };
    let register = stored(&register, &planned(&register, b"[]", ending));
    assert!(in_force(&register).is_empty());
    let plan = planned(&register, file.to_string().as_bytes(), made(8));
    assert!(plan.notes[0].contains("import /api/applications/12/raw"), "{:?}", plan.notes);
    let register = stored(&register, &plan);
    assert!(in_force(&register).is_empty());
    let register = imported(&register, &application(12, "approved", 3, &[]), made(9));
    assert_eq!(in_force(&register)[0].users.len(), 1);
    let plan = planned(&register, file.to_string().as_bytes(), made(10));
    assert!(
        plan.notes.is_empty() && in_force(&stored(&register, &plan)).len() == 1,
        "{:?}",
        plan.notes
    );

    // The other way round: a user of an application is barred no longer.
    let open = application(12, "approved", 5, &[]);
    let mut barred = open.clone();
    barred["application/blacklist"] =
        json!([{"blacklist/user": user("taro", "university.example"), "blacklist/resource": {"resource/ext-id": "urn:cancer"}}]);
    let files = [(&open, 6), (&barred, 7), (&open, 8)];
    let register = files
        .into_iter()
        .fold(nothing(), |register, (file, hour)| imported(&register, file, made(hour)));
    assert!(in_force(&register).is_empty());
    let plan = planned(&register, open.to_string().as_bytes(), made(9));
    assert!(plan.notes[0].contains("import /api/entitlements?expired=true"), "{:?}", plan.notes);
    let rows = json!([entitlement(12, "taro", 3, Some(7)), entitlement(12, "taro", 8, None)]);
    assert_eq!(in_force(&imported(&register, &rows, made(9)))[0].users.len(), 1);
}

#[test]
fn an_older_sheet_gives_no_access_and_takes_none_away() {
    let sheet = "Id,External id,Applicant,First submitted,State,Resources\n12,a,b,c,Approved,d\n13,a,b,c,Revoked,d\n";
    let register = stored(&nothing(), &planned(&nothing(), sheet.as_bytes(), made(4)));
    let files = [
        application(12, "approved", 5, &[]),
        application(12, "approved", 9, &[user("hanako", "university.example")]),
    ];
    let register = files.iter().fold(register, |register, file| plain(&register, file));
    for layout in [sheet.to_owned(), format!("{sheet}\n"), sheet.replace(',', ";")] {
        for hour in [None, Some(4)] {
            let choices = Choices {
                exported: hour,
                ..Choices::default()
            };
            let plan = planned(&register, layout.as_bytes(), choices);
            assert!(
                plan.changes.is_empty() && plan.faults.is_empty() && plan.notes.is_empty(),
                "{:?}",
                plan.notes
            );
            assert_eq!(in_force(&stored(&register, &plan)), in_force(&register));
        }
    }
}

#[test]
fn a_file_of_open_entitlements_that_repeats_an_earlier_file_still_removes_users() {
    let one = json!([entitlement(12, "taro", 3, None)]);
    let two = json!([entitlement(12, "taro", 3, None), entitlement(12, "hanako", 5, None)]);
    let register = imported(&imported(&nothing(), &one, made(4)), &two, made(6));
    assert_eq!(in_force(&register)[0].users.len(), 2);
    // REMS omits the ended entitlement, so the file has the same bytes as the first one.
    let register = imported(&register, &one, made(9));
    assert_eq!(in_force(&register)[0].users.len(), 1);
    // The file with both users is older now, whatever time is stated.
    assert_eq!(in_force(&imported(&register, &two, Choices::default()))[0].users.len(), 1);
}

#[test]
fn two_documents_of_one_application_with_one_activity_and_other_members_are_a_fault() {
    let (one, two) = (
        application(12, "approved", 6, &[]),
        application(12, "approved", 6, &[user("hanako", "university.example")]),
    );
    for file in [json!([one, two]), json!([two, one])] {
        for skip_faulty in [false, true] {
            let choices = Choices {
                skip_faulty,
                ..Choices::default()
            };
            let plan = planned(&nothing(), file.to_string().as_bytes(), choices);
            assert!(
                plan.steps.is_empty() && plan.faults[0].contains("same last activity"),
                "{:?}",
                plan.faults
            );
        }
    }
    let twice = planned(&nothing(), json!([one, one]).to_string().as_bytes(), Choices::default());
    assert!(twice.faults.is_empty() && twice.steps.len() == 1);
}

#[test]
fn a_user_without_an_id_is_a_fault() {
    let file = json!([application(12, "approved", 6, &[user(" ", "university.example")])]);
    let plan = planned(&nothing(), file.to_string().as_bytes(), Choices::default());
    assert!(plan.is_blocked && plan.faults[0].contains("userid"), "{:?}", plan.faults);
}
