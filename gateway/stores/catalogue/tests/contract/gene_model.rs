use gemj_access::WriteAction;
use gemj_catalogue::GeneLookup;
use gemj_model::{Assembly, Contig, Gene, GeneInterval, GeneModel, ZeroBased};

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

contract! {
    async fn a_genes_own_name_comes_before_another_genes_alias(world: World) {
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
        assert_eq!(locus.names, ["ALSFTD", "C9ORF72"], "names of another gene are excluded");
    }

    async fn a_gene_model_replaces_only_the_gene_model_of_its_assembly(world: World) {
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
}
