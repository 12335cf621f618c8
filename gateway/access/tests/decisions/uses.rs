//! The uses of the decision table: every code of the Data Use Ontology against approved uses.

use std::collections::{BTreeSet, HashMap, HashSet};

use gemj_access::*;
use gemj_model::*;
use serde::Deserialize;

use crate::programme::{approval, dataset, everybody_agreed, file};

/// Every code of DUO 2021-02-23 that a dataset may carry: permissions, modifiers, headings, kinds of research, and
/// the obsolete codes that datasets still use.
const CODES: [u32; 39] = [
    1, 2, 3, 4, 5, 6, 7, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 42,
    43, 44, 45, 46,
];

#[derive(Deserialize)]
struct Table {
    #[serde(rename = "use")]
    uses: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    data: Vec<DataUseTerm>,
    #[serde(default)]
    for_each: Vec<Purpose>,
    purposes: Option<Vec<Purpose>>,
    declares: Option<Purpose>,
    by: Option<String>,
    country: Option<String>,
    #[serde(default)]
    diseases: Vec<String>,
    #[serde(default)]
    meets: Vec<String>,
    #[serde(default)]
    commercial: bool,
    from: Option<String>,
    at: Option<String>,
    who: Option<String>,
    verdict: String,
}

/// A caller with this subject at the table's token issuer, and a visa for `approval-1`.
fn user(name: &str) -> Caller {
    let identity = Identity {
        issuer: "https://idp.example".into(),
        subject: name.into(),
    };
    Caller {
        pseudonym: identity.pseudonym(),
        identity: Some(identity),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: "https://example.org/approval-1".into(),
            jti: Some("visa-1".into()),
            not_after: Timestamp::parse("2030-01-01").unwrap(),
        }],
        not_after: Some(Timestamp::parse("2030-01-01").unwrap()),
        ..Caller::default()
    }
}

/// The disease terms that the preface of the decision table lists, with their descendants.
pub(crate) fn diseases() -> HashMap<String, HashSet<String>> {
    let known = |term: &str, kinds: &[&str]| (term.to_owned(), kinds.iter().map(|kind| (*kind).to_owned()).collect());
    HashMap::from([
        known("MONDO:0004992", &["MONDO:0007254", "MONDO:0008903"]),
        known("MONDO:0007254", &[]),
        known("MONDO:0008903", &[]),
        known("MONDO:0004979", &[]),
    ])
}

pub(crate) fn organisations() -> Vec<Organisation> {
    [
        ("university.jp", "JP", OrganisationKind::Academic),
        ("university.gb", "GB", OrganisationKind::Academic),
        ("company.jp", "JP", OrganisationKind::Company),
    ]
    .map(|(domain, country, kind)| Organisation {
        domain: domain.into(),
        country: country.into(),
        kind,
    })
    .to_vec()
}

impl Row {
    fn now(&self) -> Timestamp {
        Timestamp::parse(self.at.as_deref().unwrap_or("2026-06-01")).unwrap()
    }

    fn policy(&self) -> Policy {
        let data = DatasetPolicy {
            id: dataset("cancer"),
            data_use: self.data.clone(),
            ..gemj_fixtures::dataset_policy("dataset")
        };
        Policy::new(vec![data], organisations(), 10).with_disease_descendants(diseases())
    }

    /// The verdicts for each set of purposes in the row.
    fn answers(&self) -> Vec<String> {
        let alone = self.for_each.iter().map(|purpose| vec![*purpose]);
        let sets: Vec<Vec<Purpose>> = self.purposes.clone().into_iter().chain(alone).collect();
        assert!(!sets.is_empty(), "{}: no purposes", self.name);
        sets.into_iter().map(|purposes| self.answer(purposes)).collect()
    }

    fn answer(&self, purposes: Vec<Purpose>) -> String {
        let approved = Approval {
            organisation: self.by.clone().unwrap_or_else(|| "university.jp".into()),
            country: self.country.clone(),
            purposes,
            diseases: self.diseases.clone(),
            meets: self.meets.clone(),
            commercial: self.commercial,
            not_before: self.from.as_deref().map(|day| Timestamp::parse(day).unwrap()),
            not_after: Timestamp::parse("2030-01-01").unwrap(),
            ..approval("approval-1", "cancer")
        };
        let view = everybody_agreed(&[approved], &[], self.now());
        let (policy, caller) = (self.policy(), user(self.who.as_deref().unwrap_or("user-1")));
        let declared = self.declares.map(|purpose| Declared {
            approval: None,
            purpose: Some(purpose),
            fhir: None,
        });
        let cancer = [dataset("cancer")];
        let ask = |action, resource| {
            let question = AccessRequest {
                decision: DecisionId(1),
                caller: &caller,
                action,
                resource,
                declared: declared.as_ref(),
                now: self.now(),
            };
            decide(&question, &policy, &view)
        };
        let answer = ask(Action::AskVariants, Resource::Population(&cancer));
        // A file of the dataset is open exactly if the dataset is open. Otherwise the file is not visible. Two refusals about
        // the declared purpose are returned for files too, because they reveal nothing about a file: the purpose is never
        // allowed, or the approval does not have the purpose.
        let object = file("cancer", &[Some(0)]);
        match (&answer, ask(Action::DescribeObject, Resource::Object(Some(&object)))) {
            (Ok(population), Ok(one)) => assert_eq!(population.not_after(), one.not_after(), "{}", self.name),
            (Err(_), Err(Denial { rule, .. })) => {
                let of_declaration = declared.is_some() && matches!(rule, Rule::Purpose | Rule::PurposeRefused(_));
                assert!(rule == Rule::NotVisible || of_declaration, "{}: {rule:?}", self.name);
            }
            (_, other) => panic!("{}: {other:?}", self.name),
        }
        let explained = explain(&caller, declared.as_ref(), &policy, &view, self.now());
        let [of_cancer] = explained.datasets.as_slice() else { panic!() };
        match answer {
            Ok(grant) => {
                let open = of_cancer.open.as_ref().unwrap();
                assert_eq!(
                    (open.tier, open.until),
                    (Tier::Controlled, Some(grant.not_after())),
                    "{}",
                    self.name
                );
                match grant.not_after() {
                    end if end == Timestamp::parse("2030-01-01").unwrap() => "allow".to_owned(),
                    // `end` is the first instant of a day in Japan. Nine hours later, the UTC date is the date of that day.
                    end => format!("allow until {}", &end.plus_seconds(9 * 3600).rfc3339()[..10]),
                }
            }
            Err(Denial { rule, visa, .. }) => {
                assert_eq!(of_cancer.open, None, "{}", self.name);
                let codes: Vec<_> = of_cancer.reasons.iter().filter_map(|reason| reason.cause.data_use()).collect();
                match rule {
                    Rule::DataUse { code } => {
                        assert_eq!((codes, visa.as_deref()), (vec![code.as_str()], Some("visa-1")), "{}", self.name);
                        format!("deny {code}")
                    }
                    Rule::DataUseReferred { code } => {
                        assert_eq!((codes, visa.as_deref()), (vec![code.as_str()], Some("visa-1")), "{}", self.name);
                        format!("refer {code}")
                    }
                    other => {
                        assert!(!of_cancer.reasons.is_empty(), "{}", self.name);
                        format!("deny {}", other.code())
                    }
                }
            }
        }
    }
}

fn table() -> Vec<Row> {
    toml::from_str::<Table>(crate::TABLE).unwrap().uses
}

#[test]
fn every_use_has_its_stated_verdict_for_populations_for_files_and_in_the_dry_run() {
    let mut wrong = Vec::new();
    for row in table() {
        for answer in row.answers() {
            if answer != row.verdict {
                wrong.push(format!("{} ({:?}): {answer}, not {}", row.name, row.data, row.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_ontology_code_is_in_the_table_and_every_usable_code_is_met_in_one_row_and_refused_in_another() {
    let (mut named, mut allowed, mut refused): (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>) = Default::default();
    for row in table() {
        for term in &row.data {
            named.insert(term.code.clone());
            if row.verdict.starts_with("allow") {
                allowed.insert(term.code.clone());
            } else if row.verdict.ends_with(&term.code) && !term.code.is_empty() {
                refused.insert(term.code.clone());
            }
        }
    }
    for number in CODES {
        let code = format!("DUO:{number:07}");
        assert!(named.contains(&code), "{code} is in no row");
        let readable = !(31..=40).contains(&number) && ![1, 2, 3, 5, 14, 17].contains(&number);
        assert_eq!(allowed.contains(&code), readable, "{code} allows something");
        // The permission "no restriction" restricts nothing. The modifier for clinical care only widens and never denies.
        assert_eq!(refused.contains(&code), ![4, 43].contains(&number), "{code} refuses something");
    }
    let purposes: BTreeSet<Purpose> = table().iter().flat_map(|row| row.for_each.clone()).collect();
    assert_eq!(purposes, BTreeSet::from(Purpose::ALL));
}
