//! The consent forms as the fold reads them: each form has a number, its clauses are bits, and the committee's
//! decisions about equivalent forms are resolved.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use gemj_model::{Clause, ClauseSet, ConsentForm, FormId, Ground, SiteId, Timestamp};

/// A form's number in the table, from 1. A form that is unknown also has a number if an event names the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FormNumber(NonZeroU32);

impl FormNumber {
    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A site's number. A site has a number only if an equivalence of forms names the site. The fold does not need other sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SiteNumber(u32);

/// The facts that the fold needs of a known form.
#[derive(Clone, Debug)]
pub(super) struct FormFacts {
    pub(super) asked: ClauseSet,
    pub(super) ground: Ground,
    /// The instant from which a new signature on the form no longer counts; absent if the form has no end.
    pub(super) until: Option<Timestamp>,
    pub(super) equivalents: Vec<Equivalent>,
}

/// One row of the committee's decision on equivalent forms: agreement to the clause `agreed` of the older form opens the clause `opens`.
#[derive(Clone, Debug)]
pub(super) struct Equivalent {
    pub(super) agreed: Clause,
    pub(super) opens: Clause,
    pub(super) sites: Vec<SiteNumber>,
    pub(super) decided: Timestamp,
    pub(super) ground: Ground,
    /// The newer form of the equivalence, whose list of countries counts.
    pub(super) form: FormNumber,
}

/// All consent forms, by number.
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
        // The equivalences of one form name other forms, so all forms are added before the first equivalence is read.
        let known: Vec<_> = table.forms.iter().map(|(number, form)| (*number, Arc::clone(form))).collect();
        for (number, form) in known {
            let facts = table.facts_of(&form);
            table.facts[number.place()] = Some(facts);
        }
        table
    }

    /// The number of a form. If the form has no number yet, the form gets one.
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

    /// A site's number; absent if no equivalence of forms names the site.
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
                // The row is skipped if the older form asks about the opened clause, because the participant already answered that clause. The row is
                // also skipped if the newer form does not ask about the opened clause.
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
            // An end that cannot be parsed counts as long past, so that no signature on the form counts.
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
