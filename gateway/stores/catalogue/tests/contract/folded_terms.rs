//! Tests that the cached, folded terms equal the result of a loop over the facts and the edges of the ontology, after any change.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::WriteAction;
use gemj_catalogue::{Catalogue, TermKind};
use gemj_model::fact::{CaseRecord, Fact, FactKind, FactSource, FactStatus};
use gemj_model::{OntologyRelease, OntologyTerm, Sex, SpecimenId, SpecimenStatement};
use roaring::RoaringBitmap;

use crate::world::*;

/// A small random number generator that gives the same numbers in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// A random ontology. The parents of each term are earlier terms, so a term can have several paths to an ancestor.
fn ontology(numbers: &mut Numbers, version: usize) -> OntologyRelease {
    let count = 12 + numbers.below(8);
    let terms = (0..count).map(|at| {
        let parents: BTreeSet<usize> = (0..numbers.below(3)).filter(|_| at > 0).map(|_| numbers.below(at.max(1))).collect();
        let obsolete = at > 4 && numbers.one_in(6);
        OntologyTerm {
            id: format!("HP:{at}"),
            label: if numbers.one_in(4) { String::new() } else { format!("Term {at}") },
            parents: parents.into_iter().map(|parent| format!("HP:{parent}")).collect(),
            alternative_ids: if numbers.one_in(3) {
                vec![format!("HP:{}", 100 + at)]
            } else {
                Vec::new()
            },
            obsolete,
            replaced_by: (obsolete && numbers.one_in(2)).then(|| format!("HP:{}", at - 1)),
        }
    });
    OntologyRelease {
        prefix: "HP".into(),
        version: version.to_string(),
        terms: terms.collect(),
    }
}

/// The current term for a stored id, computed only from the release's edges: the id's last replacement, or the term with this alternative id.
fn meaning(release: &OntologyRelease, id: &str) -> Option<String> {
    let by_id: BTreeMap<&str, &OntologyTerm> = release.terms.iter().map(|term| (term.id.as_str(), term)).collect();
    let mut term = by_id.get(id).copied().or_else(|| {
        release
            .terms
            .iter()
            .find(|term| term.alternative_ids.iter().any(|other| other == id))
    })?;
    while let Some(next) = term.replaced_by.as_deref().filter(|_| term.obsolete) {
        term = by_id[next];
    }
    Some(term.id.clone())
}

/// The ancestors of a term including the term itself, found by walking the edges. An obsolete term has no ancestors.
fn above(release: &OntologyRelease, id: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([id.to_owned()]);
    let term = release.terms.iter().find(|term| term.id == id).unwrap();
    if !term.obsolete {
        for parent in &term.parents {
            if let Some(parent) = meaning(release, parent) {
                found.extend(above(release, &parent));
            }
        }
    }
    found
}

/// Whether a stored code matches a filter with the code `asked`.
fn matches(release: &OntologyRelease, stored: &str, asked: &str, descendants: bool) -> bool {
    match (meaning(release, asked), meaning(release, stored)) {
        (None, _) => stored == asked,
        (Some(asked), Some(stored)) if descendants => above(release, &stored).contains(&asked),
        (Some(asked), Some(stored)) => asked == stored,
        (Some(_), None) => false,
    }
}

/// The data of one participant that the test has stored, from which it computes the expected answers.
#[derive(Clone, Default)]
struct Truth {
    facts: Vec<(FactKind, String, FactStatus)>,
    specimens: Vec<String>,
    sex: Option<Sex>,
    consented: bool,
    /// Whether the participant has withdrawn. The test does not cover a new consent after a withdrawal.
    withdrawn: bool,
}

fn name(person: usize) -> String {
    format!("P{person}")
}

fn random_code(numbers: &mut Numbers) -> String {
    match numbers.below(5) {
        0 => format!("HP:{}", 100 + numbers.below(20)),
        1 => format!("OMIM:{}", numbers.below(4)),
        _ => format!("HP:{}", numbers.below(22)),
    }
}

async fn take_in(world: &World, numbers: &mut Numbers, person: usize, unit: usize, truth: &mut Truth) {
    let kinds = [FactKind::Phenotype, FactKind::Disease, FactKind::Measurement];
    let statuses = [FactStatus::Present, FactStatus::Present, FactStatus::Excluded];
    truth.facts = (0..numbers.below(5))
        .map(|_| (kinds[numbers.below(3)], random_code(numbers), statuses[numbers.below(3)]))
        .collect();
    truth.specimens = (0..numbers.below(2)).map(|_| random_code(numbers)).collect();
    truth.sex = truth.sex.or([None, Some(Sex::Female), Some(Sex::Male)][numbers.below(3)]);
    let facts = truth.facts.iter().map(|(kind, code, status)| Fact {
        kind: *kind,
        code: code.clone(),
        label: format!("received {code}"),
        status: *status,
        onset: None,
        value: None,
        observed: None,
        details: Vec::new(),
    });
    let specimens = truth.specimens.iter().map(|code| SpecimenStatement {
        id: SpecimenId::parse(&format!("{}-S", name(person))).unwrap(),
        kind_code: code.clone(),
        kind_label: String::new(),
        collected: None,
        body_site: None,
        storage: None,
        parent: None,
        steps: Vec::new(),
    });
    let record = CaseRecord {
        dataset: dataset("cancer"),
        participant: crate::world::person(&name(person)),
        family: None,
        sex: truth.sex.unwrap_or(Sex::Unknown),
        born: None,
        age_at_last_encounter: None,
        facts: facts.collect(),
        carriers: Vec::new(),
        specimens: specimens.collect(),
        source: FactSource {
            site: None,
            profile: "test".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{:0>64}", unit),
            mapping_version: "1".into(),
        },
    };
    world.catalogue.commit_case(&mandate(WriteAction::Ingest), &record).await.unwrap();
}

/// Compares the answers for all terms, with and without descendants, with the expected answers.
async fn compare(world: &World, catalogue: &Catalogue, release: &OntologyRelease, truths: &[Truth]) -> usize {
    let grant = world.grant(&["cancer"]).await;
    let asked: Vec<String> = (0..22)
        .map(|at| format!("HP:{at}"))
        .chain((100..120).map(|at| format!("HP:{at}")))
        .chain((0..4).map(|at| format!("OMIM:{at}")))
        .collect();
    let mut compared = 0;
    // The participants were registered in order. Their ordinals therefore equal their positions in `truths`.
    let expect = |holds: &dyn Fn(&Truth) -> bool| -> RoaringBitmap {
        let people = truths.iter().enumerate().filter(|(_, truth)| truth.consented && holds(truth));
        people.map(|(person, _)| person as u32).collect()
    };
    for asked in &asked {
        for descendants in [true, false] {
            let (facts, specimens) = catalogue
                .show_terms(&grant, &dataset("cancer"), |view| {
                    (view.with_facts(asked, descendants), view.with_specimens(asked, descendants))
                })
                .await
                .unwrap()
                .unwrap();
            let stated = expect(&|truth: &Truth| {
                let present = truth.facts.iter().filter(|(_, _, status)| *status == FactStatus::Present);
                present.into_iter().any(|(_, code, _)| matches(release, code, asked, descendants))
            });
            assert_eq!(facts, stated, "{asked} {descendants}");
            let taken = expect(&|truth: &Truth| truth.specimens.iter().any(|code| matches(release, code, asked, descendants)));
            assert_eq!(specimens, taken, "specimens of {asked} {descendants}");
            compared += usize::from(!facts.is_empty()) + usize::from(!specimens.is_empty());
        }
    }
    for (kind, fact_kind) in [
        (TermKind::Phenotype, FactKind::Phenotype),
        (TermKind::Disease, FactKind::Disease),
        (TermKind::Measurement, FactKind::Measurement),
    ] {
        for term in catalogue.stored_terms(&grant, &dataset("cancer")).await.unwrap() {
            if term.kind != kind {
                continue;
            }
            let in_use = |code: &str| meaning(release, code).unwrap_or_else(|| code.to_owned());
            let stated = expect(&|truth: &Truth| {
                let present = truth.facts.iter().filter(|(_, _, status)| *status == FactStatus::Present);
                present
                    .into_iter()
                    .any(|(of, code, _)| *of == fact_kind && in_use(code) == term.code)
            });
            assert_eq!(term.people, stated, "{} as {kind:?}", term.code);
        }
    }
    for sex in [Sex::Female, Sex::Male] {
        let found = catalogue.participants_by_sex(&grant, &dataset("cancer"), &[sex]).await.unwrap();
        assert_eq!(found, expect(&|truth: &Truth| truth.sex == Some(sex)), "{sex:?}");
    }
    compared
}

contract! {
    async fn folded_terms_equal_a_loop_over_facts_and_edges_in_every_process(world: World) {
        world.approve().await;
        let mut numbers = Numbers(0x5EED_0F7E_4215);
        let other = world.open_again().await;
        let mut truths: Vec<Truth> = Vec::new();
        let mut compared = 0;
        let mut release = ontology(&mut numbers, 0);
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
        for person in 0..20 {
            let mut truth = Truth::default();
            take_in(&world, &mut numbers, person, person, &mut truth).await;
            truths.push(truth);
        }
        for round in 1..12 {
            // Loads another ontology release, sometimes with the same version name as the earlier release.
            if numbers.one_in(3) {
                release = ontology(&mut numbers, round / 2);
                world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
            }
            for taken in 0..numbers.below(4) {
                let person = numbers.below(truths.len());
                take_in(&world, &mut numbers, person, 100 * round + taken, &mut truths[person]).await;
            }
            let person = numbers.below(truths.len());
            if truths[person].consented && numbers.one_in(2) {
                append(&world.catalogue, &[withdrawn(&name(person))]).await;
                truths[person].consented = false;
                truths[person].withdrawn = true;
            } else {
                let some = (0..6).map(|_| numbers.below(truths.len())).filter(|person| !truths[*person].withdrawn);
                let some: Vec<String> = some.map(name).collect();
                let some: Vec<&str> = some.iter().map(String::as_str).collect();
                world.consent_all(&some).await;
                for (person, truth) in truths.iter_mut().enumerate() {
                    truth.consented |= some.contains(&name(person).as_str());
                }
            }
            compared += compare(&world, &world.catalogue, &release, &truths).await;
            compared += compare(&world, &other, &release, &truths).await;
        }
        assert!(compared > 500, "{compared}: too few matches");
        other.close().await;
    }

    async fn a_unit_that_moves_to_another_participant_moves_its_facts(world: World) {
        world.approve().await;
        let about = |participant: &str, sha256: char| CaseRecord {
            dataset: dataset("cancer"),
            participant: person(participant),
            family: None,
            sex: Sex::Unknown,
            born: None,
            age_at_last_encounter: None,
            facts: vec![Fact {
                kind: FactKind::Phenotype,
                code: "HP:1".into(),
                label: String::new(),
                status: FactStatus::Present,
                onset: None,
                value: None,
                observed: None, details: Vec::new(),
            }],
            carriers: Vec::new(),
            specimens: Vec::new(),
            source: FactSource {
                site: None,
                profile: "test".into(),
                unit: "packet 1".into(),
                earlier_unit: None,
                version: String::new(),
                sha256: sha256.to_string().repeat(64),
                mapping_version: "1".into(),
            },
        };
        let take = async |record: CaseRecord| world.catalogue.commit_case(&mandate(WriteAction::Ingest), &record).await.unwrap();
        take(about("P0", '0')).await;
        world.consent_all(&["P0", "P1"]).await;
        let found = async || {
            let grant = world.grant(&["cancer"]).await;
            let shown = world.catalogue.show_terms(&grant, &dataset("cancer"), |view| view.with_facts("HP:1", true)).await;
            shown.unwrap().unwrap().iter().collect::<Vec<u32>>()
        };
        assert_eq!(found().await, [0]);
        take(about("P1", '1')).await;
        assert_eq!(found().await, [1]);
    }
}
