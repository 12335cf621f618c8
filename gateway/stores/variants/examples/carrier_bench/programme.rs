//! The programme of the benchmark: one dataset, one consent form, and a caller with a Grant.

use gemj_access::{AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, Policy, Resource, Roster, decide};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{Assembly, Clause, ConsentEvent, ConsentForm, ConsentKind, DatasetId, DatasetPolicy, FormId, Ordinal, Origin, Timestamp};

pub(crate) const ASSEMBLY: Assembly = Assembly::GRCh38;
pub(crate) const ORIGIN: Origin = Origin::Germline;

/// The id of the benchmark's dataset.
pub(crate) fn dataset() -> DatasetId {
    DatasetId::parse("bench").unwrap()
}

/// A Grant of the public tier that covers the participants in `consented`. An allele is visible if participants of at least
/// `least_families` families carry it.
pub(crate) fn grant(dataset: &DatasetId, consented: &[u32], least_families: u32) -> Grant {
    let form = FormId::parse("unified-1").unwrap();
    let words = || Bilingual {
        ja: String::new(),
        en: String::new(),
    };
    let mut ledger = ConsentLedger::new([ConsentForm {
        id: form.clone(),
        title: words(),
        issuer: String::new(),
        particulars: Default::default(),
        effective_from: "2020-01-01".into(),
        overseas_countries: Vec::new(),
        clauses: Clause::ALL.into_iter().map(|clause| FormClause { clause, text: words() }).collect(),
    }]);
    let mut roster = Roster::default();
    for &ordinal in consented {
        roster.enrol(dataset, Ordinal(ordinal));
        ledger.append(ConsentEvent {
            sequence: u64::from(ordinal) + 1,
            participant: Ordinal(ordinal),
            kind: ConsentKind::Given,
            form: Some(form.clone()),
            clauses: Clause::ALL.into_iter().collect(),
            effective: Timestamp(1),
            recorded: Timestamp(1),
            ground: gemj_model::Ground::Consent,
            corrects: None,
        });
    }
    let ids = [dataset.clone()];
    let policy = DatasetPolicy {
        id: dataset.clone(),
        name: String::new(),
        description: String::new(),
        data_use: Vec::new(),
        public_boolean: true,
    };
    let view = ConsentView::fold(1, &ledger, &roster, &[], &[], &ids, Timestamp(10));
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &Caller::anonymous(),
        action: Action::AskVariants,
        resource: Resource::Population(&ids),
        declared: None,
        now: Timestamp(10),
    };
    decide(&question, &Policy::new(vec![policy], Vec::new(), least_families), &view).unwrap()
}
