//! Checks a new file against the declared participants, because swapped samples harm two patients.
//!
//! The declared sex is compared with X and Y. The genotypes are compared with those of other participants, which should differ, and with
//! those of the same participant, which should agree. A contradiction puts the file on hold before any caller can read it. One
//! contradicting column puts the whole joint file on hold.
//!
//! Somatic variants are not checked, because a tumour loses and duplicates the regions that are compared.

mod chromosome;
mod columns;
mod compared;
mod fingerprint;
mod sex;
mod thresholds;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gemj_catalogue::{CatalogueError, FindingKind, NewFinding, NewObject, Registered, SampleEvidence, SegmentRow};
use gemj_model::{DataKind, Ordinal, Origin, Sex};
use gemj_objects::inspect::{Inspection, contig_amounts};
use gemj_variants::EntryWitness;

use self::columns::{Columns, LookingOn, SexCounts};
use self::compared::Compared;
use self::fingerprint::Fingerprint;
use self::sex::{SexEvidence, Shown};
use super::row::Loader;
use super::sheet::SheetRow;

/// The results of the sample checks of one file, as numbers of sample columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// The number of columns with an owner.
    pub columns: u64,
    /// The number of columns whose declared sex agrees with the file.
    pub sex_agrees: u64,
    /// The number of columns whose declared sex contradicts the file.
    pub sex_contradicted: u64,
    /// The number of columns whose genotypes match those of another participant.
    pub same_as_others: u64,
    /// The number of columns whose genotypes differ from the same participant's other files.
    pub other_than_own: u64,
    /// The number of columns whose genotypes match another file of the same participant and differ from none of the participant's files.
    pub same_as_own: u64,
    /// Whether the file was put on hold.
    pub held: bool,
}

impl std::fmt::Display for CheckSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let no_sex = self.columns - self.sex_agrees - self.sex_contradicted;
        write!(
            f,
            "sample checks of {} column(s): declared sex agrees in {}, is contradicted in {}, no verdict in {no_sex}; \
             genotypes of another participant in {}; the same participant's other files agree in {}, differ in {}{}",
            self.columns,
            self.sex_agrees,
            self.sex_contradicted,
            self.same_as_others,
            self.same_as_own,
            self.other_than_own,
            if self.held { ": ON HOLD" } else { "" }
        )
    }
}

/// The sample checks of one file, from the first genotype that is read to the registration of the file.
#[derive(Debug)]
pub(super) struct SampleChecks {
    columns: Arc<Mutex<Columns>>,
    scheme: String,
    ordinals: Vec<Option<Ordinal>>,
}

/// The data of one sample column with an owner, for the checks.
struct Checked {
    position: u64,
    ordinal: Ordinal,
    counts: SexCounts,
    fingerprint: Fingerprint,
}

impl SampleChecks {
    /// The checks for a row of the sheet. `ordinals` contains the owner of each sample column of the file.
    pub(super) fn new(loader: &Loader<'_>, row: &SheetRow, ordinals: &[Option<Ordinal>]) -> Self {
        let assembly = row.assembly;
        let key = loader.key.mac("genotype-fingerprint-2", assembly.as_str().as_bytes());
        // The mark identifies the key with which fingerprints are made. Fingerprints made with different keys are not compared.
        let mark = loader.key.mac("genotype-fingerprint-scheme-2", assembly.as_str().as_bytes());
        let mark = hex::encode(&mark[..4]);
        let people = match row.origin {
            Origin::Germline => ordinals,
            Origin::Somatic => &[],
        };
        Self {
            columns: Arc::new(Mutex::new(Columns::new(assembly, key, people.iter().copied().flatten()))),
            scheme: format!("2-{}-{mark}", assembly.as_str()),
            ordinals: ordinals.to_vec(),
        }
    }

    /// The observer that receives the genotypes while the row's segment is built.
    pub(super) fn witness(&self) -> Box<dyn EntryWitness> {
        Box::new(LookingOn(Arc::clone(&self.columns)))
    }

    /// Registers the file with the results of the checks, on hold if a result contradicts the declared data.
    ///
    /// # Errors
    /// The errors of `register_object`.
    pub(super) async fn register(
        self,
        loader: &Loader<'_>,
        row: &SheetRow,
        inspection: &Inspection,
        object: &NewObject,
        segments: &[SegmentRow],
        read: SampleEvidence,
    ) -> Result<(Registered, CheckSummary), CatalogueError> {
        let (catalogue, mandate) = (&loader.stores.catalogue, loader.mandate);
        let columns = std::mem::replace(
            &mut *self.columns.lock().unwrap_or_else(PoisonError::into_inner),
            Columns::new(row.assembly, [0; 32], []),
        );
        let checked = by_position(columns.finish(), &self.ordinals);
        let sexes = sexes(loader, row, inspection, &self.ordinals, &checked).await?;
        let mut compared = Compared::new(loader, &self.scheme, &checked);
        // Files of reads, and other files without genotypes, have nothing to compare.
        if compared.is_of_something() {
            compared.with_everybody(catalogue.last_registration(mandate).await?).await?;
            compared.with_one_another(&object.id);
        }
        loop {
            let owned = self.ordinals.iter().flatten().count() as u64;
            let (evidence, summary) = finish(read.clone(), owned, &sexes, &compared);
            match catalogue.register_checked_object(mandate, object, segments, &evidence).await {
                // Another file was registered in the meantime. Only the files registered since then must still be compared.
                Err(CatalogueError::Conflict { field: "compared" }) => {
                    compared.with_newer(catalogue.last_registration(mandate).await?).await?;
                }
                outcome => return outcome.map(|registered| (registered, summary)),
            }
        }
    }
}

/// The checked columns in the order of the file's columns. Two columns of one participant count as one, at the position of the first.
fn by_position(found: Vec<(Ordinal, SexCounts, Fingerprint)>, ordinals: &[Option<Ordinal>]) -> Vec<Checked> {
    let mut first = HashMap::new();
    for (ordinal, position) in ordinals.iter().zip(0_u64..) {
        if let Some(ordinal) = ordinal {
            first.entry(*ordinal).or_insert(position);
        }
    }
    let mut checked: Vec<_> = found
        .into_iter()
        .filter_map(|(ordinal, counts, fingerprint)| {
            Some(Checked {
                position: *first.get(&ordinal)?,
                ordinal,
                counts,
                fingerprint,
            })
        })
        .collect();
    checked.sort_unstable_by_key(|column| column.position);
    checked
}

/// The results of the sex check for the columns of a file.
#[derive(Default)]
struct Sexes {
    findings: Vec<NewFinding>,
    agree: u64,
    contradicted: u64,
}

async fn sexes(
    loader: &Loader<'_>,
    row: &SheetRow,
    inspection: &Inspection,
    ordinals: &[Option<Ordinal>],
    checked: &[Checked],
) -> Result<Sexes, CatalogueError> {
    let shown: Vec<(u64, Ordinal, SexEvidence)> = match (inspection.format.data_kind(), row.origin) {
        (_, Origin::Somatic) => Vec::new(),
        (DataKind::Variants, Origin::Germline) => checked
            .iter()
            .map(|column| (column.position, column.ordinal, SexEvidence::of_calls(column.counts)))
            .collect(),
        (DataKind::Reads, Origin::Germline) => {
            let evidence = SexEvidence::of_reads(contig_amounts(inspection).as_ref());
            let owners = ordinals
                .iter()
                .zip(0_u64..)
                .filter_map(|(ordinal, position)| Some((position, (*ordinal)?)));
            owners.map(|(position, ordinal)| (position, ordinal, evidence.clone())).collect()
        }
    };
    let people: Vec<_> = shown.iter().map(|(_, ordinal, _)| *ordinal).collect();
    let declared = loader.stores.catalogue.declared_sexes(loader.mandate, &people).await?;
    let mut found = Sexes::default();
    for ((position, _, evidence), declared) in shown.into_iter().zip(declared) {
        let contradiction = evidence.contradicts(declared);
        let compared = matches!(declared, Sex::Female | Sex::Male) && evidence.shown != Shown::Nothing;
        found.contradicted += u64::from(contradiction.is_some());
        found.agree += u64::from(compared && contradiction.is_none());
        found.findings.push(NewFinding {
            position,
            kind: FindingKind::Sex,
            holds: contradiction.is_some(),
            said: contradiction.unwrap_or(if compared { "agrees" } else { "no verdict" }).to_owned(),
            figures: evidence.figures.to_string(),
            other: None,
        });
    }
    Ok(found)
}

/// Adds the results of the checks to the evidence `read`, and counts them in a summary.
fn finish(read: SampleEvidence, columns: u64, sexes: &Sexes, compared: &Compared<'_>) -> (SampleEvidence, CheckSummary) {
    let likenesses = compared.findings();
    let mut findings = sexes.findings.clone();
    findings.extend(likenesses.findings);
    let mut contradicted: Vec<u64> = findings.iter().filter(|f| f.holds).map(|f| f.position).collect();
    contradicted.sort_unstable();
    contradicted.dedup();
    let summary = CheckSummary {
        columns,
        sex_agrees: sexes.agree,
        sex_contradicted: sexes.contradicted,
        same_as_others: likenesses.same_as_others,
        other_than_own: likenesses.other_than_own,
        same_as_own: likenesses.same_as_own,
        held: !contradicted.is_empty(),
    };
    let hold = summary.held.then(|| {
        let mut reasons = Vec::new();
        for (count, what) in [
            (summary.sex_contradicted, "declared sex contradicted"),
            (summary.same_as_others, "genotypes of another participant's file"),
            (summary.other_than_own, "genotypes differ from the same participant's other file"),
        ] {
            if count > 0 {
                reasons.push(format!("{what} in {count}"));
            }
        }
        let of = contradicted.len();
        format!("sample checks: {of} of {columns} column(s) contradict: {}", reasons.join("; "))
    });
    let evidence = SampleEvidence {
        fingerprints: compared.fingerprints(),
        findings,
        hold,
        compared_up_to: compared.up_to(),
        ..read
    };
    (evidence, summary)
}
