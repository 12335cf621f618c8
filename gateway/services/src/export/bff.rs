//! Writes the Beacon Friendly Format: `individuals.json` and `biosamples.json`, each an array of records of the Beacon v2 default model.

use std::collections::BTreeSet;
use std::path::Path;

use gemj_catalogue::{OwnedSpecimen, RecordedSpecimen};
use gemj_model::{Ordinal, PartialDate, SpecimenStatement};

use super::ExportFailure;
use super::account::{Account, LeftOut};
use super::cases::{CaseWriter, ReturnedCase};
use super::files::{Layout, RecordFile};
use crate::beacon::records::term::Terms;
use crate::beacon::records::{biosample, individual};

pub(super) struct Files {
    individuals: RecordFile,
    biosamples: RecordFile,
    terms: Terms,
}

impl Files {
    pub(super) fn create(folder: &Path) -> Result<Self, ExportFailure> {
        Ok(Self {
            individuals: RecordFile::create(folder, "individuals.json", Layout::Array)?,
            biosamples: RecordFile::create(folder, "biosamples.json", Layout::Array)?,
            terms: Terms::as_received(),
        })
    }
}

impl CaseWriter for Files {
    fn add(&mut self, case: &ReturnedCase, account: &mut Account) -> Result<(), ExportFailure> {
        let (record, untold) = individual::told(&case.names, &case.person, &self.terms);
        for reason in untold {
            account.leave_out(reason.into(), 1);
        }
        self.individuals.add(&record)?;
        let person = &case.person;
        let recorded = |stated| recorded(person.ordinal, person.born.clone(), stated);
        let specimens: Vec<RecordedSpecimen> = case.specimens.iter().map(recorded).collect();
        for (specimen, stated) in specimens.iter().zip(&case.specimens) {
            count_untold(specimen, stated, &specimens, account);
            let record = biosample::record(&case.names, specimen, &specimens, &self.terms);
            self.biosamples.add(&record)?;
        }
        account.participants += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, account: &mut Account) -> Result<(), ExportFailure> {
        for file in [self.individuals, self.biosamples] {
            let (name, count) = file.finish()?;
            account.files.insert(name.to_owned(), count);
        }
        Ok(())
    }
}

fn recorded(ordinal: Ordinal, born: Option<PartialDate>, stated: &SpecimenStatement) -> RecordedSpecimen {
    RecordedSpecimen {
        owned: OwnedSpecimen {
            ordinal,
            specimen: Some(stated.id.clone()),
        },
        born,
        kind_code: Some(stated.kind_code.clone()).filter(|code| !code.is_empty()),
        collected: stated.collected.clone(),
        body_site: stated.body_site.clone(),
        parent: stated.parent.clone(),
        steps: stated.steps.clone(),
        origins: BTreeSet::new(),
    }
}

/// Counts what the record of a specimen does not contain: texts beside codes, the class of storage, and further steps.
fn count_untold(specimen: &RecordedSpecimen, stated: &SpecimenStatement, beside: &[RecordedSpecimen], account: &mut Account) {
    let terms = Terms::as_received();
    let is_no_term = |code: &Option<String>| code.as_deref().is_some_and(|code| terms.term(code, "").is_none());
    let codes = [&specimen.kind_code, &specimen.body_site]
        .into_iter()
        .filter(|code| is_no_term(code))
        .count();
    account.leave_out(LeftOut::Code, codes as u64);
    let is_told = |at: usize, kind| stated.steps.iter().position(|step| step.kind == kind) == Some(at);
    let steps = stated.steps.iter().enumerate().filter(|(at, step)| {
        let is_written = is_told(*at, step.kind) && step.code.as_deref().is_some_and(|code| terms.term(code, "").is_some());
        // The record has the code of a step alone.
        !is_written || !step.label.is_empty() || step.time.is_some()
    });
    let details = u64::from(!stated.kind_label.is_empty()) + u64::from(stated.storage.is_some()) + steps.count() as u64;
    account.leave_out(LeftOut::Detail, details);
    let is_day = stated
        .collected
        .as_ref()
        .is_some_and(|date| date.as_str().len() == "2026-01-01".len());
    account.leave_out(LeftOut::Date, u64::from(stated.collected.is_some() && !is_day));
    let lost_parent = specimen
        .parent
        .as_ref()
        .is_some_and(|parent| !beside.iter().any(|other| other.owned.specimen.as_ref() == Some(parent)));
    account.leave_out(LeftOut::Parent, u64::from(lost_parent));
}
