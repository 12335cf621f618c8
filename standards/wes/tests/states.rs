//! Tests of the allowed changes between the states of a run.
#![allow(clippy::unwrap_used)]

use ga4gh_wes::{IllegalTransition, State};

/// For each state, the states that may follow. The table is written by hand from the specification.
const TABLE: [(&str, &str); 11] = [
    (
        "UNKNOWN",
        "QUEUED INITIALIZING RUNNING PAUSED COMPLETE EXECUTOR_ERROR SYSTEM_ERROR CANCELED CANCELING PREEMPTED",
    ),
    ("QUEUED", "INITIALIZING CANCELING CANCELED SYSTEM_ERROR PREEMPTED"),
    ("INITIALIZING", "RUNNING CANCELING CANCELED EXECUTOR_ERROR SYSTEM_ERROR PREEMPTED"),
    ("RUNNING", "PAUSED COMPLETE EXECUTOR_ERROR SYSTEM_ERROR CANCELING PREEMPTED"),
    ("PAUSED", "RUNNING SYSTEM_ERROR CANCELING PREEMPTED"),
    ("CANCELING", "CANCELED SYSTEM_ERROR"),
    ("COMPLETE", ""),
    ("EXECUTOR_ERROR", ""),
    ("SYSTEM_ERROR", ""),
    ("CANCELED", ""),
    ("PREEMPTED", ""),
];

#[test]
fn only_the_transitions_of_the_table_are_allowed() {
    for (from, followers) in TABLE {
        let from = State::from_name(from).unwrap();
        let followers: Vec<_> = followers.split_whitespace().collect();
        for to in State::ALL {
            let legal = followers.contains(&to.as_str());
            assert_eq!(from.can_become(to), legal, "{from:?} -> {to:?}");
            assert_eq!(
                from.transition(to),
                if legal { Ok(to) } else { Err(IllegalTransition { from, to }) }
            );
        }
        assert_eq!(from.is_terminal(), followers.is_empty());
    }
}

#[test]
fn no_path_leaves_a_terminal_state_and_only_a_pause_returns_to_an_earlier_state() {
    // Follows every path that has no repeated state. Only a pause may lead back to an earlier state of the path.
    fn follow(path: &mut Vec<State>) {
        let last = *path.last().unwrap();
        for next in State::ALL.into_iter().filter(|next| last.can_become(*next)) {
            assert!(!last.is_terminal());
            if path.contains(&next) {
                let pausing = [(State::Paused, State::Running), (State::Running, State::Paused)];
                assert!(pausing.contains(&(last, next)), "{path:?} -> {next:?}");
                continue;
            }
            path.push(next);
            follow(path);
            path.pop();
        }
    }
    follow(&mut vec![State::Unknown]);
}

#[test]
fn state_names_parse_only_if_they_match_exactly() {
    for state in State::ALL {
        assert_eq!(State::from_name(state.as_str()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        assert_eq!(serde_json::from_value::<State>(state.as_str().into()).unwrap(), state);
    }
    for other in ["", "queued", "CANCELLED", " RUNNING", "RUNNING "] {
        assert_eq!(State::from_name(other), None);
    }
}
