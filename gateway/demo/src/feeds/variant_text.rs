//! Writes VCF headers and the first columns of VCF records as text.

use std::fmt::Write;

use crate::programme::Site;
use crate::programme::reference::CONTIGS;

/// The lines of a VCF header down to the column names, for these samples.
pub(super) fn header(samples: &[String]) -> String {
    let mut text = String::from(
        "##fileformat=VCFv4.3\n\
         ##FILTER=<ID=PASS,Description=\"All filters passed\">\n\
         ##source=gemj-demo\n\
         ##synthetic=Invented people and alleles; REF bases are invented too and are not those of GRCh38\n",
    );
    for contig in CONTIGS {
        let _ = writeln!(text, "##contig=<ID={},length={},assembly=GRCh38>", contig.name, contig.length);
    }
    text.push_str(
        "##FILTER=<ID=q10,Description=\"Quality below 10\">\n\
         ##ALT=<ID=DEL,Description=\"Deletion\">\n\
         ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count in genotypes\">\n\
         ##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Total number of alleles in called genotypes\">\n\
         ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End position of the variant\">\n\
         ##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"Type of structural variant\">\n\
         ##INFO=<ID=SVLEN,Number=.,Type=Integer,Description=\"Difference in length between REF and ALT\">\n\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         ##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Read depth\">\n\
         ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype quality\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT",
    );
    for sample in samples {
        let _ = write!(text, "\t{sample}");
    }
    text.push('\n');
    text
}

/// The columns of a site from CHROM to FILTER, with a tab at the end.
pub(super) fn site_columns(site: &Site, alternates: &[&str], text: &mut String) {
    let (quality, filter) = if site.passed { (60, "PASS") } else { (7, "q10") };
    let _ = write!(
        text,
        "{}\t{}\t.\t{}\t{}\t{quality}\t{filter}\t",
        site.contig_name(),
        site.position.0,
        site.reference,
        alternates.join(",")
    );
}

/// The INFO text of a symbolic deletion; empty for every other site.
pub(super) fn deletion_info(site: &Site) -> String {
    match site.end {
        Some(end) => format!("END={};SVTYPE=DEL;SVLEN=-{}", end.0, end.0 - site.position.0),
        None => String::new(),
    }
}
