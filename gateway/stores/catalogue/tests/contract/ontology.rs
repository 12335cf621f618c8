use std::collections::{BTreeSet, HashMap};

use gemj_access::WriteAction;
use gemj_model::{OntologyRelease, OntologyTerm};

use crate::world::*;

fn term(id: &str, parents: &[&str]) -> OntologyTerm {
    OntologyTerm {
        id: id.into(),
        label: format!("label of {id}"),
        parents: parents.iter().map(|p| (*p).into()).collect(),
        alternative_ids: Vec::new(),
        obsolete: false,
        replaced_by: None,
    }
}

fn release(version: &str, terms: Vec<OntologyTerm>) -> OntologyRelease {
    OntologyRelease {
        prefix: "HP".into(),
        version: version.into(),
        terms,
    }
}

async fn expand(world: &World, curie: &str, descendants: bool) -> Vec<String> {
    world.catalogue.expand_term(curie, descendants).await.unwrap().ids
}

fn small() -> OntologyRelease {
    let mut child = term("HP:2", &["HP:1"]);
    child.alternative_ids = vec!["HP:20".into(), "HP:3".into()];
    let mut replaced = term("HP:4", &[]);
    (replaced.obsolete, replaced.replaced_by) = (true, Some("HP:5".into()));
    let mut replaced_again = term("HP:5", &[]);
    (replaced_again.obsolete, replaced_again.replaced_by) = (true, Some("HP:2".into()));
    let mut gone = term("HP:6", &[]);
    gone.obsolete = true;
    let mut circle = term("HP:7", &[]);
    (circle.obsolete, circle.replaced_by) = (true, Some("HP:8".into()));
    let mut circle_back = term("HP:8", &[]);
    (circle_back.obsolete, circle_back.replaced_by) = (true, Some("HP:7".into()));
    let leaf = term("HP:3", &["HP:20", "HP:9"]);
    let looped = term("HP:9", &["HP:3"]);
    release(
        "2025-01-16",
        vec![
            term("HP:1", &[]),
            child,
            replaced,
            replaced_again,
            gone,
            circle,
            circle_back,
            leaf,
            looped,
            term("UBERON:1", &["HP:1"]),
        ],
    )
}

contract! {
    async fn alternative_and_replaced_ids_map_to_the_current_term(world: World) {
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &small()).await.unwrap();
        let all = ["HP:2", "HP:20", "HP:4", "HP:5"];
        for asked in all {
            assert_eq!(expand(&world, asked, false).await, all, "{asked}");
        }
        assert_eq!(expand(&world, "HP:6", true).await, ["HP:6"], "an obsolete term without a successor means itself");
        assert_eq!(expand(&world, "HP:7", true).await, ["HP:7"], "a circle of successors ends");
        assert_eq!(expand(&world, "HP:3", false).await, ["HP:3"], "a current term is not an alternative of another term");
        let unknown = world.catalogue.expand_term("HP:99", true).await.unwrap();
        assert_eq!((unknown.ids, unknown.known, unknown.release.as_deref()), (vec!["HP:99".to_owned()], false, Some("2025-01-16")));
        let foreign = world.catalogue.expand_term("OMIM:1", true).await.unwrap();
        assert_eq!((foreign.known, foreign.release), (false, None));
        for odd in ["", "HP", "HP:\0", "no curie"] {
            assert_eq!(expand(&world, odd, true).await, [odd]);
        }
        assert!(!world.catalogue.expand_term("UBERON:1", true).await.unwrap().known);
    }

    async fn descendants_are_found_through_alternative_parents_and_circles(world: World) {
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &small()).await.unwrap();
        assert_eq!(expand(&world, "HP:1", true).await, ["HP:1", "HP:2", "HP:20", "HP:3", "HP:4", "HP:5", "HP:9"]);
        assert_eq!(expand(&world, "HP:4", true).await, ["HP:2", "HP:20", "HP:3", "HP:4", "HP:5", "HP:9"]);
        assert_eq!(expand(&world, "HP:1", false).await, ["HP:1"]);
    }

    async fn a_release_completely_replaces_the_earlier_one(world: World) {
        let key = mandate(WriteAction::LoadOntology);
        world.catalogue.load_ontology(&key, &small()).await.unwrap();
        let other = OntologyRelease { prefix: "MONDO".into(), version: "m1".into(), terms: vec![term("MONDO:1", &[])] };
        world.catalogue.load_ontology(&key, &other).await.unwrap();
        let next = release("2026-01-01", vec![term("HP:1", &[]), term("HP:10", &["HP:1"])]);
        world.catalogue.load_ontology(&key, &next).await.unwrap();
        let expansion = world.catalogue.expand_term("HP:1", true).await.unwrap();
        assert_eq!((expansion.ids, expansion.release.as_deref()), (vec!["HP:1".to_owned(), "HP:10".into()], Some("2026-01-01")));
        assert!(!world.catalogue.expand_term("HP:2", true).await.unwrap().known);
        assert!(world.catalogue.expand_term("MONDO:1", true).await.unwrap().known);
    }

    async fn the_closure_of_a_large_ontology_equals_a_walk(world: World) {
        // An ontology in which terms have several parents. The oracle walks down the edges from each tested term.
        let terms: Vec<_> = (0..4_000u64).map(|n| {
            let parents = if n == 0 { Vec::new() } else { vec![n / 2, n.wrapping_mul(2_654_435_761) / 128 % n] };
            let parents: Vec<_> = parents.iter().map(|p| format!("HP:{p}")).collect();
            term(&format!("HP:{n}"), &parents.iter().map(String::as_str).collect::<Vec<_>>())
        }).collect();
        let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
        for term in &terms {
            for parent in &term.parents {
                children.entry(parent).or_default().push(&term.id);
            }
        }
        let big = release("big", terms.clone());
        let begun = std::time::Instant::now();
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &big).await.unwrap();
        eprintln!("4,000 terms: {} ms", begun.elapsed().as_millis());
        for asked in ["HP:0", "HP:1", "HP:17", "HP:500", "HP:3999"] {
            let (mut below, mut open) = (BTreeSet::new(), vec![asked]);
            while let Some(id) = open.pop() {
                if below.insert(id.to_owned()) {
                    open.extend(children.get(id).into_iter().flatten());
                }
            }
            assert_eq!(expand(&world, asked, true).await, below.into_iter().collect::<Vec<_>>(), "{asked}");
        }
    }
}
