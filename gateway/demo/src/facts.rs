//! Example queries for the demo, computed from the programme's plan.

use gemj_model::{Allele, Assembly, ConsentKind, Contig, Interval, ParticipantId, Region, SpecimenId, Timestamp, ZeroBased};

use crate::error::DemoError;
use crate::feeds::{JOINT_PATH, bam_path};
use crate::programme::hpo::{SEIZURE, is_a, label};
use crate::programme::person::{CANCER, RARE_DISEASE};
use crate::programme::reference::REGIONS;
use crate::programme::{Person, Programme, REFERENCE_DATE, Site, is_public};

/// The examples that the demo suggests. All of them are true after every feed is loaded, at any time from the reference date until the
/// first scheduled change.
#[derive(Clone, Debug)]
pub struct Facts {
    /// A variant that enough families carry, in both datasets, for a "yes" in the public tier.
    pub common_variant: CommonVariant,
    /// A phenotype term that many cases have.
    pub phenotype: CommonPhenotype,
    /// A file of reads that overseas academics may view.
    pub reads: ReadsExample,
    /// A file of reads of a participant who withdrew every consent. The file is stored, but no caller can read it.
    pub reads_of_withdrawn: ReadsExample,
    /// A file of reads of a participant who was never asked for consent. The file is stored, but no caller can read it.
    pub reads_of_never_asked: ReadsExample,
    /// The path of the joint file, relative to the folder of the sample sheets.
    pub joint_variants: &'static str,
    /// A participant with a column in the joint file whose consent covers the public tier. If this participant withdraws, the counts
    /// change.
    pub participant_to_withdraw: ParticipantId,
}

/// A common variant as an example for queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonVariant {
    /// The assembly of the variant.
    pub assembly: Assembly,
    /// The contig of the variant, as in the files (`chr17`).
    pub contig: Contig,
    /// The position of the variant, 0-based as in Beacon.
    pub start: ZeroBased,
    /// The reference bases (REF).
    pub reference: String,
    /// The alternate bases (ALT).
    pub alternate: String,
    /// The number of families of the dataset `cancer` with a carrier whose consent covers the public tier.
    pub cancer_families: usize,
    /// The number of families of the dataset `rare-disease` with a carrier whose consent covers the public tier.
    pub rare_disease_families: usize,
}

/// A common phenotype as an example for queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonPhenotype {
    /// The CURIE of the phenotype term.
    pub term: &'static str,
    /// The label of the phenotype term.
    pub label: &'static str,
    /// The number of families of `rare-disease` with a case that has exactly this term. Only cases whose consent covers the public tier
    /// count.
    pub families: usize,
    /// The number of families of `rare-disease` with a case that has this term or a descendant. Only cases whose consent covers the public
    /// tier count.
    pub families_with_descendants: usize,
}

/// A file of reads of one participant, as an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadsExample {
    /// The participant whose reads the file contains.
    pub participant: ParticipantId,
    /// The specimen, which is also the sample name in the file.
    pub specimen: SpecimenId,
    /// The path of the file, relative to the folder of the sample sheets.
    pub path: String,
    /// A region in which the file has reads.
    pub region: Region,
}

impl Facts {
    /// Computes the examples from the programme's plan.
    ///
    /// # Errors
    /// The plan lacks a suitable example, which is a fault of this crate.
    pub fn of(programme: &Programme) -> Result<Self, DemoError> {
        let now = Timestamp::parse(REFERENCE_DATE).map_err(|_| DemoError::Plan { what: "time" })?;
        let standing = programme.standing(now, now)?;
        let public = |person: &Person| is_public(standing[person.index]);
        let with_reads = |test: &dyn Fn(&Person) -> bool| {
            let people = programme.files.bam.iter().map(|index| &programme.people[*index]);
            people
                .filter(|p| p.in_cancer)
                .find(|p| test(p))
                .ok_or(DemoError::Plan { what: "reads example" })
        };
        let reader = with_reads(&public)?;
        let last_is = |person: &Person, kind| person.consents.last().is_some_and(|row| row.kind == kind);
        let leaver = programme
            .files
            .joint
            .iter()
            .map(|index| &programme.people[*index])
            .find(|p| public(p) && p.index != reader.index)
            .ok_or(DemoError::Plan { what: "joint example" })?;
        let has = |person: &Person, test: &dyn Fn(&str) -> bool| person.features.iter().any(|f| !f.excluded && test(f.term));
        Ok(Self {
            common_variant: common_variant(programme, &public)?,
            phenotype: CommonPhenotype {
                term: SEIZURE,
                label: label(SEIZURE),
                families: programme.families_with(RARE_DISEASE, |p| public(p) && has(p, &|t| t == SEIZURE)),
                families_with_descendants: programme.families_with(RARE_DISEASE, |p| public(p) && has(p, &|t| is_a(t, SEIZURE))),
            },
            reads: reads_example(reader)?,
            reads_of_withdrawn: reads_example(with_reads(&|p| last_is(p, ConsentKind::Withdrawn))?)?,
            reads_of_never_asked: reads_example(with_reads(&|p| p.consents.is_empty())?)?,
            joint_variants: JOINT_PATH,
            participant_to_withdraw: ParticipantId::parse(&leaver.id).map_err(|_| DemoError::Plan { what: "participant id" })?,
        })
    }
}

fn common_variant(programme: &Programme, public: &dyn Fn(&Person) -> bool) -> Result<CommonVariant, DemoError> {
    let files = &programme.files;
    let families = |dataset: &str, site: &Site| {
        programme.families_with(dataset, |person| {
            let called = match dataset {
                CANCER => !person.in_rare_disease && (files.vcf.contains(&person.index) || files.joint.contains(&person.index)),
                _ => files.vcf.contains(&person.index),
            };
            called && public(person) && programme.genotype(person, site).carries(1)
        })
    };
    programme
        .sites
        .iter()
        .filter(|site| REGIONS[site.region].gene == "BRCA1" && site.is_snv() && site.passed && site.per_million[0] >= 300_000)
        .map(|site| (site, families(CANCER, site), families(RARE_DISEASE, site)))
        .max_by_key(|(site, cancer, rare)| (cancer.min(rare).to_owned(), std::cmp::Reverse(site.index)))
        .and_then(|(site, cancer_families, rare_disease_families)| {
            let contig = Contig(site.contig_name().to_owned());
            // The example is in the normalised form of the index, so that it equals the value with which queries are compared.
            let allele = Allele::from_vcf(&contig, site.position, &site.reference, &site.alternates[0], None).ok()?;
            Some(CommonVariant {
                assembly: Assembly::GRCh38,
                contig,
                start: allele.start,
                reference: allele.reference,
                alternate: allele.alternate,
                cancer_families,
                rare_disease_families,
            })
        })
        .ok_or(DemoError::Plan { what: "common variant" })
}

fn reads_example(person: &Person) -> Result<ReadsExample, DemoError> {
    let region = REGIONS
        .iter()
        .find(|r| r.gene == "BRCA1")
        .ok_or(DemoError::Plan { what: "region" })?;
    Ok(ReadsExample {
        participant: ParticipantId::parse(&person.id).map_err(|_| DemoError::Plan { what: "participant id" })?,
        specimen: SpecimenId::parse(&person.specimen()).map_err(|_| DemoError::Plan { what: "specimen id" })?,
        path: bam_path(person),
        region: Region {
            contig: Contig("chr17".to_owned()),
            interval: Interval {
                start: ZeroBased(region.start.0 + 20_000),
                end: Some(ZeroBased(region.start.0 + 30_000)),
            },
        },
    })
}
