//! The joint file of the cancer dataset.

use std::fmt::Write as _;

use noodles::bgzf::io::writer::{Builder, CompressionLevel};
use noodles::vcf::variant::io::Write as _;
use noodles::{bcf, vcf};

use super::variant_text::{deletion_info, header, site_columns};
use crate::error::DemoError;
use crate::prng::hash;
use crate::programme::files::CONTROLS;
use crate::programme::genotypes::Genotype;
use crate::programme::{Programme, Site};

/// The joint BCF.
pub(super) fn encode(programme: &Programme) -> Result<Vec<u8>, DemoError> {
    let text = text(programme);
    let mut reader = vcf::io::Reader::new(text.as_bytes());
    let header = reader.read_header().map_err(DemoError::Encoding)?;
    let bgzf = Builder::default().set_compression_level(CompressionLevel::FAST).build_from_writer(Vec::new());
    let mut writer = bcf::io::Writer::from(bgzf);
    writer.write_variant_header(&header).map_err(DemoError::Encoding)?;
    for record in reader.record_bufs(&header) {
        let record = record.map_err(DemoError::Encoding)?;
        writer.write_variant_record(&header, &record).map_err(DemoError::Encoding)?;
    }
    writer.into_inner().finish().map_err(DemoError::Encoding)
}

/// The same as VCF text.
pub(crate) fn text(programme: &Programme) -> String {
    let people = programme.files.joint.iter().map(|index| programme.people[*index].specimen());
    let samples: Vec<String> = people.chain(CONTROLS.map(str::to_owned)).collect();
    let mut text = header(&samples);
    for site in &programme.sites {
        record(programme, site, &mut text);
    }
    text
}

/// What the file says of a column at a site.
enum Call {
    Full(Genotype),
    /// One allele was seen, the other was not.
    Half(u8),
    Missing { haploid: bool },
}

fn record(programme: &Programme, site: &Site, text: &mut String) {
    let calls: Vec<Call> = programme
        .files
        .joint
        .iter()
        .map(|index| call(programme.genotype(&programme.people[*index], site), *index, site))
        .chain((0..CONTROLS.len()).map(|number| Call::Full(programme.control_genotype(number, site))))
        .collect();
    let mut counts = vec![0_u32; site.alternates.len() + 1];
    for allele in calls.iter().flat_map(called) {
        counts[usize::from(allele)] += 1;
    }
    // Sites that nobody carries are rarely kept in a joint file.
    if counts[1..].iter().all(|c| *c == 0) && site.index % 40 != 0 {
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
