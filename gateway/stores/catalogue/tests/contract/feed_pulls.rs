//! The pulls of capture systems: how far the log was read, and the stored units whose records were listed.

use std::collections::HashSet;

use gemj_access::WriteAction;
use gemj_catalogue::{CatalogueError, LastPull, PullResult, PullScope};
use gemj_model::fact::{CaseRecord, FactSource, VOID};
use gemj_model::{Sex, SiteId, Timestamp};

use crate::world::*;

fn scope(namespace: &str) -> PullScope {
    PullScope {
        dataset: dataset("cancer"),
        site: SiteId::parse("hospital-a").unwrap(),
        namespace: namespace.into(),
    }
}

fn result(project: &str, as_of: Option<i64>, add: &[&str], remove: &[&str]) -> PullResult {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    PullResult {
        project: project.into(),
        as_of: as_of.map(Timestamp),
        run: "run".into(),
        add: texts(add),
        remove: texts(remove),
    }
}

fn set(list: &[&str]) -> HashSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

contract! {
    async fn the_time_of_a_pull_only_moves_forward_until_another_project_is_pulled(world: World) {
        let (ingest, catalogue) = (mandate(WriteAction::Ingest), &world.catalogue);
        let last = |project: &str, as_of| Some(LastPull { project: project.into(), as_of: Timestamp(as_of) });
        assert_eq!(catalogue.last_pull(&ingest, &scope("edc")).await.unwrap(), None);
        for (pull, expected) in [
            (result("A", None, &["u1", "u2"], &[]), last("A", 0)),
            (result("A", Some(50), &["u2", "u3"], &["u1"]), last("A", 50)),
            (result("A", Some(40), &[], &[]), last("A", 50)),
            (result("A", None, &[], &["absent"]), last("A", 50)),
            (result("B", None, &[], &[]), last("B", 0)),
        ] {
            catalogue.end_pull(&ingest, &scope("edc"), &pull).await.unwrap();
            assert_eq!(catalogue.last_pull(&ingest, &scope("edc")).await.unwrap(), expected);
        }
        assert_eq!(catalogue.pulled_units(&ingest, &scope("edc")).await.unwrap(), set(&["u2", "u3"]));
        assert_eq!(catalogue.last_pull(&ingest, &scope("other")).await.unwrap(), None);
        assert_eq!(catalogue.pulled_units(&ingest, &scope("other")).await.unwrap(), set(&[]));
        let many: Vec<String> = (0..5_000).map(|number| format!("m{number}")).collect();
        let pull = PullResult { add: many.clone(), ..result("B", Some(60), &[], &["u2", "u3"]) };
        catalogue.end_pull(&ingest, &scope("edc"), &pull).await.unwrap();
        assert_eq!(catalogue.pulled_units(&ingest, &scope("edc")).await.unwrap(), many.iter().cloned().collect());
        let pull = PullResult { remove: many, ..result("B", Some(60), &[], &[]) };
        catalogue.end_pull(&ingest, &scope("edc"), &pull).await.unwrap();
        assert_eq!(catalogue.pulled_units(&ingest, &scope("edc")).await.unwrap(), set(&[]));
        let load = mandate(WriteAction::Load);
        assert_eq!(catalogue.last_pull(&load, &scope("edc")).await, Err(CatalogueError::WrongKey));
        assert_eq!(catalogue.pulled_units(&load, &scope("edc")).await, Err(CatalogueError::WrongKey));
        assert_eq!(catalogue.end_pull(&load, &scope("edc"), &result("B", None, &[], &[])).await, Err(CatalogueError::WrongKey));
    }

    async fn a_void_unit_and_a_unit_of_another_dataset_are_not_current(world: World) {
        let (ingest, catalogue) = (mandate(WriteAction::Ingest), &world.catalogue);
        let load = mandate(WriteAction::Load);
        for (of, unit, sha256) in [
            ("cancer", "current", "a".repeat(64)),
            ("cancer", "void", format!("{VOID}{}", "b".repeat(64))),
            ("rare-disease", "elsewhere", "c".repeat(64)),
        ] {
            let record = CaseRecord {
                dataset: dataset(of), participant: person("P0"), family: None, sex: Sex::Unknown, born: None, age_at_last_encounter: None,
                facts: Vec::new(), carriers: Vec::new(), specimens: Vec::new(),
                source: FactSource {
                    site: None,
                    profile: "redcap".into(), unit: unit.into(), earlier_unit: None, version: String::new(), sha256, mapping_version: "1".into(),
                },
            };
            let _ = catalogue.commit_case(&ingest, &record).await.unwrap();
        }
        let asked: Vec<String> = ["current", "void", "elsewhere", "absent"].map(str::to_owned).into();
        assert_eq!(catalogue.current_units(&ingest, &dataset("cancer"), &asked).await.unwrap(), set(&["current"]));
        assert_eq!(catalogue.current_units(&load, &dataset("cancer"), &asked).await, Err(CatalogueError::WrongKey));
    }
}
