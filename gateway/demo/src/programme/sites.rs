//! Variant sites: their positions, alleles and frequencies.

use gemj_model::{OneBased, ZeroBased};

use super::reference::{CHR_X, CONTIGS, GeneRegion, REGIONS, base, bases};
use crate::prng::Draw;

/// Approximate number of sites.
const SITES: u64 = 1_800;

/// A variant site: one record of a VCF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Position in [`super::Programme::sites`].
    pub index: usize,
    /// Position of its region in [`REGIONS`].
    pub region: usize,
    /// Position of its contig in [`CONTIGS`].
    pub contig: usize,
    /// POS.
    pub position: OneBased,
    /// REF.
    pub reference: String,
    /// ALT, in order.
    pub alternates: Vec<String>,
    /// INFO/END of a symbolic deletion; absent for other sites.
    pub end: Option<OneBased>,
    /// How often each alternative occurs, per million haplotypes.
    pub per_million: Vec<u32>,
    /// For a site with `*`: the index of the deletion that spans it. Carriers of the deletion have `*` here.
    pub spanned_by: Option<usize>,
    /// Whether the site passed the caller's filters.
    pub passed: bool,
}

impl Site {
    /// The contig's name.
    #[must_use]
    pub fn contig_name(&self) -> &'static str {
        CONTIGS[self.contig].name
    }

    /// Whether males have one copy of the site.
    #[must_use]
    pub fn is_on_x(&self) -> bool {
        self.contig == CHR_X
    }

    /// Whether the site is only a change of one base into another.
    #[must_use]
    pub fn is_snv(&self) -> bool {
        self.reference.len() == 1 && self.alternates.len() == 1 && self.alternates[0].len() == 1
    }
}

/// The sites in order of contig and position.
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
        // One site in each step, with the last 16 bases of the step kept free, so that records overlap only where intended.
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
            // A fixed position with a common single-base change in each region, for the demo's queries.
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

/// A single-base change inside a deletion, where the carriers of the deletion have `*` (VCF 4.3 § 1.6.1, ALT).
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

/// A frequency per million haplotypes, with a spectrum as in a population: many rare, some common.
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
