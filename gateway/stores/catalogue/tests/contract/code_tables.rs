//! Code tables: versions, their effect on filters, and codes without a mapping. The oracles are plain loops over the facts and the rows.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{Grant, Job, WriteAction};
use gemj_catalogue::{CatalogueError, CodeTableState, LoadedAs, StatedValue, TermKind, UnmappedCode, WhyUnmapped};
use gemj_model::fact::{CaseRecord, Fact, FactKind, FactSource, FactStatus};
use gemj_model::{
    CodeLabel, CodeMapping, CodeTable, CodeTableChanged, CodeTableKind, CodeTableRow, CodeTableRows, Equivalence, LabelStatus,
    MeasuredValue, OntologyRelease, OntologyTerm, Sex,
};

use crate::world::*;

/// Rows in memory. If `changes` is true, the last row cannot be read.
struct Rows {
    rows: Vec<CodeTableRow>,
    at: usize,
    changes: bool,
}

impl CodeTableRows for Rows {
    fn begin(&mut self) -> Result<(), CodeTableChanged> {
        self.at = 0;
        Ok(())
    }

    fn next_row(&mut self) -> Result<Option<CodeTableRow>, CodeTableChanged> {
        self.at += 1;
        if self.changes && self.at > self.rows.len() {
            return Err(CodeTableChanged);
        }
        Ok(self.rows.get(self.at - 1).cloned())
    }
}

fn rows(rows: Vec<CodeTableRow>) -> Rows {
    Rows {
        rows,
        at: 0,
        changes: false,
    }
}

fn mapping(source: &str, target: &str, equivalence: Equivalence) -> CodeTableRow {
    CodeTableRow::Mapping(CodeMapping {
        source: source.into(),
        source_display: String::new(),
        target_system: target.split_once(':').map_or("", |(prefix, _)| prefix).into(),
        target: target.into(),
        target_display: format!("display of {target}"),
        equivalence,
    })
}

fn label(code: &str, text: &str, status: LabelStatus) -> CodeTableRow {
    CodeTableRow::Label(CodeLabel {
        code: code.into(),
        language: "ja".into(),
        label: text.into(),
        status,
    })
}

fn table(name: &str, version: &str, kind: CodeTableKind, rows: usize) -> CodeTable {
    CodeTable {
        name: name.into(),
        version: version.into(),
        kind,
        licence: "made for tests".into(),
        sha256: format!("{version:0>64}"),
        received: rows as u64,
        refused: 0,
    }
}

async fn load(world: &World, name: &str, version: &str, of: Vec<CodeTableRow>) -> Result<LoadedAs, CatalogueError> {
    let kind = match of.first() {
        Some(CodeTableRow::Label(_)) => CodeTableKind::Labels,
        Some(CodeTableRow::Mapping(_)) | None => CodeTableKind::Map,
    };
    let table = table(name, version, kind, of.len());
    world
        .catalogue
        .load_code_table(&mandate(WriteAction::LoadCodeTable), &table, &mut rows(of))
        .await
}

/// The name, version and state of each listed version, with the number of stored rows.
async fn listed(world: &World) -> Vec<(String, String, CodeTableState, u64)> {
    let tables = world.catalogue.code_tables().await.unwrap();
    let shown = tables.into_iter().map(|table| {
        assert_eq!(table.licence, "made for tests");
        assert_eq!(table.ended.is_none(), table.state == CodeTableState::InUse);
        let stored = table.parts.iter().map(|part| part.rows).sum();
        (table.name, table.version, table.state, stored)
    });
    shown.collect()
}

fn fact(kind: FactKind, code: &str, status: FactStatus) -> Fact {
    Fact {
        kind,
        code: code.into(),
        label: String::new(),
        status,
        onset: None,
        value: None,
        observed: None,
        details: Vec::new(),
    }
}

fn case(in_dataset: &str, participant: &str, facts: Vec<Fact>) -> CaseRecord {
    CaseRecord {
        dataset: dataset(in_dataset),
        participant: person(participant),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts,
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "test".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{:0>64}", participant.len()),
            mapping_version: "1".into(),
        },
    }
}

async fn commit(world: &World, record: CaseRecord) {
    world.catalogue.commit_case(&mandate(WriteAction::Ingest), &record).await.unwrap();
}

async fn with_facts(world: &World, grant: &Grant, code: &str, descendants: bool) -> Vec<u32> {
    let shown = world
        .catalogue
        .show_terms(grant, &dataset("cancer"), |view| view.with_facts(code, descendants))
        .await;
    shown.unwrap().unwrap().iter().collect()
}

/// A small random number generator that gives the same numbers in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}

const PEOPLE: [&str; 8] = ["P", "PP", "PPP", "PPPP", "PPPPP", "PPPPPP", "PPPPPPP", "PPPPPPPP"];

contract! {
    async fn one_version_of_a_name_is_in_use_and_earlier_versions_stay_listed(world: World) {
        let first = vec![mapping("A:1", "B:1", Equivalence::Equal), mapping("A:2", "", Equivalence::Unmatched)];
        assert_eq!(load(&world, "a-b", "1", first.clone()).await, Ok(LoadedAs::New));
        assert_eq!(load(&world, "a-b", "1", first.clone()).await, Ok(LoadedAs::Already));
        let second = vec![mapping("A:1", "B:2", Equivalence::Wider)];
        assert_eq!(load(&world, "a-b", "2", second).await, Ok(LoadedAs::Replaced { version: "1".into() }));
        let of = |version: &str, state, rows| ("a-b".to_owned(), version.to_owned(), state, rows);
        assert_eq!(listed(&world).await, [of("1", CodeTableState::Replaced, 0), of("2", CodeTableState::InUse, 1)]);
        let found = world.catalogue.code_mappings(&BTreeSet::from(["A:1", "A:2", "x\0"])).await.unwrap();
        let found: Vec<_> = found.values().flatten().map(|found| (found.mapping.target.as_str(), found.version.as_str())).collect();
        assert_eq!(found, [("B:2", "2")]);
        // A version has one content, also after it was replaced. The earlier content can be loaded again.
        let mut other = table("a-b", "1", CodeTableKind::Map, 2);
        other.sha256 = "f".repeat(64);
        let key = mandate(WriteAction::LoadCodeTable);
        let refused = world.catalogue.load_code_table(&key, &other, &mut rows(first.clone())).await;
        assert_eq!(refused, Err(CatalogueError::Conflict { field: "version" }));
        assert_eq!(load(&world, "a-b", "1", first).await, Ok(LoadedAs::Replaced { version: "2".into() }));
        assert_eq!(world.catalogue.remove_code_table(&key, "a-b").await, Ok("1".into()));
        assert_eq!(world.catalogue.remove_code_table(&key, "a-b").await, Err(CatalogueError::NotFound { what: "code table" }));
        let states: BTreeMap<String, CodeTableState> = listed(&world).await.into_iter().map(|(_, version, state, _)| (version, state)).collect();
        assert_eq!(states, BTreeMap::from([("1".into(), CodeTableState::Removed), ("2".into(), CodeTableState::Replaced)]));
        assert!(world.catalogue.code_mappings(&BTreeSet::from(["A:1"])).await.unwrap().is_empty());
        let labels = vec![label("A:1", "一", LabelStatus::Official)];
        assert_eq!(load(&world, "a-b", "3", labels).await, Err(CatalogueError::Conflict { field: "kind" }));
    }

    async fn a_table_without_version_or_licence_and_a_table_that_changes_are_not_loaded(world: World) {
        let key = mandate(WriteAction::LoadCodeTable);
        let of = || vec![mapping("A:1", "B:1", Equivalence::Equal)];
        for field in ["name", "version", "licence"] {
            let mut table = table("a-b", "1", CodeTableKind::Map, 1);
            match field {
                "name" => table.name.clear(),
                "version" => table.version = " ".into(),
                _ => table.licence.clear(),
            }
            let refused = world.catalogue.load_code_table(&key, &table, &mut rows(of())).await;
            assert_eq!(refused, Err(CatalogueError::Invalid { field }));
        }
        let table = table("a-b", "1", CodeTableKind::Map, 1);
        let wrong = world.catalogue.load_code_table(&mandate(WriteAction::LoadOntology), &table, &mut rows(of())).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
        let mut changing = Rows { changes: true, ..rows(of()) };
        let refused = world.catalogue.load_code_table(&key, &table, &mut changing).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "rows" }));
        let mut short = table.clone();
        short.received = 2;
        let refused = world.catalogue.load_code_table(&key, &short, &mut rows(of())).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "rows" }), "a row would be lost");
        let of_labels = vec![label("A:1", "一", LabelStatus::Official)];
        let refused = world.catalogue.load_code_table(&key, &table, &mut rows(of_labels)).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "rows" }));
        assert_eq!(listed(&world).await, []);
    }

    async fn a_table_of_many_rows_is_loaded_and_replaced_completely(world: World) {
        let many = |count: usize, target: &str| (0..count).map(|n| mapping(&format!("A:{n}"), target, Equivalence::Equal)).collect();
        load(&world, "a-b", "1", many(45_001, "B:1")).await.unwrap();
        load(&world, "a-b", "2", many(2_048, "B:2")).await.unwrap();
        let asked = BTreeSet::from(["A:0", "A:2047", "A:2048", "A:45000"]);
        let found = world.catalogue.code_mappings(&asked).await.unwrap();
        let found: BTreeMap<&str, &str> = found.iter().map(|(code, of)| (code.as_str(), of[0].mapping.target.as_str())).collect();
        assert_eq!(found, BTreeMap::from([("A:0", "B:2"), ("A:2047", "B:2")]));
        assert_eq!(listed(&world).await[1].3, 2_048);
    }

    async fn official_labels_come_first(world: World) {
        let of = vec![label("HP:1", "候補", LabelStatus::Candidate), label("HP:1", "正式", LabelStatus::Official)];
        load(&world, "hp-ja", "1", of).await.unwrap();
        let labels = world.catalogue.code_labels("HP:1").await.unwrap();
        let labels: Vec<_> = labels.iter().map(|found| (found.label.label.as_str(), found.label.status)).collect();
        assert_eq!(labels, [("正式", LabelStatus::Official), ("候補", LabelStatus::Candidate)]);
        assert!(world.catalogue.code_labels("HP:2").await.unwrap().is_empty() && world.catalogue.code_labels("\0").await.unwrap().is_empty());
    }

    async fn filters_by_targets_equal_a_loop_over_facts_and_rows_after_each_change(world: World) {
        world.approve().await;
        let mut numbers = Numbers(20_261_125);
        let statuses = FactStatus::ALL;
        let mut matched = 0;
        for round in 0..12_usize {
            let mut stored: Vec<(u32, Fact)> = Vec::new();
            for (ordinal, participant) in (0..).zip(PEOPLE) {
                let facts: Vec<Fact> = (0..1 + numbers.below(4)).map(|_| {
                    let kind = [FactKind::Disease, FactKind::Phenotype, FactKind::Measurement, FactKind::FamilyHistory][numbers.below(4)];
                    let status = if numbers.below(3) > 0 { FactStatus::Present } else { statuses[numbers.below(statuses.len())] };
                    let code = [format!("ICD10:A0{}", numbers.below(6)), format!("MONDO:{}", numbers.below(6))][numbers.below(2)].clone();
                    fact(kind, &code, status)
                }).collect();
                stored.extend(facts.iter().map(|fact| (ordinal, fact.clone())));
                let mut record = case("cancer", participant, facts);
                record.source.sha256 = format!("{:0>64}", 1_000 * round + participant.len());
                commit(&world, record).await;
            }
            if round == 0 {
                world.consent_all(&PEOPLE).await;
            }
            let mut table: Vec<(String, String, Equivalence)> = Vec::new();
            for source in 0..6 {
                for target in 0..6 {
                    if numbers.below(4) == 0 {
                        table.push((format!("ICD10:A0{source}"), format!("MONDO:{target}"), Equivalence::ALL[numbers.below(4)]));
                    }
                }
            }
            table.push(("ICD10:Z99".into(), "MONDO:99".into(), Equivalence::Equal));
            let of: Vec<CodeTableRow> = table.iter().map(|(source, target, kind)| mapping(source, target, *kind)).collect();
            load(&world, "icd10-mondo", &round.to_string(), of).await.unwrap();
            // In half of the rounds an ontology is loaded, in which MONDO:n is a child of MONDO:n-1.
            let has_ontology = round % 4 > 1;
            if round % 4 == 2 {
                let terms = (0..6).map(|n| OntologyTerm {
                    id: format!("MONDO:{n}"),
                    label: String::new(),
                    parents: if n == 0 { Vec::new() } else { vec![format!("MONDO:{}", n - 1)] },
                    alternative_ids: Vec::new(),
                    obsolete: false,
                    replaced_by: None,
                }).collect();
                let release = OntologyRelease { prefix: "MONDO".into(), version: round.to_string(), terms };
                world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
            } else if round % 4 == 0 {
                let release = OntologyRelease { prefix: "MONDO".into(), version: round.to_string(), terms: Vec::new() };
                world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
            }
            let grant = world.grant(&["cancer"]).await;
            for asked in (0..6).map(|n| format!("MONDO:{n}")).chain((0..6).map(|n| format!("ICD10:A0{n}"))) {
                for descendants in [false, true] {
                    let is = |code: &str| {
                        let is_below = || {
                            let number = |code: &str| code.strip_prefix("MONDO:").and_then(|n| n.parse::<u32>().ok());
                            number(code).zip(number(&asked)).is_some_and(|(code, asked)| code >= asked && code < 6)
                        };
                        code == asked || (descendants && has_ontology && is_below())
                    };
                    let mut expected = BTreeSet::new();
                    for (ordinal, fact) in &stored {
                        if fact.status != FactStatus::Present || fact.kind == FactKind::FamilyHistory {
                            continue;
                        }
                        let follows = table.iter().any(|(source, target, kind)| {
                            *source == fact.code && ["equal", "wider"].contains(&kind.as_str()) && is(target)
                        });
                        if is(&fact.code) || follows {
                            expected.insert(*ordinal);
                        }
                        matched += usize::from(follows && !is(&fact.code));
                    }
                    let expected: Vec<u32> = expected.into_iter().collect();
                    assert_eq!(with_facts(&world, &grant, &asked, descendants).await, expected, "round {round}: {asked} {descendants}");
                }
            }
        }
        assert!(matched > 50, "only {matched} facts matched by a table: the test is too weak");
        world.catalogue.remove_code_table(&mandate(WriteAction::LoadCodeTable), "icd10-mondo").await.unwrap();
        let grant = world.grant(&["cancer"]).await;
        assert!(with_facts(&world, &grant, "MONDO:99", false).await.is_empty());
    }

    async fn a_fact_that_changes_after_the_load_is_joined_with_the_table(world: World) {
        world.approve().await;
        load(&world, "a-b", "1", vec![mapping("ICD10:A00", "MONDO:1", Equivalence::Equal)]).await.unwrap();
        commit(&world, case("cancer", "P", vec![])).await;
        commit(&world, case("cancer", "PP", vec![fact(FactKind::Disease, "ICD10:A00", FactStatus::Present)])).await;
        world.consent_all(&["P", "PP"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(with_facts(&world, &grant, "MONDO:1", true).await, [1]);
        let mut later = case("cancer", "P", vec![fact(FactKind::Disease, "ICD10:A00", FactStatus::Present)]);
        later.source.sha256 = "e".repeat(64);
        commit(&world, later).await;
        assert_eq!(with_facts(&world, &grant, "MONDO:1", true).await, [0, 1]);
        let other = case("cancer", "PP", vec![fact(FactKind::Disease, "ICD10:A00", FactStatus::Excluded)]);
        commit(&world, CaseRecord { source: FactSource { sha256: "d".repeat(64), ..other.source.clone() }, ..other }).await;
        assert_eq!(with_facts(&world, &grant, "MONDO:1", true).await, [0]);
    }

    async fn the_value_of_a_measurement_is_found_by_the_target_of_its_code(world: World) {
        world.approve().await;
        let of = vec![
            mapping("JLAC10:1", "LOINC:1", Equivalence::Equal),
            mapping("JLAC10:2", "LOINC:1", Equivalence::Narrower),
        ];
        load(&world, "jlac10-loinc", "1", of).await.unwrap();
        let value = |code: &str, number: &str| Fact {
            value: Some(MeasuredValue::Quantity { comparator: None, number: number.into(), unit: "g/dL".into() }),
            ..fact(FactKind::Measurement, code, FactStatus::Present)
        };
        commit(&world, case("cancer", "P", vec![value("JLAC10:1", "12")])).await;
        commit(&world, case("cancer", "PP", vec![value("JLAC10:2", "12")])).await;
        commit(&world, case("cancer", "PPP", vec![value("LOINC:1", "12")])).await;
        commit(&world, case("cancer", "PPPP", vec![value("JLAC10:1", "9")])).await;
        world.consent_all(&["P", "PP", "PPP", "PPPP"]).await;
        let grant = world.grant(&["cancer"]).await;
        let codes = BTreeSet::from(["LOINC:1".to_owned()]);
        let judge = |value: &StatedValue| Some(value.number.as_deref() == Some("12"));
        let split = world.catalogue.show_terms(&grant, &dataset("cancer"), |view| view.by_value(TermKind::Measurement, Some(&codes), judge)).await;
        let split = split.unwrap().unwrap();
        assert_eq!((split.wanted.iter().collect::<Vec<_>>(), split.others.iter().collect::<Vec<_>>()), (vec![0, 2], vec![3]));
        let terms = world.catalogue.stored_terms(&grant, &dataset("cancer")).await.unwrap();
        let loinc = terms.iter().find(|term| term.code == "LOINC:1").unwrap();
        assert_eq!(loinc.people.iter().collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(loinc.received_labels.keys().collect::<Vec<_>>(), ["display of LOINC:1"]);
    }

    async fn codes_without_a_mapping_are_listed_with_the_number_of_facts(world: World) {
        let of = vec![
            mapping("ICD10:A00", "MONDO:1", Equivalence::Inexact),
            mapping("ICD10:A01", "", Equivalence::Unmatched),
        ];
        load(&world, "icd10-mondo", "1", of).await.unwrap();
        load(&world, "hp-ja", "1", vec![label("HP:1", "一", LabelStatus::Official)]).await.unwrap();
        let present = |code: &str| fact(FactKind::Disease, code, FactStatus::Present);
        commit(&world, case("cancer", "P", vec![present("ICD10:A00"), present("ICD10:A01"), present("ICD10:A02"), present("HP:1")])).await;
        commit(&world, case("cancer", "PP", vec![present("ICD10:A02"), fact(FactKind::Disease, "ICD10:A02", FactStatus::Excluded)])).await;
        commit(&world, case("rare-disease", "PPP", vec![present("HP:1"), present("ICD10:A02")])).await;
        let unmapped = |code: &str, facts, why| UnmappedCode { code: code.into(), facts, why };
        let key = upkeep(Job::Inventory);
        assert_eq!(world.catalogue.unmapped_codes(key, None).await.unwrap(), [
            unmapped("ICD10:A02", 4, WhyUnmapped::NotInTable),
            unmapped("HP:1", 2, WhyUnmapped::NoTable),
            unmapped("ICD10:A01", 1, WhyUnmapped::Unmatched),
        ]);
        assert_eq!(world.catalogue.unmapped_codes(key, Some(&dataset("rare-disease"))).await.unwrap(), [
            unmapped("HP:1", 1, WhyUnmapped::NoTable),
            unmapped("ICD10:A02", 1, WhyUnmapped::NotInTable),
        ]);
        assert_eq!(world.catalogue.unmapped_codes(upkeep(Job::Audit), None).await, Err(CatalogueError::WrongKey));
        world.catalogue.remove_code_table(&mandate(WriteAction::LoadCodeTable), "icd10-mondo").await.unwrap();
        let all = world.catalogue.unmapped_codes(key, None).await.unwrap();
        assert!(all.len() == 4 && all.iter().all(|code| code.why == WhyUnmapped::NoTable), "{all:?}");
    }
}
