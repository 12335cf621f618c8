//! Plans the variant sites: their positions, alleles and frequencies.

use gemj_model::{OneBased, ZeroBased};

use super::reference::{CHR_X, CONTIGS, GeneRegion, REGIONS, base, bases};
use crate::prng::Draw;

/// The approximate number of variant sites.
const SITES: u64 = 1_800;

/// A variant site, which is one record of a VCF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The position of the site in [`super::Programme::sites`].
    pub index: usize,
    /// The position of the site's region in [`REGIONS`].
    pub region: usize,
    /// The position of the site's contig in [`CONTIGS`].
    pub contig: usize,
    /// The VCF column POS.
    pub position: OneBased,
    /// The VCF column REF.
    pub reference: String,
    /// The alleles of the VCF column ALT, in order.
    pub alternates: Vec<String>,
    /// The value of INFO/END for a symbolic deletion; absent for other sites.
    pub end: Option<OneBased>,
    /// The frequency of each alternative allele, per million haplotypes.
    pub per_million: Vec<u32>,
    /// For a site with the allele `*`: the index of the deletion that spans the site. Carriers of the deletion have `*` at this site.
    pub spanned_by: Option<usize>,
    /// Whether the site passed the filters of the variant caller.
    pub passed: bool,
}

impl Site {
    /// The name of the site's contig.
    #[must_use]
    pub fn contig_name(&self) -> &'static str {
        CONTIGS[self.contig].name
    }

    /// Whether the site is on X, so that males have only one copy of it.
    #[must_use]
    pub fn is_on_x(&self) -> bool {
        self.contig == CHR_X
    }

    /// Whether the site has a single alternative allele, which replaces one base.
    #[must_use]
    pub fn is_snv(&self) -> bool {
        self.reference.len() == 1 && self.alternates.len() == 1 && self.alternates[0].len() == 1
    }
}

/// The variant sites of all regions, in order of contig and position.
pub(super) fn plan() -> Vec<Site> {
    let total: u64 = REGIONS.iter().map(|r| r.end.0 - r.start.0).sum();
    let mut sites = Vec::new();
    for (number, region) in REGIONS.iter().enumerate() {
        let length = region.end.0 - region.start.0;
        region_sites(number, region, SITES * length / total, &mut sites);
    }
    sites
}

fn region_sites(number: usize, region: &GeneRegion, count: u64, sites: &mut Vec<Site>) {
    let mut draw = Draw::of(&[0x517E, number as u64]);
    let step = (region.end.0 - region.start.0) / (count + 1);
    for at in 0..count {
        // The region is divided into steps of equal length, each with one site. The last 16 bases of a step contain no start of a site, so
        // that records overlap only where intended.
        let start = ZeroBased(region.start.0 + at * step + draw.below(step - 16));
        let per_million = frequency(&mut draw);
        let index = sites.len();
        let mut site = Site {
            index,
            region: number,
            contig: region.contig,
            position: start.one_based(),
            reference: bases(region.contig, start, 1),
            alternates: Vec::new(),
            end: None,
            per_million: vec![per_million],
            spanned_by: None,
            passed: !draw.per_mille(20),
        };
        match draw.below(100) {
            // The middle site of each region is a common single-base change, for the demo's queries.
            _ if at == count / 2 => {
                site.alternates = vec![other_base(&site, 1)];
                site.per_million = vec![450_000];
                site.passed = true;
            }
            0..70 => site.alternates = vec![other_base(&site, 1 + draw.below(3))],
            70..79 => {
                site.reference = bases(region.contig, start, 2 + draw.below(5));
                site.alternates = vec![site.reference[..1].to_owned()];
            }
            79..88 => site.alternates = vec![insertion(&site, &mut draw)],
            88..95 => {
                site.alternates = vec![other_base(&site, 1), other_base(&site, 2)];
                site.per_million.push(per_million / 3 + 500);
            }
            95..98 => {
                site.alternates = vec![other_base(&site, 3), insertion(&site, &mut draw)];
                site.per_million.push(per_million / 2 + 500);
            }
            _ if start.0 + 20_001 < region.end.0 => {
                site.alternates = vec!["<DEL>".to_owned()];
                site.end = Some(OneBased(start.0 + 1 + 1_000 + draw.below(19_000)));
            }
            _ => site.alternates = vec![other_base(&site, 2)],
        }
        let deletion = site.reference.len() >= 5;
        sites.push(site);
        if deletion {
            sites.push(spanned(number, region, index, start, &mut draw, sites.len()));
        }
    }
}

/// The site of a single-base change inside a deletion. The carriers of the deletion have `*` at this site (VCF 4.3 § 1.6.1, ALT).
fn spanned(number: usize, region: &GeneRegion, deletion: usize, start: ZeroBased, draw: &mut Draw, index: usize) -> Site {
    let position = ZeroBased(start.0 + 2);
    let mut site = Site {
        index,
        region: number,
        contig: region.contig,
        position: position.one_based(),
        reference: bases(region.contig, position, 1),
        alternates: Vec::new(),
        end: None,
        per_million: vec![20_000 + draw.below(50_000) as u32],
        spanned_by: Some(deletion),
        passed: true,
    };
    site.alternates = vec![other_base(&site, 1), "*".to_owned()];
    site
}

/// A random frequency per million haplotypes. The spectrum is as in a population: many alleles are rare, some are common.
fn frequency(draw: &mut Draw) -> u32 {
    let range = match draw.below(100) {
        0..14 => 50_000..500_000,
        14..40 => 5_000..50_000,
        40..75 => 1_500..5_000,
        _ => 200..1_500,
    };
    (range.start + draw.below(range.end - range.start)) as u32
}

fn other_base(site: &Site, turn: u64) -> String {
    let own = base(site.contig, ZeroBased(site.position.0 - 1));
    let at = b"ACGT".iter().position(|b| *b == own).unwrap_or(0) as u64;
    char::from(b"ACGT"[((at + turn) % 4) as usize]).to_string()
}

fn insertion(site: &Site, draw: &mut Draw) -> String {
    let mut text = site.reference[..1].to_owned();
    for _ in 0..=draw.below(5) {
        text.push(char::from(*draw.pick(b"ACGT")));
    }
    text
}
