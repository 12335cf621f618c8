//! Writes the text of joint VCF files, with one column for each participant.

use std::fmt::Write as _;
use std::ops::Range;

use super::variant_text::{deletion_info, header, site_columns};
use crate::prng::hash;
use crate::programme::files::CONTROLS;
use crate::programme::genotypes::Genotype;
use crate::programme::reference::REGIONS;
use crate::programme::{Programme, Site};

/// The genes of the rare disease panel.
const PANEL_GENES: [&str; 4] = ["SCN1A", "PIK3CA", "DMD", "MECP2"];

/// A joint file: its columns and its sites.
pub(super) struct JointFile<'a> {
    /// The participants with a column, each by its index in the programme.
    pub(super) people: &'a [usize],
    /// Whether columns of the control materials follow the columns of participants.
    pub(super) controls: bool,
    /// The genes whose sites the file contains; absent means the genes of all regions.
    pub(super) genes: Option<&'static [&'static str]>,
}

/// The text of the joint file of the cancer dataset. The file contains sites of all regions, and columns of control materials that belong
/// to no participant.
pub(super) fn cancer(programme: &Programme) -> String {
    JointFile {
        people: &programme.files.joint,
        controls: true,
        genes: None,
    }
    .text(programme)
}

/// The text of the gene panel of the rare disease dataset.
pub(super) fn rare_disease_panel(programme: &Programme) -> String {
    JointFile {
        people: &programme.files.panel,
        controls: false,
        genes: Some(&PANEL_GENES),
    }
    .text(programme)
}

impl JointFile<'_> {
    /// The joint file as VCF text.
    fn text(&self, programme: &Programme) -> String {
        let people = self.people.iter().map(|index| programme.people[*index].specimen());
        let samples: Vec<String> = people.chain(self.controls().map(|n| CONTROLS[n].to_owned())).collect();
        let mut text = header(&samples);
        for site in &programme.sites {
            if self.genes.is_none_or(|genes| genes.contains(&REGIONS[site.region].gene)) {
                self.record(programme, site, &mut text);
            }
        }
        text
    }

    fn controls(&self) -> Range<usize> {
        if self.controls { 0..CONTROLS.len() } else { 0..0 }
    }

    fn record(&self, programme: &Programme, site: &Site, text: &mut String) {
        let calls: Vec<Call> = self
            .people
            .iter()
            .map(|index| call(programme.genotype(&programme.people[*index], site), *index, site))
            .chain(self.controls().map(|number| Call::Full(programme.control_genotype(number, site))))
            .collect();
        let mut counts = vec![0_u32; site.alternates.len() + 1];
        for allele in calls.iter().flat_map(called) {
            counts[usize::from(allele)] += 1;
        }
        // A joint file seldom contains sites without carriers, so such a site is written only if its index is a multiple of 40.
        if counts[1..].iter().all(|c| *c == 0) && !site.index.is_multiple_of(40) {
            return;
        }
        site_columns(site, &site.alternates.iter().map(String::as_str).collect::<Vec<_>>(), text);
        let each: Vec<String> = counts[1..].iter().map(u32::to_string).collect();
        let _ = write!(text, "AC={};AN={}", each.join(","), counts.iter().sum::<u32>());
        let deletion = deletion_info(site);
        if !deletion.is_empty() {
            let _ = write!(text, ";{deletion}");
        }
        text.push_str("\tGT:DP");
        for (column, call) in calls.iter().enumerate() {
            let depth = 16 + hash(&[0xDE9, column as u64, site.index as u64]) % 8;
            let _ = match call {
                Call::Full(genotype) => write!(text, "\t{}:{depth}", genotype.field(|a| a)),
                Call::Half(allele) => write!(text, "\t{allele}/.:{depth}"),
                Call::Missing { haploid: true } => write!(text, "\t.:."),
                Call::Missing { haploid: false } => write!(text, "\t./.:."),
            };
        }
        text.push('\n');
    }
}

/// The genotype of one column at a site, as far as it was called.
enum Call {
    Full(Genotype),
    /// Only one of the two alleles was called (`1/.`).
    Half(u8),
    Missing {
        haploid: bool,
    },
}

fn call(genotype: Genotype, person: usize, site: &Site) -> Call {
    match (genotype, hash(&[0xCA11, person as u64, site.index as u64]) % 1000) {
        (Genotype::Haploid(_), 0..4) => Call::Missing { haploid: true },
        (Genotype::Diploid(..), 0..4) => Call::Missing { haploid: false },
        (Genotype::Diploid(a, b), 4..6) => Call::Half(a.max(b)),
        (genotype, _) => Call::Full(genotype),
    }
}

fn called(call: &Call) -> Vec<u8> {
    match call {
        Call::Full(Genotype::Haploid(a)) | Call::Half(a) => vec![*a],
        Call::Full(Genotype::Diploid(a, b)) => vec![*a, *b],
        Call::Missing { .. } => Vec::new(),
    }
}
