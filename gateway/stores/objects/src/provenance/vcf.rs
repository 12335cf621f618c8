//! Reads provenance from the headers of VCF and BCF files.

use gemj_model::Provenance;
use hts_formats::vcf::header::attributes;

use super::{day, vocabulary, with_version};

/// Reads the date from `##fileDate`, and the variant caller from the header lines in which the common callers state their names.
pub(crate) fn of_vcf(text: &[u8]) -> Provenance {
    let mut made = Provenance::default();
    let mut best: Option<(usize, String)> = None;
    let Ok(text) = std::str::from_utf8(text) else { return made };
    for line in text.lines().take_while(|line| line.starts_with("##")) {
        let Some((key, value)) = line.trim_start_matches('#').split_once('=') else {
            continue;
        };
        let found = match key {
            // VCF 4.3 § 1.4: "##fileDate=20090805"
            "fileDate" => {
                made.made = day(value.trim()).or(made.made.take());
                None
            }
            "source" | "DRAGENVersion" => of_words(if key == "source" { value } else { "dragen" }),
            "bcftools_callVersion" => Some((usize::MAX, with_version("bcftools call", Some(value)))),
            "DeepVariant_version" => vocabulary::caller("deepvariant").map(|(rank, name)| (rank, with_version(name, Some(value)))),
            "GLnexusVersion" => vocabulary::caller("glnexus").map(|(rank, name)| (rank, with_version(name, Some(value)))),
            _ if key == "GATKCommandLine" || key.starts_with("GATKCommandLine.") => of_gatk(value),
            _ => None,
        };
        if let Some(found) = found
            && best.as_ref().is_none_or(|(rank, _)| found.0 < *rank)
        {
            best = Some(found);
        }
    }
    made.variant_caller = best.map(|(_, name)| name);
    made
}

/// Reads the caller from a GATK command line, for example `<ID=HaplotypeCaller,Version=3.4-46-gbc02625,…>`. Returns the caller's rank
/// ([`vocabulary::caller`]), and its name with the version.
fn of_gatk(value: &str) -> Option<(usize, String)> {
    let attributes = attributes(value)?;
    let of = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
    let (rank, name) = vocabulary::caller(of("ID")?).filter(|(_, name)| name.starts_with("GATK"))?;
    Some((rank, with_version(name, of("Version"))))
}

/// Reads the caller from free text, for example `freeBayes v1.3.6` or `Sniffles2_2.0.7`: the first word that is a known caller, and the
/// version behind that word. Returns the caller's rank ([`vocabulary::caller`]), and its name with the version.
fn of_words(value: &str) -> Option<(usize, String)> {
    let mut words = value
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty());
    let (rank, name) = words.by_ref().take(16).find_map(vocabulary::caller)?;
    Some((rank, with_version(name, words.next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(lines: &str) -> Option<String> {
        of_vcf(format!("##fileformat=VCFv4.2\n{lines}\n#CHROM\tPOS\n##source=freebayes").as_bytes()).variant_caller
    }

    #[test]
    fn callers_are_recognised_in_the_lines_that_state_their_names() {
        for (lines, expected) in [
            ("##source=freeBayes v1.3.6", Some("freebayes v1.3.6")),
            ("##source=Sniffles2_2.0.7", Some("Sniffles 2.0.7")),
            ("##source=HaplotypeCaller", Some("GATK HaplotypeCaller")),
            ("##DeepVariant_version=1.5.0", Some("DeepVariant 1.5.0")),
            ("##bcftools_callVersion=1.16+htslib-1.16", Some("bcftools call 1.16+htslib-1.16")),
            (
                "##GATKCommandLine=<ID=HaplotypeCaller,CommandLine=\"x --input /home/taro.bam, y\",Version=\"4.2.6.1\",Date=\"x\">",
                Some("GATK HaplotypeCaller 4.2.6.1"),
            ),
            (
                "##GATKCommandLine=<ID=GenotypeGVCFs,Version=\"4.1\">\n##GATKCommandLine=<ID=HaplotypeCaller,Version=\"4.0\">",
                Some("GATK HaplotypeCaller 4.0"),
            ),
            ("##DRAGENVersion=<ID=dragen,Version=\"SW: 05.021\">", Some("DRAGEN")),
            ("##source=Yamada Taro", None),
            ("##cmdline=/opt/strelka/bin/strelka", None),
            ("##source=", None),
        ] {
            assert_eq!(caller(lines).as_deref(), expected, "{lines}");
        }
    }

    #[test]
    fn the_day_is_taken_from_the_file_date() {
        let of = |line: &str| of_vcf(format!("##fileformat=VCFv4.2\n{line}\n").as_bytes()).made;
        assert_eq!(of("##fileDate=20160329").unwrap_or_else(|| unreachable!()).as_str(), "2016-03-29");
        assert_eq!(of("##fileDate=29/03/2016"), None);
    }
}
