//! Parses GFF3: the records of genes, and the assembly and release that the header states.

use gemj_model::Assembly;

use super::error::GeneModelError;
use super::lines::Lines;
use super::{GeneModelBuilder, Stated};

/// The types of records that describe a gene.
const GENE_TYPES: [&str; 3] = ["gene", "ncRNA_gene", "pseudogene"];

pub(super) fn read(first: &str, lines: &mut Lines<'_>, found: &mut GeneModelBuilder) -> Result<(), GeneModelError> {
    if first
        .split_ascii_whitespace()
        .nth(1)
        .is_none_or(|version| !(version == "3" || version.starts_with("3.")))
    {
        return Err(GeneModelError::Malformed {
            line: lines.number(),
            expected: "`##gff-version 3` is expected",
        });
    }
    loop {
        let Some(line) = lines.next()? else { return Ok(()) };
        if line == "##FASTA" {
            return Ok(());
        }
        if line.starts_with('#') {
            let line = line.to_owned();
            head(&line, lines.number(), found)?;
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        let mut columns = line.split('\t');
        let fields: [Option<&str>; 9] = std::array::from_fn(|_| columns.next());
        let ([Some(contig), _, Some(kind), Some(start), Some(end), _, _, _, Some(attributes)], None) = (fields, columns.next()) else {
            return Err(GeneModelError::Malformed {
                line: lines.number(),
                expected: "nine columns are expected",
            });
        };
        if !GENE_TYPES.contains(&kind) {
            continue;
        }
        let stated = stated(attributes);
        let (contig, start, end) = (contig.to_owned(), start.to_owned(), end.to_owned());
        found.add(lines.number(), &contig, &start, &end, stated)?;
    }
}

/// Reads a header line. If the line names an assembly, that must be the assembly that the operator stated.
fn head(line: &str, number: u64, found: &mut GeneModelBuilder) -> Result<(), GeneModelError> {
    let named = if let Some(build) = line.strip_prefix("#!genome-build ").or(line.strip_prefix("#!assembly ")) {
        // Ensembl writes `GRCh38.p14`. Its older files have `Genome Reference Consortium GRCh38.p14`.
        build.split_ascii_whitespace().find_map(|word| Assembly::parse(word).ok())
    } else if let Some(text) = line.strip_prefix("##description:") {
        if found.version.is_none()
            && let Some((_, version)) = text.split_once("version ")
        {
            found.version = Some(shortened(version));
        }
        let mapped = text.split_once("mapped to ").map(|(_, target)| target);
        let assembly = |text: &str| {
            let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
            words.find_map(|word| Assembly::parse(word).ok())
        };
        mapped.and_then(assembly).or_else(|| assembly(text))
    } else {
        if let Some(source) = line
            .strip_prefix("#!annotation-source ")
            .or(line.strip_prefix("#!genebuild-last-updated "))
            && found.version.is_none()
        {
            found.version = Some(shortened(source));
        }
        None
    };
    match named {
        Some(other) if other != found.assembly => Err(GeneModelError::OtherAssembly {
            line: number,
            declared: found.assembly,
        }),
        Some(_) | None => Ok(()),
    }
}

fn shortened(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Reads the names of a gene from the attributes of its record.
fn stated(attributes: &str) -> Stated {
    let mut stated = Stated::default();
    let (mut gene_name, mut name, mut gene, mut stable) = (None, None, None, None);
    for attribute in attributes.split(';') {
        let Some((key, value)) = attribute.trim().split_once('=') else {
            continue;
        };
        let value = unescaped(value);
        match key {
            "gene_name" => gene_name = Some(value),
            "Name" => name = Some(value),
            "gene" => gene = Some(value),
            "gene_id" => stable = Some(without_version(value.trim_end_matches("_PAR_Y")).to_owned()),
            "hgnc_id" => stated.identifiers.push(value),
            "gene_synonym" => stated.aliases.extend(value.split(',').map(|alias| alias.trim().to_owned())),
            "Dbxref" | "db_xref" => {
                for reference in value.split(',') {
                    if let Some(number) = reference.strip_prefix("HGNC:") {
                        // RefSeq writes the prefix `HGNC:` twice, so all prefixes are removed.
                        stated.identifiers.push(format!("HGNC:{}", number.trim_start_matches("HGNC:")));
                    } else if reference.starts_with("GeneID:") {
                        stated.identifiers.push(reference.to_owned());
                    }
                }
            }
            "description" => {
                let accession = value.split_once("Acc:HGNC:").map(|(_, rest)| rest);
                let digits = accession.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
                stated
                    .identifiers
                    .extend(digits.filter(|d| !d.is_empty()).map(|digits| format!("HGNC:{digits}")));
            }
            _ => {}
        }
    }
    stated.symbol = gene_name.or(gene).or(name).or_else(|| stable.clone()).unwrap_or_default();
    stated.identifiers.extend(stable);
    stated
}

fn without_version(id: &str) -> &str {
    match id.split_once('.') {
        Some((stable, version)) if version.bytes().all(|b| b.is_ascii_digit()) => stable,
        // The version of an Ensembl id is removed. GENCODE's mapped models have versions with `_` (`ENSG00000223972.5_2`). The suffix of
        // `ENSG00000002586.20_PAR_Y` was removed before.
        Some((stable, version)) if version.bytes().all(|b| b.is_ascii_digit() || b == b'_') => stable,
        _ => id,
    }
}

/// Decodes `%3B` and other percent escapes (GFF3: "URL escaping rules are used"). Other text stays unchanged.
fn unescaped(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
