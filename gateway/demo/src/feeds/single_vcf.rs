//! Writes the VCF of one participant.

use std::fmt::Write as _;

use super::variant_text::{deletion_info, header, site_columns};
use crate::error::DemoError;
use crate::prng::hash;
use crate::programme::genotypes::Genotype;
use crate::programme::{Person, Programme, Site};

/// The VCF of a participant, BGZF-compressed: the sites where the participant differs from REF, and some sites that were called as REF.
pub(super) fn encode(programme: &Programme, person: &Person) -> Result<Vec<u8>, DemoError> {
    let mut text = header(&[person.specimen()]);
    for site in &programme.sites {
        record(programme, person, site, &mut text);
    }
    bgzf_text(&text)
}

/// A text as BGZF-compressed bytes.
pub(super) fn bgzf_text(text: &str) -> Result<Vec<u8>, DemoError> {
    hts_formats::bgzf::compress::compress(text.as_bytes()).map_err(DemoError::Encoding)
}

fn record(programme: &Programme, person: &Person, site: &Site, text: &mut String) {
    let genotype = programme.genotype(person, site);
    let chance = hash(&[0x57C, person.index as u64, site.index as u64]) % 1000;
    let looked_at = site.spanned_by.is_none() && chance < 30;
    if !genotype.differs() && !looked_at {
        return;
    }
    // Only the alternative alleles that the participant carries are written, as a variant caller writes them for a single sample. At a site
    // called as REF, all alternative alleles are written.
    let kept: Vec<u8> = (1..=site.alternates.len() as u8)
        .filter(|allele| !genotype.differs() || genotype.carries(*allele))
        .collect();
    let alternates: Vec<&str> = kept
        .iter()
        .map(|allele| site.alternates[usize::from(*allele) - 1].as_str())
        .collect();
    site_columns(site, &alternates, text);
    let info = deletion_info(site);
    text.push_str(if info.is_empty() { "." } else { &info });
    let renumbered = |allele: u8| kept.iter().position(|k| *k == allele).map_or(0, |at| at as u8 + 1);
    let depth = 18 + chance % 25;
    if !genotype.differs() && chance < 3 {
        let missing = match genotype {
            Genotype::Haploid(_) => ".",
            Genotype::Diploid(..) => "./.",
        };
        let _ = writeln!(text, "\tGT:DP:GQ\t{missing}:.:.");
    } else {
        let _ = writeln!(text, "\tGT:DP:GQ\t{}:{depth}:{}", genotype.field(renumbered), 40 + chance % 50);
    }
}
