use gemj_access::WriteAction;
use gemj_catalogue::{GeneLookup, NameQuestion};
use gemj_model::{Allele, AlleleName, Assembly, Contig, DatasetId, Gene, GeneInterval, GeneModel, ObjectId, ZeroBased};

use crate::world::*;

fn interval(contig: &str, start: u64, end: u64) -> GeneInterval {
    GeneInterval {
        contig: Contig(contig.into()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

fn gene(symbol: &str, identifiers: &[&str], aliases: &[&str], intervals: &[GeneInterval]) -> Gene {
    let texts = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    Gene {
        symbol: symbol.into(),
        identifiers: texts(identifiers),
        aliases: texts(aliases),
        intervals: intervals.to_vec(),
    }
}

fn model(assembly: Assembly, version: &str, genes: Vec<Gene>) -> GeneModel {
    GeneModel {
        assembly,
        version: version.into(),
        genes,
    }
}

fn small() -> GeneModel {
    model(
        Assembly::GRCh38,
        "44",
        vec![
            gene(
                "BRAF",
                &["HGNC:1097", "ENSG00000157764"],
                &["RAFB1", "SHARED"],
                &[interval("7", 100, 200), interval("7", 150, 260), interval("7", 260, 270)],
            ),
            gene("C9orf72", &[], &["SHARED", "BRAF", "ALSFTD"], &[interval("9", 5, 9)]),
            gene("SHOX", &[], &["GCFX"], &[interval("Y", 3, 4), interval("X", 1, 2)]),
        ],
    )
}

async fn found(world: &World, name: &str) -> (String, Vec<GeneInterval>) {
    match world.catalogue.gene(Assembly::GRCh38, name).await.unwrap() {
        GeneLookup::Found(locus) => (locus.symbol, locus.intervals),
        other => panic!("{name}: {other:?}"),
    }
}

fn allele(contig: &str, start: u64, reference: &str, alternate: &str) -> Allele {
    Allele {
        contig: Contig(contig.into()),
        start: ZeroBased(start),
        end: ZeroBased(start + reference.len() as u64),
        reference: reference.into(),
        alternate: alternate.into(),
        inserted: None,
    }
}

fn name(allele: &Allele, change: &str, gene: &str, sequence: &str) -> AlleleName {
    AlleleName {
        allele: allele.clone(),
        change: change.into(),
        gene: gene.into(),
        sequence: sequence.into(),
        consequence: "missense_variant".into(),
    }
}

async fn named(world: &World, change: &str, genes: Option<&[String]>, sequence: Option<&str>) -> Vec<(String, u64)> {
    let question = NameQuestion {
        assembly: Assembly::GRCh38,
        change,
        genes,
        sequence,
        limit: 50,
    };
    let found = world.catalogue.alleles_named(&question).await.unwrap();
    found
        .into_iter()
        .map(|(dataset, allele)| (dataset.as_str().to_owned(), allele.start.0))
        .collect()
}

/// States a file's names in parts of 10,000.
async fn state(world: &World, object: &ObjectId, dataset: &DatasetId, names: &[AlleleName], left_out: &[(&str, u64)]) {
    let key = mandate(WriteAction::Load);
    world.catalogue.begin_allele_names(&key, object, left_out).await.unwrap();
    for some in names.chunks(gemj_catalogue::PART_NAMES) {
        world
            .catalogue
            .add_allele_names(&key, object, dataset, Assembly::GRCh38, some)
            .await
            .unwrap();
    }
}

contract! {
    async fn a_gene_is_found_by_its_own_names_before_another_s_alias(world: World) {
        assert_eq!(world.catalogue.gene(Assembly::GRCh38, "BRAF").await.unwrap(), GeneLookup::NoModel);
        world.catalogue.load_gene_model(&mandate(WriteAction::LoadOntology), &small()).await.unwrap();
        for asked in ["BRAF", "braf", "HGNC:1097", "ENSG00000157764.14", "ensg00000157764", "RAFB1"] {
            assert_eq!(found(&world, asked).await, ("BRAF".into(), vec![interval("7", 100, 270)]), "{asked}");
        }
        assert_eq!(found(&world, "C9ORF72").await.0, "C9orf72");
        assert_eq!(found(&world, "GCFX").await, ("SHOX".into(), vec![interval("X", 1, 2), interval("Y", 3, 4)]));
        let ambiguous = GeneLookup::Ambiguous(vec!["BRAF".into(), "C9orf72".into()]);
        assert_eq!(world.catalogue.gene(Assembly::GRCh38, "shared").await.unwrap(), ambiguous);
        for unknown in ["", "NOPE", "BRAF.1", "B\0", "%", "_____"] {
            assert_eq!(world.catalogue.gene(Assembly::GRCh38, unknown).await.unwrap(), GeneLookup::Unknown, "{unknown}");
        }
        assert_eq!(world.catalogue.gene(Assembly::GRCh37, "BRAF").await.unwrap(), GeneLookup::NoModel);
        let GeneLookup::Found(locus) = world.catalogue.gene(Assembly::GRCh38, "C9orf72").await.unwrap() else { panic!() };
        assert_eq!(locus.names, ["ALSFTD", "C9ORF72"], "another gene's names are not its own");
    }

    async fn a_model_replaces_the_one_of_its_assembly_alone(world: World) {
        let key = mandate(WriteAction::LoadOntology);
        world.catalogue.load_gene_model(&key, &small()).await.unwrap();
        world.catalogue.load_gene_model(&key, &model(Assembly::GRCh37, "19", vec![gene("BRAF", &[], &[], &[interval("7", 1, 2)])])).await.unwrap();
        world.catalogue.load_gene_model(&key, &model(Assembly::GRCh38, "45", vec![gene("TP53", &[], &[], &[interval("17", 1, 2)])])).await.unwrap();
        assert_eq!(world.catalogue.gene(Assembly::GRCh38, "BRAF").await.unwrap(), GeneLookup::Unknown);
        assert_eq!(found(&world, "TP53").await.1, [interval("17", 1, 2)]);
        let loaded: Vec<_> = world.catalogue.loaded_gene_models().await.unwrap().into_iter().map(|m| (m.assembly, m.version)).collect();
        assert_eq!(loaded, [(Assembly::GRCh37, "19".to_owned()), (Assembly::GRCh38, "45".to_owned())]);
        assert!(matches!(world.catalogue.gene(Assembly::GRCh37, "BRAF").await.unwrap(), GeneLookup::Found(_)));
        let refused = world.catalogue.load_gene_model(&mandate(WriteAction::Load), &small()).await;
        assert_eq!(refused.err(), Some(gemj_catalogue::CatalogueError::WrongKey));
    }

    async fn a_name_goes_with_the_last_file_that_states_it(world: World) {
        let (a, b) = (allele("7", 10, "A", "T"), allele("7", 20, "AG", "CT"));
        let object = |id: &str| ObjectId::parse(id).unwrap();
        let dataset = |id: &str| DatasetId::parse(id).unwrap();
        let both = [name(&a, "p.Val600Glu", "BRAF", "NP_1.2"), name(&a, "p.Val600Glu", "BRAF", "NP_1.2"), name(&b, "p.Val600Glu", "BRAF", "NP_10.1")];
        let mut other = name(&a, "p.Val600Glu", "BRAF", "NP_1.2");
        other.consequence = "another_word".into();
        state(&world, &object("o-1"), &dataset("cancer"), &both, &[("breakend", 3)]).await;
        state(&world, &object("o-2"), &dataset("cancer"), &[other], &[]).await;
        state(&world, &object("o-3"), &dataset("rare"), &[name(&b, "p.Val600Glu", "RAF1", "")], &[]).await;
        let genes = ["BRAF".to_owned(), "RAFB1".to_owned()];
        let cancer = |start| ("cancer".to_owned(), start);
        assert_eq!(named(&world, "p.Val600Glu", None, None).await, [cancer(10), cancer(20), ("rare".into(), 20)]);
        assert_eq!(named(&world, "p.Val600Glu", Some(&genes), None).await, [cancer(10), cancer(20)]);
        assert_eq!(named(&world, "p.Val600Glu", None, Some("NP_1.2")).await, [cancer(10)]);
        assert_eq!(named(&world, "p.Val600Glu", None, Some("NP_1")).await, [cancer(10)]);
        assert_eq!(named(&world, "p.Val600Glu", None, Some("NP_1.1")).await, []);
        assert_eq!(named(&world, "p.Val600Lys", None, None).await, []);
        assert_eq!(named(&world, "p.Val600Glu", Some(&[]), None).await, []);
        assert_eq!(world.catalogue.left_out_of(&object("o-1")).await.unwrap(), [("breakend".to_owned(), 3)]);
        // Stated anew, it stands once.
        state(&world, &object("o-1"), &dataset("cancer"), &both[..1], &[]).await;
        assert_eq!(named(&world, "p.Val600Glu", Some(&genes), None).await, [cancer(10)]);
        assert!(world.catalogue.left_out_of(&object("o-1")).await.unwrap().is_empty());
        for left in ["o-1", "o-2"] {
            assert_eq!(named(&world, "p.Val600Glu", Some(&genes), None).await, [cancer(10)]);
            state(&world, &object(left), &dataset("cancer"), &[], &[]).await;
        }
        assert_eq!(named(&world, "p.Val600Glu", None, None).await, [("rare".to_owned(), 20)]);
    }

    async fn a_file_of_very_many_names_is_stated_and_forgotten_whole(world: World) {
        let names: Vec<_> = (0..23_000u64).map(|n| name(&allele("1", n, "A", "T"), &format!("p.Val{}Glu", n % 100), "G", "NP_1.1")).collect();
        let (object, dataset) = (ObjectId::parse("o-1").unwrap(), DatasetId::parse("cancer").unwrap());
        state(&world, &object, &dataset, &names, &[]).await;
        let question = NameQuestion { assembly: Assembly::GRCh38, change: "p.Val7Glu", genes: None, sequence: None, limit: 200 };
        assert_eq!(world.catalogue.alleles_named(&question).await.unwrap().len(), 201);
        let question = NameQuestion { limit: 1000, ..question };
        assert_eq!(world.catalogue.alleles_named(&question).await.unwrap().len(), 230);
        state(&world, &object, &dataset, &[], &[]).await;
        assert_eq!(world.catalogue.alleles_named(&question).await.unwrap().len(), 0);
        assert_eq!(world.tamper("DELETE FROM allele_name").await, 0);
    }
}
