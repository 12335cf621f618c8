use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use gemj_model::{Assembly, Contig, GeneInterval, ZeroBased};
use proptest::prelude::*;

use super::*;

const GENCODE: &str = "##gff-version 3
##description: evidence-based annotation of the human genome (GRCh38), version 44 (Ensembl 110)
chr7\tHAVANA\tgene\t140719327\t140924929\t.\t-\t.\tID=ENSG00000157764.14;gene_id=ENSG00000157764.14;gene_type=protein_coding;gene_name=BRAF;level=2;hgnc_id=HGNC:1097
chr7\tHAVANA\ttranscript\t1\t2\t.\t-\t.\tID=ENST1;gene_name=NOT_A_GENE
chrX\tHAVANA\tgene\t624344\t659411\t.\t+\t.\tID=ENSG00000185960.15;gene_id=ENSG00000185960.15;gene_name=SHOX
chrY\tHAVANA\tgene\t624344\t659411\t.\t+\t.\tID=ENSG00000185960.15_PAR_Y;gene_id=ENSG00000185960.15_PAR_Y;gene_name=SHOX
chrM\tENSEMBL\tgene\t3307\t4262\t.\t+\t.\tID=ENSG00000198888.2;gene_id=ENSG00000198888.2;gene_name=MT-ND1
KI270728.1\tHAVANA\tgene\t1\t9\t.\t+\t.\tID=ENSG9.1;gene_id=ENSG9.1;gene_name=ELSEWHERE
";

fn interval(contig: &str, start: u64, end: u64) -> GeneInterval {
    GeneInterval {
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

fn read(text: &str) -> Result<ParsedGeneModel, GeneModelError> {
    parse(text.as_bytes(), Assembly::GRCh38, None)
}

fn gene<'a>(parsed: &'a ParsedGeneModel, symbol: &str) -> &'a gemj_model::Gene {
    parsed.model.genes.iter().find(|g| g.symbol == symbol).unwrap()
}

#[test]
fn gencode_is_read_and_a_gene_on_both_sex_chromosomes_is_one_gene() {
    let parsed = read(GENCODE).unwrap();
    assert_eq!(parsed.model.version, "44 (Ensembl 110)");
    assert_eq!(gene(&parsed, "BRAF").intervals, [interval("7", 140_719_326, 140_924_929)]);
    assert_eq!(gene(&parsed, "BRAF").identifiers, ["HGNC:1097", "ENSG00000157764"]);
    assert_eq!(
        gene(&parsed, "SHOX").intervals,
        [interval("X", 624_343, 659_411), interval("Y", 624_343, 659_411)]
    );
    assert_eq!(gene(&parsed, "SHOX").identifiers, ["ENSG00000185960"]);
    assert_eq!(gene(&parsed, "MT-ND1").intervals, [interval("MT", 3306, 4262)]);
    assert_eq!((parsed.model.genes.len(), parsed.on_other_contigs), (3, 1));
}

#[test]
fn ensembl_and_refseq_are_read() {
    let ensembl = "##gff-version   3\n#!genome-build Genome Reference Consortium GRCh38.p14\n7\tensembl_havana\tgene\t5\t9\t.\t-\t.\tID=gene:ENSG00000157764;\
                   Name=BRAF;biotype=protein_coding;description=B-Raf proto-oncogene%2C kinase [Source:HGNC Symbol%3BAcc:HGNC:1097];gene_id=ENSG00000157764;version=14\n\
                   7\tensembl\tncRNA_gene\t20\t30\t.\t-\t.\tID=gene:ENSG00000999999;gene_id=ENSG00000999999;version=1\n";
    let parsed = read(ensembl).unwrap();
    assert_eq!(gene(&parsed, "BRAF").identifiers, ["HGNC:1097", "ENSG00000157764"]);
    assert_eq!(gene(&parsed, "ENSG00000999999").intervals, [interval("7", 19, 30)]);
    let refseq = "##gff-version 3\n#!genome-build GRCh38.p14\n#!annotation-source NCBI RefSeq GCF_000001405.40-RS_2023_10\n\
                  NC_000017.11\tBestRefSeq\tgene\t43044295\t43125364\t.\t-\t.\tID=gene-BRCA1;Dbxref=GeneID:672,HGNC:HGNC:1100,MIM:113705;Name=BRCA1;gene=BRCA1;gene_synonym=BRCAI,RNF53\n\
                  NT_187693.1\tRefSeq\tpseudogene\t1\t2\t.\t-\t.\tID=gene-X;gene=X1\n";
    let parsed = read(refseq).unwrap();
    let brca1 = gene(&parsed, "BRCA1");
    assert_eq!(brca1.intervals, [interval("17", 43_044_294, 43_125_364)]);
    assert_eq!(
        (brca1.identifiers.join(" "), brca1.aliases.join(" ")),
        ("GeneID:672 HGNC:1100".into(), "BRCAI RNF53".into())
    );
    assert_eq!(parsed.model.version, "NCBI RefSeq GCF_000001405.40-RS_2023_10");
}

#[test]
fn a_table_is_read_plain_and_gzipped() {
    let table = "symbol\thgnc_id\tcontig\tstart\tend\taliases\nBRAF\tHGNC:1097\tchr7\t10\t20\tBRAF1|RAFB1\nSHOX\t\tX\t1\t5\t\nSHOX\t\tY\t1\t5\tGCFX, SS\n";
    let parsed = read(table).unwrap();
    assert_eq!(gene(&parsed, "BRAF").aliases, ["BRAF1", "RAFB1"]);
    assert_eq!(gene(&parsed, "SHOX").intervals.len(), 2);
    assert_eq!(gene(&parsed, "SHOX").aliases, ["GCFX", "SS"]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(table.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let of_packed = parse(packed.as_slice(), Assembly::GRCh38, Some("mine")).unwrap();
    assert_eq!(
        (of_packed.model.genes, of_packed.model.version.as_str()),
        (parsed.model.genes, "mine")
    );
    let cut = parse(&packed[..packed.len() / 2], Assembly::GRCh38, None);
    assert!(matches!(cut, Err(GeneModelError::Unreadable { .. })));
}

#[test]
fn a_model_of_the_other_assembly_is_refused_by_its_header_and_by_its_accessions() {
    for text in [
        "##gff-version 3\n#!genome-build GRCh37.p13\n",
        "##gff-version 3\n##description: evidence-based annotation of the human genome (GRCh38), version 44 (Ensembl 110), mapped to GRCh37 with gencode-backmap\n",
        "##gff-version 3\nNC_000001.10\tx\tgene\t1\t2\t.\t+\t.\tgene=A\n",
    ] {
        assert!(matches!(read(text), Err(GeneModelError::OtherAssembly { .. })), "{text}");
    }
}

#[test]
fn a_malformed_model_is_refused_with_its_line() {
    assert_eq!(read("").unwrap_err(), GeneModelError::Empty);
    assert_eq!(read("##gff-version 3\n").unwrap_err(), GeneModelError::Empty);
    assert_eq!(read("chr1\t1\t2\n").unwrap_err(), GeneModelError::UnknownFormat);
    for (text, line) in [
        ("##gff-version 2\n", 1),
        ("##gff-version 3\nchr1\tx\tgene\t1\t2\t.\t+\t.\n", 2),
        ("##gff-version 3\n\nchr1\tx\tgene\t3\t2\t.\t+\t.\tgene=A\n", 3),
        ("##gff-version 3\nchr1\tx\tgene\t0\t2\t.\t+\t.\tgene=A\n", 2),
        ("symbol\tcontig\tstart\tend\nA\t1\t1\n", 2),
        ("symbol\tcontig\tstart\tend\nA\t1\t1\t-4\n", 2),
    ] {
        match read(text) {
            Err(GeneModelError::Malformed { line: at, .. }) => assert_eq!(at, line, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_chromosome_is_recognised_only_by_its_usual_names() {
    let names = ["1", "chr1", "01", "chr01", "+1", "chr+1", "0", "chr0", "23", "chr22"];
    let rows: String = names.iter().enumerate().map(|(n, name)| format!("G{n}\t{name}\t1\t5\n")).collect();
    let parsed = read(&format!("symbol\tcontig\tstart\tend\n{rows}")).unwrap();
    let found: Vec<_> = parsed
        .model
        .genes
        .iter()
        .map(|g| (g.symbol.as_str(), g.intervals[0].contig.as_str()))
        .collect();
    assert_eq!(found, [("G0", "1"), ("G1", "1"), ("G9", "22")]);
    assert_eq!(parsed.on_other_contigs, 7);
}

#[test]
fn a_symbol_with_too_many_intervals_is_omitted_and_counted() {
    let mut text = "symbol\tcontig\tstart\tend\nA\t1\t1\t5\n".to_owned();
    for number in 0..MAX_INTERVALS + 1 {
        text.push_str(&format!("Y_RNA\t2\t{}\t{}\n", number * 10 + 1, number * 10 + 5));
    }
    let parsed = read(&text).unwrap();
    assert_eq!((parsed.model.genes.len(), parsed.strewn), (1, 1));
}

proptest! {
    #[test]
    fn a_damaged_file_is_read_or_refused(at in any::<prop::sample::Index>(), put in prop::collection::vec(any::<u8>(), 0..6), cut in 0usize..12) {
        let mut bytes = GENCODE.as_bytes().to_vec();
        let from = at.index(bytes.len());
        let to = (from + cut).min(bytes.len());
        bytes.splice(from..to, put);
        if let Ok(parsed) = parse(bytes.as_slice(), Assembly::GRCh38, None) {
            for gene in &parsed.model.genes {
                prop_assert!(is_name(&gene.symbol) && !gene.intervals.is_empty());
                prop_assert!(gene.intervals.iter().all(|i| i.start < i.end));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(##gff-version 3\n)?(symbol\tcontig\tstart\tend\n)?[\\PC\t\n]{0,200}") {
        let _ = read(&text);
    }
}
