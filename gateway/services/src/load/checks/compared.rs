//! Compares a new file's genotypes with those of the programme: first with the registered files that it may match, then with the files that
//! are registered in the meantime.

use std::collections::HashMap;

use gemj_catalogue::{CatalogueError, FindingKind, NewFinding, NewFingerprint, StoredFingerprint};
use gemj_model::{ObjectId, Ordinal};
use serde_json::json;

use super::Checked;
use super::fingerprint::{Comparison, Fingerprint, Likeness};
use super::thresholds::MOST_CANDIDATES;
use crate::load::row::Loader;

/// The comparison of one new file: its columns, and the findings so far.
pub(super) struct Compared<'a> {
    loader: &'a Loader<'a>,
    scheme: &'a str,
    columns: Vec<Column<'a>>,
    /// The indexes of columns by band ([`Fingerprint::bands`]). Similar fingerprints have bands in common.
    by_band: HashMap<i64, Vec<usize>>,
    by_person: HashMap<Ordinal, usize>,
    up_to: Option<i64>,
}

/// One sample column of the new file, with its genotypes and findings.
struct Column<'a> {
    checked: &'a Checked,
    bands: Vec<i64>,
    found: Vec<ComparedColumn>,
    /// Whether the column's genotypes agree with another file of the column's participant.
    with_own: bool,
    /// Whether the column's genotypes agree with another file of the column's participant that is not on hold.
    is_own_for_sure: bool,
}

struct ComparedColumn {
    finding: NewFinding,
    /// Whether the file with which the column was compared is on hold.
    of_held: bool,
}

/// The result of a comparison: the findings, the numbers of columns with each kind of finding, and the number of columns that match another
/// file of their participant and differ from none of the participant's files.
#[derive(Default)]
pub(super) struct Likenesses {
    pub(super) findings: Vec<NewFinding>,
    pub(super) same_as_others: u64,
    pub(super) other_than_own: u64,
    pub(super) same_as_own: u64,
}

impl<'a> Compared<'a> {
    pub(super) fn new(loader: &'a Loader<'a>, scheme: &'a str, checked: &'a [Checked]) -> Self {
        let shows = checked.iter().filter(|column| column.fingerprint.len() > 0);
        let columns: Vec<Column<'a>> = shows
            .map(|checked| Column {
                checked,
                bands: checked.fingerprint.bands(),
                found: Vec::new(),
                with_own: false,
                is_own_for_sure: false,
            })
            .collect();
        let (mut by_band, mut by_person) = (HashMap::<i64, Vec<usize>>::new(), HashMap::new());
        for (place, column) in columns.iter().enumerate() {
            by_person.insert(column.checked.ordinal, place);
            for band in &column.bands {
                by_band.entry(*band).or_default().push(place);
            }
        }
        Self {
            loader,
            scheme,
            columns,
            by_band,
            by_person,
            up_to: None,
        }
    }

    /// Whether the file has genotypes to compare.
    pub(super) fn is_of_something(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The generation of the last registration with which the file was compared; absent if the file was not compared.
    pub(super) fn up_to(&self) -> Option<i64> {
        self.up_to
    }

    /// Compares the new file with the files that were registered up to this generation: each column with all files of its participant, and
    /// with at most [`MOST_CANDIDATES`] columns of other participants that share a band with it.
    pub(super) async fn with_everybody(&mut self, generation: i64) -> Result<(), CatalogueError> {
        let (catalogue, mandate) = (&self.loader.stores.catalogue, self.loader.mandate);
        for column in &mut self.columns {
            let person = column.checked.ordinal;
            let stored = catalogue.fingerprints_to_compare(mandate, person, self.scheme, &column.bands, generation, MOST_CANDIDATES);
            for other in stored.await? {
                let fingerprint = parsed(&other)?;
                column.compare(&other, &fingerprint);
            }
        }
        self.up_to = Some(generation);
        Ok(())
    }

    /// Compares the new file with the files that were registered since the last comparison, up to this generation. These files are few.
    /// Each is compared only with the columns that it may match.
    pub(super) async fn with_newer(&mut self, generation: i64) -> Result<(), CatalogueError> {
        let (catalogue, mandate) = (&self.loader.stores.catalogue, self.loader.mandate);
        let Some(before) = self.up_to else { return Ok(()) };
        let mut behind: Option<(ObjectId, u64)> = None;
        loop {
            let from = behind.as_ref().map(|(object, position)| (object, *position));
            let newer = catalogue
                .fingerprints_registered(mandate, self.scheme, (before, generation), from)
                .await?;
            let Some(last) = newer.last() else { break };
            behind = Some((last.object.clone(), last.position));
            for other in &newer {
                let fingerprint = parsed(other)?;
                for place in self.may_be_like(other.ordinal, &fingerprint) {
                    let Some(column) = self.columns.get_mut(place) else { continue };
                    let (one, two) = (column.checked.ordinal, other.ordinal);
                    if one == two || !catalogue.is_likeness_accepted(mandate, one, two).await? {
                        column.compare(other, &fingerprint);
                    }
                }
            }
        }
        self.up_to = Some(generation);
        Ok(())
    }

    /// Compares the columns of the new file with one another.
    pub(super) fn with_one_another(&mut self, id: &ObjectId) {
        for place in 0..self.columns.len() {
            let Some(column) = self.columns.get(place) else { continue };
            let earlier = self.like(&column.bands).into_iter().filter(|other| *other < place);
            let found: Vec<ComparedColumn> = earlier
                .filter_map(|other| {
                    let other = self.columns.get(other)?.checked;
                    let comparison = column.checked.fingerprint.compare(&other.fingerprint);
                    let (position, kind) = (column.checked.position, FindingKind::SameGenotypes);
                    (comparison.likeness() == Likeness::OnePerson).then(|| ComparedColumn {
                        finding: likeness(position, kind, comparison, id.clone(), other.position),
                        of_held: false,
                    })
                })
                .collect();
            if let Some(column) = self.columns.get_mut(place) {
                column.found.extend(found);
            }
        }
    }

    /// The positions of the columns that have at least one of these bands.
    fn like(&self, bands: &[i64]) -> Vec<usize> {
        let mut places: Vec<usize> = bands
            .iter()
            .flat_map(|band| self.by_band.get(band).into_iter().flatten().copied())
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The columns with which a participant's fingerprint is compared: the participant's own column, and the columns that share a band with
    /// the fingerprint.
    fn may_be_like(&self, person: Ordinal, fingerprint: &Fingerprint) -> Vec<usize> {
        let mut places = self.like(&fingerprint.bands());
        places.extend(self.by_person.get(&person));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The findings of the comparison. A column can match a file on hold, and also a served file of the same participant. The match with
    /// the file on hold is then ignored, because the fault is in that file.
    pub(super) fn findings(&self) -> Likenesses {
        let mut told = Likenesses::default();
        for column in &self.columns {
            let counts = |found: &&ComparedColumn| {
                let is_the_other_s = found.of_held && found.finding.kind == FindingKind::SameGenotypes;
                !(is_the_other_s && column.is_own_for_sure)
            };
            let findings: Vec<NewFinding> = column.found.iter().filter(counts).map(|found| found.finding.clone()).collect();
            let of_kind = |kind| findings.iter().any(|finding| finding.kind == kind);
            let unlike_own = of_kind(FindingKind::OtherGenotypes);
            told.same_as_others += u64::from(of_kind(FindingKind::SameGenotypes));
            told.other_than_own += u64::from(unlike_own);
            told.same_as_own += u64::from(column.with_own && !unlike_own);
            told.findings.extend(findings);
        }
        told
    }

    /// The fingerprints to store with the new file.
    pub(super) fn fingerprints(&self) -> Vec<NewFingerprint> {
        let kept = |column: &Column<'_>| NewFingerprint {
            position: column.checked.position,
            ordinal: column.checked.ordinal,
            scheme: self.scheme.to_owned(),
            sites: column.checked.fingerprint.to_bytes(),
            bands: column.bands.clone(),
        };
        self.columns.iter().map(kept).collect()
    }
}

impl Column<'_> {
    fn compare(&mut self, other: &StoredFingerprint, fingerprint: &Fingerprint) {
        let comparison = self.checked.fingerprint.compare(fingerprint);
        let kind = match (comparison.likeness(), other.ordinal == self.checked.ordinal) {
            (Likeness::OnePerson, false) => FindingKind::SameGenotypes,
            (Likeness::TwoPeople, true) => FindingKind::OtherGenotypes,
            (Likeness::OnePerson, true) => {
                self.with_own = true;
                self.is_own_for_sure |= !other.held;
                return;
            }
            (Likeness::TwoPeople, false) | (Likeness::NotShown, _) => return,
        };
        self.found.push(ComparedColumn {
            finding: likeness(self.checked.position, kind, comparison, other.object.clone(), other.position),
            of_held: other.held,
        });
    }
}

fn parsed(stored: &StoredFingerprint) -> Result<Fingerprint, CatalogueError> {
    Fingerprint::parse(&stored.sites).ok_or(CatalogueError::Corrupt { what: "fingerprint" })
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
        "windows": comparison.windows,
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

#[cfg(test)]
mod tests;
