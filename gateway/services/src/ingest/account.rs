//! Stores the account of a run: its start, and at its end what became of every unit and of every part of a unit.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{CapabilityKey, Mandate};
use gemj_adapters::{Accounting, Quarantined, StoredNames, Target};
use gemj_catalogue::{Catalogue, CatalogueError, IngestCount, IngestResult, IngestStart, IngestState, QuarantinedUnit};
use gemj_model::{Clock, Timestamp};

use super::Intake;
use super::received::Received;
use crate::linkage::{mark_name, unit_name};

/// A run whose start is stored.
pub(super) struct Run<'a> {
    catalogue: &'a Catalogue,
    key: &'a CapabilityKey,
    mandate: &'a Mandate,
    clock: &'a dyn Clock,
    target: &'a Target,
    pub(super) id: String,
    /// The units that earlier runs refused, and which of them this run has received.
    pub(super) received: Received,
    /// The names that the account may contain.
    names: StoredNames,
}

impl<'a> Run<'a> {
    /// Stores the start of a run that reads `target`'s input with a profile, given by name and version.
    pub(super) async fn begin(
        intake: &Intake<'a>,
        read_by: (&str, &str),
        names: StoredNames,
        target: &'a Target,
    ) -> Result<Self, CatalogueError> {
        let catalogue = &intake.stores.catalogue;
        let (dataset, site, namespace) = (target.dataset(), target.site(), target.namespace());
        let open = catalogue.open_quarantine(intake.mandate, dataset, site, namespace).await?;
        let start = start(read_by, target, intake.clock.now());
        catalogue.begin_ingest_run(intake.mandate, &start).await?;
        Ok(Self {
            catalogue,
            key: intake.key,
            mandate: intake.mandate,
            clock: intake.clock.as_ref(),
            target,
            id: start.id,
            received: Received::of(open),
            names,
        })
    }

    /// Stores the result of the run.
    pub(super) async fn end(&self, state: IngestState, accounting: &Accounting) -> Result<(), CatalogueError> {
        let result = result((self.key, self.target), accounting, &self.names);
        // A unit that was refused again was received again. Its new entry is that of this run.
        let names = result.quarantined.iter().map(|unit| unit.unit.as_str());
        let again: BTreeSet<String> = self.received.again(names);
        let at = (state, self.clock.now());
        let again: Vec<String> = again.into_iter().collect();
        self.catalogue.end_ingest_run(self.mandate, &self.id, at, &result, &again).await
    }
}

/// The start of a run that reads `target`'s input with a profile, given by name and version.
pub(super) fn start(read_by: (&str, &str), target: &Target, began: Timestamp) -> IngestStart {
    IngestStart {
        id: format!("{:032x}", rand::random::<u128>()),
        profile: read_by.0.to_owned(),
        mapping_version: read_by.1.to_owned(),
        dataset: target.dataset().clone(),
        site: target.site().clone(),
        namespace: target.namespace().to_owned(),
        exported: target.exported(),
        began,
    }
}

/// An account as it is stored, with keyed names of the refused units.
pub(super) fn result((key, target): (&CapabilityKey, &Target), accounting: &Accounting, names: &StoredNames) -> IngestResult {
    let mut refused = Vec::new();
    for (units, is_part) in [(&accounting.quarantined, false), (&accounting.results_refused, true)] {
        refused.extend(units.iter().map(|unit| stored((key, target), unit, is_part)));
    }
    refused.sort_by_key(|unit| unit.number);
    IngestResult {
        received: accounting.received,
        committed: accounting.committed,
        replaced: accounting.replaced,
        unchanged: accounting.unchanged,
        duplicate: accounting.duplicate,
        superseded: accounting.superseded,
        quarantined: refused,
        ignored: accounting.ignored_files + accounting.ignored.values().sum::<u64>(),
        counts: counts(accounting, names),
    }
}

/// A refused unit as it is stored: without the name of its file, which can contain the number of a person.
fn stored((key, target): (&CapabilityKey, &Target), unit: &Quarantined, is_part: bool) -> QuarantinedUnit {
    QuarantinedUnit {
        number: unit.number,
        unit: match &unit.name {
            Some(name) => unit_name(key, name),
            None => mark_name(key, target, &unit.mark),
        },
        is_part,
        reason: unit.reason_code.to_owned(),
        detail: unit.detail.clone(),
        received_again_by: None,
    }
}

/// All counts by name. A count of 0 is absent. Names that may not be stored are counted together.
fn counts(accounting: &Accounting, names_of: &StoredNames) -> Vec<IngestCount> {
    let mut all: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut add = |kind: &str, name: &str, count: u64| {
        if count > 0 {
            let name = match kind {
                "repair" | "facts" | "encoding" | "stored" | "left-out" | "kept" | "merge" => name,
                _ => names_of.stored(name),
            };
            *all.entry((kind.to_owned(), name.to_owned())).or_default() += count;
        }
    };
    for (rule, names) in &accounting.left_out {
        let kind = format!("left-out:{}", rule.as_str());
        names.iter().for_each(|(name, count)| add(&kind, name, *count));
    }
    for (name, coverage) in &accounting.fields {
        add("field-mapped", name, coverage.mapped);
        add("field-ignored", name, coverage.ignored);
        add("field-unknown", name, coverage.unknown);
    }
    accounting
        .repairs
        .iter()
        .for_each(|(repair, count)| add("repair", repair.as_str(), *count));
    let by_name: [(&str, &BTreeMap<String, u64>); 3] = [
        ("ignored", &accounting.ignored),
        ("not-taken", &accounting.not_taken),
        ("not-understood", &accounting.not_understood),
    ];
    for (kind, names) in by_name {
        names.iter().for_each(|(name, count)| add(kind, name, *count));
    }
    let by_word = [
        ("facts", &accounting.facts_otherwise),
        ("encoding", &accounting.encodings),
        ("merge", &accounting.merges),
    ];
    for (kind, names) in by_word {
        names.iter().for_each(|(name, count)| add(kind, name, *count));
    }
    for (kind, name, count) in [
        ("facts", "present", accounting.facts_present),
        ("facts", "excluded", accounting.facts_excluded),
        ("facts", "suspected", accounting.facts_suspected),
        ("stored", "specimens", accounting.specimens),
        ("stored", "carriers", accounting.carriers),
        ("left-out", "variants-not-counted", accounting.variants_not_counted),
        ("left-out", "members-unread", accounting.members_unread),
        ("left-out", "members-unknown", accounting.members_unknown),
        ("left-out", "repeated-statements", accounting.repeated),
        ("kept", "lost-character", accounting.lost_character),
        ("ignored", "file", accounting.ignored_files),
    ] {
        add(kind, name, count);
    }
    let all = all.into_iter();
    all.map(|((kind, name), count)| IngestCount { kind, name, count }).collect()
}
