//! Checks of a new file against the people it is said to be of: a swap of samples harms two patients.
//!
//! Declared sex against X and Y; genotypes against those of other participants, which should differ, and of the same one, which should not. What contradicts puts the file on
//! hold before anybody is served it. One column of a joint file holds all of it. Somatic variants are not checked: a tumour has lost and doubled what is compared.

mod chromosome;
mod columns;
mod fingerprint;
mod sex;
mod thresholds;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gemj_catalogue::{CatalogueError, FindingKind, NewFinding, NewFingerprint, NewObject, Registered, SampleEvidence, SegmentRow};
use gemj_model::{DataKind, ObjectId, Ordinal, Origin, Sex};
use gemj_objects::inspect::{Inspection, contig_amounts};
use gemj_variants::EntryWitness;
use serde_json::json;

use self::columns::{Columns, LookingOn, SexCounts};
use self::fingerprint::{Comparison, Fingerprint, Likeness};
use self::sex::{SexEvidence, Shown};
use self::thresholds::MOST_CANDIDATES;
use super::row::Loader;
use super::sheet::SheetRow;

/// How often a file is compared anew when others are registered meanwhile.
const MOST_COMPARISONS: usize = 20;

/// What the checks made of one file, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// Columns with an owner.
    pub columns: u64,
    /// Columns whose declared sex the file agrees with.
    pub sex_agrees: u64,
    /// Columns whose declared sex the file contradicts.
    pub sex_contradicted: u64,
    /// Columns whose genotypes are those of another participant.
    pub same_as_others: u64,
    /// Columns whose genotypes are not those of the same participant's other files.
    pub other_than_own: u64,
    /// Columns whose genotypes were found again in another file of the same participant.
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

/// One file's checks, from the reading of its calls to its registration.
#[derive(Debug)]
pub(super) struct SampleChecks {
    columns: Arc<Mutex<Columns>>,
    scheme: String,
}

/// One column with an owner.
struct Checked {
    position: u64,
    ordinal: Ordinal,
    counts: SexCounts,
    fingerprint: Fingerprint,
}

impl SampleChecks {
    /// For a row whose columns are these people's.
    pub(super) fn new(loader: &Loader<'_>, row: &SheetRow, ordinals: &[Option<Ordinal>]) -> Self {
        let assembly = row.assembly;
        let key = loader.key.mac("genotype-fingerprint-1", assembly.as_str().as_bytes());
        // The mark of the key: a fingerprint made with another one is not compared.
        let mark = loader.key.mac("genotype-fingerprint-scheme-1", assembly.as_str().as_bytes());
        let mark: String = mark[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let people = match row.origin {
            Origin::Germline => ordinals,
            Origin::Somatic => &[],
        };
        Self {
            columns: Arc::new(Mutex::new(Columns::new(assembly, key, people.iter().copied().flatten()))),
            scheme: format!("1-{}-{mark}", assembly.as_str()),
        }
    }

    /// Who looks on while the row's segment is built.
    pub(super) fn witness(&self) -> Box<dyn EntryWitness> {
        Box::new(LookingOn(Arc::clone(&self.columns)))
    }

    /// Registers the file with what the checks made of it; on hold where something contradicts.
    ///
    /// # Errors
    /// As `register_object`.
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
        let ordinals = catalogue.ensure_participants(mandate, &object.samples, &row.dataset).await?;
        let columns = std::mem::replace(
            &mut *self.columns.lock().unwrap_or_else(PoisonError::into_inner),
            Columns::new(row.assembly, [0; 32], []),
        );
        let checked = by_position(columns.finish(), &ordinals);
        let mut made = Made::default();
        made.sexes(loader, row, inspection, &ordinals, &checked).await?;
        for time in 0..MOST_COMPARISONS {
            let mut evidence = made.clone();
            evidence.compared_up_to = catalogue.last_registration(mandate).await?;
            evidence.genotypes(loader, &object.id, &self.scheme, &checked).await?;
            let (evidence, summary) = evidence.finish(read.clone(), ordinals.iter().flatten().count() as u64, &self.scheme, &checked);
            match catalogue.register_checked_object(mandate, object, segments, &evidence).await {
                Err(CatalogueError::Conflict { field: "compared" }) if time + 1 < MOST_COMPARISONS => {}
                outcome => return outcome.map(|registered| (registered, summary)),
            }
        }
        Err(CatalogueError::Conflict { field: "compared" })
    }
}

/// What was gathered, in the order of the file's columns. Two columns of one person are one, at the first one's place.
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

/// Evidence being put together.
#[derive(Clone, Default)]
struct Made {
    findings: Vec<NewFinding>,
    compared_up_to: i64,
    summary: CheckSummary,
}

impl Made {
    async fn sexes(
        &mut self,
        loader: &Loader<'_>,
        row: &SheetRow,
        inspection: &Inspection,
        ordinals: &[Option<Ordinal>],
        checked: &[Checked],
    ) -> Result<(), CatalogueError> {
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
        for ((position, _, evidence), declared) in shown.into_iter().zip(declared) {
            let contradiction = evidence.contradicts(declared);
            let compared = matches!(declared, Sex::Female | Sex::Male) && evidence.shown != Shown::Nothing;
            self.summary.sex_contradicted += u64::from(contradiction.is_some());
            self.summary.sex_agrees += u64::from(compared && contradiction.is_none());
            self.findings.push(NewFinding {
                position,
                kind: FindingKind::Sex,
                holds: contradiction.is_some(),
                said: contradiction.unwrap_or(if compared { "agrees" } else { "no verdict" }).to_owned(),
                figures: evidence.figures.to_string(),
                other: None,
            });
        }
        Ok(())
    }

    async fn genotypes(&mut self, loader: &Loader<'_>, id: &ObjectId, scheme: &str, checked: &[Checked]) -> Result<(), CatalogueError> {
        let mut same_bands: HashMap<i64, Vec<usize>> = HashMap::new();
        for (place, column) in checked.iter().enumerate() {
            let bands = column.fingerprint.bands();
            let catalogue = &loader.stores.catalogue;
            let stored = catalogue.fingerprints_to_compare(loader.mandate, column.ordinal, scheme, &bands, MOST_CANDIDATES);
            let (mut with_others, mut with_own, mut unlike_own) = (false, false, false);
            // The person's own files come first.
            let mut is_own_for_sure = false;
            for other in stored.await? {
                let fingerprint = Fingerprint::parse(&other.sites).ok_or(CatalogueError::Corrupt { what: "fingerprint" })?;
                let comparison = column.fingerprint.compare(&fingerprint);
                let kind = match (comparison.likeness(), other.ordinal == column.ordinal) {
                    // What looks like a file that is on hold, and like one of the same person that is served, is not what is wrong.
                    (Likeness::OnePerson, false) if other.held && is_own_for_sure => continue,
                    (Likeness::OnePerson, false) => FindingKind::SameGenotypes,
                    (Likeness::TwoPeople, true) => FindingKind::OtherGenotypes,
                    (Likeness::OnePerson, true) => {
                        with_own = true;
                        is_own_for_sure |= !other.held;
                        continue;
                    }
                    (Likeness::TwoPeople, false) | (Likeness::NotShown, _) => continue,
                };
                with_others |= kind == FindingKind::SameGenotypes;
                unlike_own |= kind == FindingKind::OtherGenotypes;
                self.findings
                    .push(likeness(column.position, kind, comparison, other.object, other.position));
            }
            // Other columns of the file itself.
            let mut earlier: Vec<usize> = bands
                .iter()
                .flat_map(|band| same_bands.get(band).into_iter().flatten().copied())
                .collect();
            earlier.sort_unstable();
            earlier.dedup();
            for other in earlier.iter().filter_map(|other| checked.get(*other)) {
                let comparison = column.fingerprint.compare(&other.fingerprint);
                if comparison.likeness() == Likeness::OnePerson {
                    with_others = true;
                    self.findings.push(likeness(
                        column.position,
                        FindingKind::SameGenotypes,
                        comparison,
                        id.clone(),
                        other.position,
                    ));
                }
            }
            for band in bands {
                same_bands.entry(band).or_default().push(place);
            }
            self.summary.same_as_others += u64::from(with_others);
            self.summary.same_as_own += u64::from(with_own && !unlike_own);
            self.summary.other_than_own += u64::from(unlike_own);
        }
        Ok(())
    }

    fn finish(self, read: SampleEvidence, columns: u64, scheme: &str, checked: &[Checked]) -> (SampleEvidence, CheckSummary) {
        let mut contradicted: Vec<u64> = self.findings.iter().filter(|f| f.holds).map(|f| f.position).collect();
        contradicted.sort_unstable();
        contradicted.dedup();
        let summary = CheckSummary {
            columns,
            held: !contradicted.is_empty(),
            ..self.summary
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
        let fingerprints = checked
            .iter()
            .filter(|column| column.fingerprint.len() > 0)
            .map(|column| NewFingerprint {
                position: column.position,
                ordinal: column.ordinal,
                scheme: scheme.to_owned(),
                sites: column.fingerprint.to_bytes(),
                bands: column.fingerprint.bands(),
            })
            .collect();
        let evidence = SampleEvidence {
            fingerprints,
            findings: self.findings,
            hold,
            compared_up_to: (!checked.is_empty()).then_some(self.compared_up_to),
            ..read
        };
        (evidence, summary)
    }
}

fn likeness(position: u64, kind: FindingKind, comparison: Comparison, other: ObjectId, place: u64) -> NewFinding {
    let said = match kind {
        FindingKind::SameGenotypes => {
            "the genotypes are those of another participant's column: one of the two is wrong, or they are monozygotic twins"
        }
        FindingKind::OtherGenotypes | FindingKind::Sex => {
            "the genotypes are not those of the same participant's other column: one of the two is wrong"
        }
    };
    let figures = json!({
        "sites_in_both": comparison.shared,
        "alike": comparison.alike,
        "sites_of_the_smaller": comparison.fewer,
    });
    NewFinding {
        position,
        kind,
        holds: true,
        said: said.to_owned(),
        figures: figures.to_string(),
        other: Some((other, place)),
    }
}
