use gemj_access::{
    AccessRequest, Action, Caller, ControlledAccess, DecisionId, Denial, Grant, Job, LocatedRun, Mandate, Policy, Resource, Role, RoleKind,
    WriteAction, WriteRequest, WriteResource, decide, permit,
};
use gemj_catalogue::{CatalogueError, NewRunOutput, NewRunRow, NewRunTask, OutputState, OutputVerdict, RunAdvance, RunState};
use gemj_model::{DatasetPolicy, Timestamp};

use crate::world::*;

fn policy() -> Policy {
    let dataset = DatasetPolicy {
        id: dataset("cancer"),
        name: "cancer".into(),
        ..gemj_fixtures::dataset_policy("dataset")
    };
    let university = gemj_fixtures::university("kyoto.example");
    Policy::new(vec![dataset], vec![university], 10)
}

fn researcher(pseudonym: &str) -> Caller {
    let later = now().plus_seconds(3600);
    Caller {
        pseudonym: pseudonym.into(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.into(),
            jti: None,
            not_after: later,
        }],
        not_after: Some(later),
        ..Caller::default()
    }
}

fn reviewer(pseudonym: &str) -> Caller {
    Caller {
        roles: vec![Role {
            kind: RoleKind::OutputReviewer,
            scope: Some("A project".into()),
        }],
        controlled: Vec::new(),
        ..researcher(pseudonym)
    }
}

impl World {
    async fn asks(&self, caller: &Caller, action: Action, resource: Resource<'_>) -> Result<Grant, Denial> {
        let view = self.watch().current().await.unwrap().view;
        let question = AccessRequest {
            decision: DecisionId(rand::random()),
            caller,
            action,
            resource,
            declared: None,
            now: now(),
        };
        decide(&question, &policy(), &view)
    }

    async fn may(&self, caller: &Caller, action: WriteAction, resource: WriteResource<'_>) -> Result<Mandate, Denial> {
        let view = self.watch().current().await.unwrap().view;
        let question = WriteRequest {
            decision: DecisionId(rand::random()),
            caller,
            action,
            resource,
            declared: None,
            now: now(),
        };
        permit(&question, &policy(), &view)
    }

    /// Records the approval and registers one file, `o1`, of a participant who consents.
    async fn with_a_file(&self) {
        self.approve().await;
        self.consent_all(&["P1"]).await;
        let load = mandate(WriteAction::Load);
        let new = object("o1", "cancer", vec![sample("s1", Some("P1"))]);
        self.catalogue.register_object(&load, &new, &[]).await.unwrap();
    }

    async fn submits(&self, caller: &Caller, run: &str) -> Result<Mandate, Denial> {
        let input = self.catalogue.locate_object(&id("o1")).await.unwrap();
        let located = LocatedRun {
            id: run.into(),
            owner: caller.pseudonym.clone(),
            projects: Vec::new(),
            inputs: vec![input],
        };
        self.may(caller, WriteAction::SubmitRun, WriteResource::NewRun(&located)).await
    }

    async fn submitted(&self, caller: &Caller, run: &str) {
        let key = self.submits(caller, run).await.unwrap();
        self.catalogue.submit_run(&key, &row(run)).await.unwrap();
    }

    async fn reads(&self, caller: &Caller, run: &str) -> Result<Grant, Denial> {
        let located = self.catalogue.locate_run(run).await.unwrap();
        self.asks(caller, Action::ReadRun, Resource::Run(located.as_ref())).await
    }

    async fn cancels(&self, caller: &Caller, run: &str) -> Result<Mandate, Denial> {
        let located = self.catalogue.locate_run(run).await.unwrap();
        self.may(caller, WriteAction::CancelRun, WriteResource::Run(located.as_ref())).await
    }

    async fn advances(&self, run: &str, from: RunState, to: RunState) -> Result<bool, CatalogueError> {
        self.catalogue
            .advance_run(&Mandate::supervisor(), &RunAdvance::new(run, from, to))
            .await
    }

    /// Submits a run that ends with two outputs. The outputs' ids are the run's id with `-0` and `-1`.
    async fn completed(&self, caller: &Caller, run: &str) {
        self.submitted(caller, run).await;
        assert!(self.advances(run, RunState::Queued, RunState::Initializing).await.unwrap());
        assert!(self.advances(run, RunState::Initializing, RunState::Running).await.unwrap());
        let outputs = [output(run, 0), output(run, 1)];
        let tasks = [task("first"), task("second"), task("third")];
        let end = RunAdvance {
            exit_code: Some(0),
            outputs: &outputs,
            tasks: Some(&tasks),
            ..RunAdvance::new(run, RunState::Running, RunState::Complete)
        };
        assert!(self.catalogue.advance_run(&Mandate::supervisor(), &end).await.unwrap());
    }

    async fn state_of(&self, run: &str) -> RunState {
        let found = self.catalogue.supervised_run(upkeep(Job::SuperviseRuns), run).await.unwrap();
        found.unwrap().state
    }
}

fn row(run: &str) -> NewRunRow {
    NewRunRow {
        id: run.into(),
        request: "{\"workflow_type\":\"CWL\"}".into(),
        inputs: vec![(id("o1"), "sealed".into())],
        day_limit: None,
    }
}

fn output(run: &str, number: u32) -> NewRunOutput {
    NewRunOutput {
        id: format!("{run}-{number}"),
        name: format!("count-{number}.txt"),
        path: format!("outputs/count-{number}.txt"),
        size_bytes: 3,
        sha256: "0".repeat(64),
    }
}

fn task(name: &str) -> NewRunTask {
    NewRunTask {
        name: name.into(),
        started: Some(Timestamp(1)),
        ended: None,
        exit_code: Some(0),
    }
}

contract! {
    async fn a_run_is_stored_as_submitted_and_belongs_to_its_submitter(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.submitted(&caller, "r1").await;
        let located = world.catalogue.locate_run("r1").await.unwrap().unwrap();
        assert_eq!((located.owner.as_str(), located.projects.as_slice()), ("researcher", ["A project".to_owned()].as_slice()));
        assert_eq!(located.inputs, [world.catalogue.locate_object(&id("o1")).await.unwrap()]);
        assert_eq!(world.catalogue.locate_run("r2").await.unwrap(), None);
        let grant = world.reads(&caller, "r1").await.unwrap();
        let run = world.catalogue.run(&grant).await.unwrap().unwrap();
        assert_eq!((run.id.as_str(), run.state, run.request.as_str()), ("r1", RunState::Queued, "{\"workflow_type\":\"CWL\"}"));
        assert_eq!((run.started, run.ended, run.exit_code, run.note.as_str()), (None, None, None, ""));
        let inputs = world.catalogue.run_inputs(upkeep(Job::SuperviseRuns), "r1").await.unwrap();
        assert_eq!(inputs.iter().map(|i| (i.object.as_str(), i.capability.as_str())).collect::<Vec<_>>(), [("o1", "sealed")]);
    }

    async fn a_caller_cannot_read_or_cancel_another_callers_run(world: World) {
        world.with_a_file().await;
        world.submitted(&researcher("researcher"), "r1").await;
        let other = researcher("other");
        let hidden = world.reads(&other, "r1").await.unwrap_err().rule;
        let unknown = world.reads(&other, "r9").await.unwrap_err().rule;
        assert_eq!(hidden, unknown);
        assert_eq!(world.cancels(&other, "r1").await.unwrap_err().rule, world.cancels(&other, "r9").await.unwrap_err().rule);
        // A Grant for the caller's own run does not open another run.
        world.submitted(&other, "r2").await;
        let grant = world.reads(&other, "r2").await.unwrap();
        assert_eq!(world.catalogue.run(&grant).await.unwrap().unwrap().id, "r2");
        let own = world.asks(&other, Action::ReadRun, Resource::OwnRuns).await.unwrap();
        let listed = world.catalogue.own_runs(&own, None, 10).await.unwrap().unwrap();
        assert_eq!(listed.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["r2"]);
    }

    async fn a_key_for_another_resource_opens_no_run(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.completed(&caller, "r1").await;
        let wrong = Err(CatalogueError::WrongKey);
        let own = world.asks(&caller, Action::ReadRun, Resource::OwnRuns).await.unwrap();
        assert_eq!(world.catalogue.run(&own).await.map(|_| ()), wrong);
        assert_eq!(world.catalogue.run_outputs(&own).await.map(|_| ()), wrong);
        let one = world.reads(&caller, "r1").await.unwrap();
        assert_eq!(world.catalogue.own_runs(&one, None, 1).await.map(|_| ()), wrong);
        assert_eq!(world.catalogue.run_output(&one, "r1-0").await.map(|_| ()), wrong);
        let population = world.grant(&["cancer"]).await;
        assert_eq!(world.catalogue.run(&population).await.map(|_| ()), wrong);
        let operator = mandate(WriteAction::SubmitRun);
        assert_eq!(world.catalogue.submit_run(&operator, &row("r2")).await, wrong);
        assert_eq!(world.catalogue.cancel_run(&mandate(WriteAction::CancelRun)).await.map(|_| ()), wrong);
        let cancel = world.cancels(&caller, "r1").await.unwrap();
        assert_eq!(world.catalogue.review_run_output(&cancel, "r1-0", OutputVerdict::Release, "x").await.map(|_| ()), wrong);
        let step = RunAdvance::new("r1", RunState::Queued, RunState::Initializing);
        assert_eq!(world.catalogue.advance_run(&cancel, &step).await.map(|_| ()), wrong);
    }

    async fn a_run_id_is_unique_and_an_unknown_file_is_rejected_as_input(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        let key = world.submits(&caller, "r1").await.unwrap();
        world.catalogue.submit_run(&key, &row("r1")).await.unwrap();
        assert_eq!(world.catalogue.submit_run(&key, &row("r1")).await, Err(CatalogueError::Conflict { field: "run" }));
        let mut other = row("r2");
        other.inputs.push((id("o9"), "sealed".into()));
        assert_eq!(world.catalogue.submit_run(&key, &other).await, Err(CatalogueError::NotFound { what: "file" }));
        assert_eq!(world.catalogue.locate_run("r2").await.unwrap(), None, "no row of the run is stored");
    }

    async fn an_owner_submits_no_more_runs_in_a_day_than_the_limit(world: World) {
        world.with_a_file().await;
        let limited = |run: &str| NewRunRow {
            day_limit: Some(2.try_into().unwrap()),
            ..row(run)
        };
        let (caller, other) = (researcher("researcher"), researcher("other"));
        for run in ["r1", "r2"] {
            let key = world.submits(&caller, run).await.unwrap();
            world.catalogue.submit_run(&key, &limited(run)).await.unwrap();
        }
        let key = world.submits(&caller, "r3").await.unwrap();
        assert_eq!(world.catalogue.submit_run(&key, &limited("r3")).await, Err(CatalogueError::Conflict { field: "day" }));
        assert_eq!(world.catalogue.locate_run("r3").await.unwrap(), None, "no row of the run is stored");
        let key = world.submits(&other, "x1").await.unwrap();
        world.catalogue.submit_run(&key, &limited("x1")).await.unwrap();
    }

    async fn a_withdrawn_participant_is_in_no_new_run_and_in_no_output(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.completed(&caller, "r1").await;
        let outside = reviewer("reviewer");
        let located = world.catalogue.locate_run_output("r1-0").await.unwrap().unwrap();
        let key = world.may(&outside, WriteAction::ReviewOutput, WriteResource::Run(Some(&located.run))).await.unwrap();
        world.catalogue.review_run_output(&key, "r1-0", OutputVerdict::Release, "a count").await.unwrap();
        let released = Resource::RunOutput(Some((&located.run, true)));
        assert!(world.asks(&caller, Action::ReadRunOutput, released).await.is_ok());
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(world.submits(&caller, "r2").await.is_err());
        assert!(world.asks(&caller, Action::ReadRunOutput, released).await.is_err());
    }

    async fn states_only_move_forward_and_one_of_several_concurrent_steps_succeeds(world: World) {
        use RunState::{Canceled, Canceling, Complete, Initializing, Queued, Running, SystemError};
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.submitted(&caller, "r1").await;
        let conflict = Err(CatalogueError::Conflict { field: "state" });
        assert_eq!(world.advances("r1", Queued, Running).await, conflict);
        assert_eq!(world.advances("r1", Queued, Complete).await, conflict);
        let (mut movers, mut won) = (tokio::task::JoinSet::new(), 0);
        for _ in 0..8 {
            let catalogue = world.open_again().await;
            movers.spawn(async move {
                let moved = catalogue.advance_run(&Mandate::supervisor(), &RunAdvance::new("r1", Queued, Initializing)).await;
                catalogue.close().await;
                moved.unwrap()
            });
        }
        while let Some(moved) = movers.join_next().await {
            won += u32::from(moved.unwrap());
        }
        assert_eq!(won, 1, "no run is started twice");
        assert_eq!(world.advances("r1", Queued, SystemError).await, Ok(false));
        assert_eq!(world.advances("r1", Initializing, Running).await, Ok(true));
        let key = world.cancels(&caller, "r1").await.unwrap();
        assert_eq!(world.catalogue.cancel_run(&key).await, Ok(Canceling));
        assert_eq!(world.catalogue.cancel_run(&key).await, Ok(Canceling));
        assert_eq!(world.advances("r1", Running, Complete).await, Ok(false));
        assert_eq!(world.advances("r1", Canceling, Complete).await, conflict);
        assert_eq!(world.advances("r1", Canceling, Canceled).await, Ok(true));
        for from in RunState::ALL {
            for to in RunState::ALL {
                assert!(matches!(world.advances("r1", from, to).await, Ok(false) | Err(CatalogueError::Conflict { field: "state" })));
            }
        }
        assert_eq!(world.catalogue.cancel_run(&key).await, Ok(Canceled));
        let run = world.catalogue.supervised_run(upkeep(Job::SuperviseRuns), "r1").await.unwrap().unwrap();
        assert!(run.started.is_some() && run.ended >= run.started);
    }

    async fn a_waiting_run_is_cancelled_at_once(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.submitted(&caller, "r1").await;
        let key = world.cancels(&caller, "r1").await.unwrap();
        assert_eq!(world.catalogue.cancel_run(&key).await, Ok(RunState::Canceled));
        assert_eq!(world.advances("r1", RunState::Queued, RunState::Initializing).await, Ok(false));
        assert_eq!(world.state_of("r1").await, RunState::Canceled);
    }

    async fn own_runs_are_listed_newest_first_in_pages_without_gaps_or_repeats(world: World) {
        world.with_a_file().await;
        let (caller, other) = (researcher("researcher"), researcher("other"));
        for number in 0..7 {
            world.submitted(&caller, &format!("r{number}")).await;
            world.submitted(&other, &format!("x{number}")).await;
        }
        let grant = world.asks(&caller, Action::ReadRun, Resource::OwnRuns).await.unwrap();
        for foreign in ["x3", "none"] {
            assert!(world.catalogue.own_runs(&grant, Some(foreign), 3).await.unwrap().is_none(), "{foreign}");
        }
        let (mut seen, mut before) = (Vec::new(), None::<String>);
        loop {
            let page = world.catalogue.own_runs(&grant, before.as_deref(), 3).await.unwrap().unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id.clone());
            seen.extend(page.into_iter().map(|run| run.id));
            // Runs that are submitted between the reads of two pages are newer than the first page, so they appear on no later page.
            world.submitted(&caller, &format!("later-{}", seen.len())).await;
        }
        assert_eq!(seen, ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]);
    }

    async fn the_supervisor_reads_begun_runs_waiting_runs_and_counts(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.completed(&caller, "r1").await;
        for run in ["r2", "r3", "r4"] {
            world.submitted(&caller, run).await;
        }
        world.advances("r2", RunState::Queued, RunState::Initializing).await.unwrap();
        let key = upkeep(Job::SuperviseRuns);
        assert_eq!(world.catalogue.runs_begun(key).await.unwrap(), [("r2".to_owned(), RunState::Initializing)]);
        assert_eq!(world.catalogue.runs_waiting(key, 1).await.unwrap(), ["r3"]);
        let counts = world.catalogue.public_run_counts(now().plus_seconds(3600)).await.unwrap();
        assert_eq!(counts, [(RunState::Complete, 1), (RunState::Queued, 3)], "a run in preparation has not started");
        let before = world.catalogue.public_run_counts(now().plus_seconds(-3600)).await.unwrap();
        assert_eq!(before, [(RunState::Queued, 4)], "nothing had started or ended then");
    }

    async fn owners_take_turns_whatever_the_number_of_waiting_runs(world: World) {
        world.with_a_file().await;
        let (many, few) = (researcher("many"), researcher("few"));
        for number in 0..5 {
            world.submitted(&many, &format!("m{number}")).await;
        }
        for number in 0..2 {
            world.submitted(&few, &format!("f{number}")).await;
        }
        let key = upkeep(Job::SuperviseRuns);
        assert_eq!(world.catalogue.runs_waiting(key, 5).await.unwrap(), ["m0", "f0", "m1", "f1", "m2"]);
        world.advances("m0", RunState::Queued, RunState::Initializing).await.unwrap();
        world.advances("m1", RunState::Queued, RunState::Initializing).await.unwrap();
        assert_eq!(world.catalogue.runs_waiting(key, 3).await.unwrap(), ["f0", "f1", "m2"], "runs in progress count");
    }

    async fn an_owners_first_run_comes_before_a_thousand_waiting_runs_of_an_owner_with_a_past_turn(world: World) {
        world.with_a_file().await;
        let (many, few) = (researcher("many"), researcher("few"));
        world.submitted(&many, "m0").await;
        for (from, to) in [(RunState::Queued, RunState::Initializing), (RunState::Initializing, RunState::Running), (RunState::Running, RunState::Complete)] {
            assert!(world.advances("m0", from, to).await.unwrap());
        }
        // One statement inserts a thousand runs, because single submissions would take minutes.
        let copies = "INSERT INTO run (id, sequence, owner, projects, state, request, note, created) \
                      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                      SELECT 'w' || i, r.sequence + i, r.owner, r.projects, 'QUEUED', r.request, '', r.created FROM run r, n WHERE r.id = 'm0'";
        assert_eq!(world.tamper(copies).await, 1_000);
        world.submitted(&few, "f0").await;
        let key = upkeep(Job::SuperviseRuns);
        assert_eq!(world.catalogue.runs_waiting(key, 3).await.unwrap(), ["f0", "w1", "w2"]);
        // Only the owner with many waiting runs is refused.
        let refused = world.submits(&many, "m1").await.unwrap();
        assert_eq!(
            world.catalogue.submit_run(&refused, &row("m1")).await,
            Err(CatalogueError::Conflict { field: "own-queue" })
        );
        world.submitted(&few, "f1").await;
    }

    async fn outputs_are_held_until_a_reviewer_other_than_the_submitter_decides_once(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.completed(&caller, "r1").await;
        world.completed(&researcher("other"), "r2").await;
        let grant = world.reads(&caller, "r1").await.unwrap();
        let listed = world.catalogue.run_outputs(&grant).await.unwrap();
        let seen: Vec<_> = listed.iter().map(|o| (o.name.as_str(), o.size_bytes, o.state)).collect();
        assert_eq!(seen, [("count-0.txt", 3, OutputState::Held), ("count-1.txt", 3, OutputState::Held)]);

        let located = world.catalogue.locate_run_output("r1-0").await.unwrap().unwrap();
        let held = Resource::RunOutput(Some((&located.run, located.state == OutputState::Released)));
        assert_eq!(world.asks(&caller, Action::ReadRunOutput, held).await.unwrap_err().rule.code(), "held");
        let own_reviewer = Caller { pseudonym: "researcher".into(), ..reviewer("researcher") };
        let about = WriteResource::Run(Some(&located.run));
        assert_eq!(world.may(&own_reviewer, WriteAction::ReviewOutput, about).await.unwrap_err().rule.code(), "own-request");

        let outside = reviewer("reviewer");
        let look = world.asks(&outside, Action::ReviewRunOutput, held).await.unwrap();
        assert_eq!(world.catalogue.run_output(&look, "r1-0").await.unwrap().unwrap().path, "outputs/count-0.txt");
        assert_eq!(world.catalogue.run_output(&look, "r2-0").await.unwrap(), None, "only outputs of that run");
        let key = world.may(&outside, WriteAction::ReviewOutput, about).await.unwrap();
        let missing = Err(CatalogueError::NotFound { what: "output" });
        assert_eq!(world.catalogue.review_run_output(&key, "r2-0", OutputVerdict::Release, "x").await, missing);
        assert_eq!(world.catalogue.review_run_output(&key, "r1-0", OutputVerdict::Release, "a count").await, Ok(OutputState::Released));
        assert_eq!(world.catalogue.review_run_output(&key, "r1-1", OutputVerdict::Reject, "reads").await, Ok(OutputState::Rejected));
        let twice = Err(CatalogueError::Conflict { field: "state" });
        assert_eq!(world.catalogue.review_run_output(&key, "r1-1", OutputVerdict::Release, "x").await, twice);

        let released = Resource::RunOutput(Some((&located.run, true)));
        let fetch = world.asks(&caller, Action::ReadRunOutput, released).await.unwrap();
        assert!(world.catalogue.run_output(&fetch, "r1-0").await.unwrap().is_some());
        assert_eq!(world.catalogue.run_output(&fetch, "r1-1").await.unwrap(), None, "a rejected output opens only to reviewers");
        let listed = world.catalogue.run_outputs(&grant).await.unwrap();
        assert_eq!((listed[0].reviewer.as_deref(), listed[0].reason.as_deref()), (Some("reviewer"), Some("a count")));
        assert!(listed[0].decided.is_some());
    }

    async fn tasks_are_read_in_order_from_any_position(world: World) {
        world.with_a_file().await;
        let caller = researcher("researcher");
        world.completed(&caller, "r2").await;
        let grant = world.reads(&caller, "r2").await.unwrap();
        let first = world.catalogue.run_tasks(&grant, 0, 2).await.unwrap();
        assert_eq!(first.iter().map(|t| (t.position, t.name.as_str())).collect::<Vec<_>>(), [(0, "first"), (1, "second")]);
        let rest = world.catalogue.run_tasks(&grant, 2, 2).await.unwrap();
        assert_eq!((rest.len(), rest[0].name.as_str(), rest[0].started, rest[0].ended), (1, "third", Some(Timestamp(1)), None));
        assert_eq!(world.catalogue.run_tasks(&grant, u64::MAX, 2).await.unwrap(), []);
    }
}
