//! The forms as the fold reads them: numbered, with their clauses as bits and the committee's decisions resolved.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use gemj_model::{Clause, ClauseSet, ConsentForm, FormId, Ground, SiteId, Timestamp};

/// A form's number in the table, from 1. A form that events name but that is unknown has a number too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FormNumber(NonZeroU32);

impl FormNumber {
    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A site's number. Only sites that an equivalence names have a number; the fold does not need other sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SiteNumber(u32);

/// The facts that the fold needs of a known form.
#[derive(Clone, Debug)]
pub(super) struct FormFacts {
    pub(super) asked: ClauseSet,
    pub(super) ground: Ground,
    /// The instant from which a signature on the form no longer counts.
    pub(super) until: Option<Timestamp>,
    pub(super) equivalents: Vec<Equivalent>,
}

/// One row of an equivalence that opens a clause.
#[derive(Clone, Debug)]
pub(super) struct Equivalent {
    pub(super) agreed: Clause,
    pub(super) opens: Clause,
    pub(super) sites: Vec<SiteNumber>,
    pub(super) decided: Timestamp,
    pub(super) ground: Ground,
    /// The form whose countries count.
    pub(super) form: FormNumber,
}

/// The forms by number.
#[derive(Clone, Debug, Default)]
pub(super) struct FormTable {
    numbers: HashMap<FormId, FormNumber>,
    ids: Vec<FormId>,
    facts: Vec<Option<FormFacts>>,
    forms: HashMap<FormNumber, Arc<ConsentForm>>,
    sites: HashMap<SiteId, SiteNumber>,
}

impl FormTable {
    pub(super) fn new(forms: impl IntoIterator<Item = ConsentForm>) -> Self {
        let mut table = Self::default();
        for form in forms {
            let number = table.number(&form.id);
            table.forms.insert(number, Arc::new(form));
        }
        // The rows name other forms, so all forms are added before the first row is read.
        let known: Vec<_> = table.forms.iter().map(|(number, form)| (*number, Arc::clone(form))).collect();
        for (number, form) in known {
            let facts = table.facts_of(&form);
            table.facts[number.place()] = Some(facts);
        }
        table
    }

    /// A form's number. A form without a number gets one now.
    pub(super) fn number(&mut self, id: &FormId) -> FormNumber {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        self.ids.push(id.clone());
        let number = FormNumber(NonZeroU32::MIN.saturating_add(self.ids.len() as u32 - 1));
        self.facts.push(None);
        self.numbers.insert(id.clone(), number);
        number
    }

    /// The facts of a form; absent for an unknown form.
    pub(super) fn facts(&self, number: FormNumber) -> Option<&FormFacts> {
        self.facts.get(number.place())?.as_ref()
    }

    pub(super) fn id(&self, number: FormNumber) -> Option<&FormId> {
        self.ids.get(number.place())
    }

    pub(super) fn form(&self, number: FormNumber) -> Option<&Arc<ConsentForm>> {
        self.forms.get(&number)
    }

    pub(super) fn form_by_id(&self, id: &FormId) -> Option<&Arc<ConsentForm>> {
        self.form(*self.numbers.get(id)?)
    }

    /// A site's number; absent for a site that no equivalence names.
    pub(super) fn site(&self, id: &SiteId) -> Option<SiteNumber> {
        self.sites.get(id).copied()
    }

    fn facts_of(&mut self, form: &ConsentForm) -> FormFacts {
        let asked = form.clause_set();
        let mut equivalents = Vec::new();
        for decision in form.particulars.equivalences.iter().filter(|e| e.legacy_form == form.id) {
            let Some(target) = self.form_by_id(&decision.form).map(|f| f.clause_set()) else {
                continue;
            };
            let number = self.number(&decision.form);
            let sites: Vec<_> = decision.sites.iter().map(|site| self.number_of_site(site)).collect();
            for row in &decision.clauses {
                let company = row.opens == Clause::Commercial && decision.ground != Ground::Consent;
                // A row does not open a clause that the older form asks about, because the participant answered it. A row does not open a clause that
                // the newer form does not ask about.
                if !row.verdict.opens()
                    || company
                    || asked.contains(row.opens)
                    || !asked.contains(row.agreed)
                    || !target.contains(row.opens)
                {
                    continue;
                }
                equivalents.push(Equivalent {
                    agreed: row.agreed,
                    opens: row.opens,
                    sites: sites.clone(),
                    decided: decision.decided,
                    ground: decision.ground,
                    form: number,
                });
            }
        }
        FormFacts {
            asked,
            ground: form.particulars.ground,
            // A date that cannot be parsed counts as long past.
            until: form
                .particulars
                .effective_until
                .as_ref()
                .map(|day| Timestamp::parse(day).unwrap_or(Timestamp(i64::MIN))),
            equivalents,
        }
    }

    fn number_of_site(&mut self, id: &SiteId) -> SiteNumber {
        let next = SiteNumber(self.sites.len() as u32);
        *self.sites.entry(id.clone()).or_insert(next)
    }
}
