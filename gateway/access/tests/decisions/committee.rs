//! Random committees: datasets with conditions, releases, approvals, people and callers. The expected answers are computed with loops and tables,
//! without bitmaps and without the code under test.

use std::collections::BTreeSet;

use gemj_access::*;
use gemj_model::*;
use proptest::prelude::*;

use crate::programme::{approval, dataset, form, given};
use crate::uses::{diseases, organisations};

pub(crate) const DATASETS: [&str; 2] = ["cancer", "rare"];
const PEOPLE: u32 = 5;
const APPROVALS: usize = 3;
/// The number of bases of the one contig on which the random regions are.
const BASES: u64 = 12;
const FILES: [&str; 3] = ["file-0", "file-1", "file-2"];

pub(crate) fn day(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    day("2026-06-01")
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    /// For each person: the agreed clauses as bits, the family, and the memberships in datasets as bits.
    pub(crate) people: Vec<(u16, u8, u8)>,
    pub(crate) conditions: [Vec<DataUseTerm>; 2],
    /// One release for each dataset: the people and the files in the release, as bits.
    pub(crate) releases: [(u8, u8); 2],
    pub(crate) approvals: Vec<Approval>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// Whether the caller, user-1, is proven to be user-2 too.
    pub(crate) also_user_2: bool,
    /// The caller's visas: for each visa, the index of its approval and the visa's end.
    pub(crate) visas: Vec<(usize, Timestamp)>,
    pub(crate) approval: Option<String>,
    pub(crate) purpose: Option<Purpose>,
}

/// The access to one dataset, in plain sets and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) people: BTreeSet<u32>,
    pub(crate) whole_families: BTreeSet<u32>,
    /// The files that are in every release of the approvals, as bits, as in `World::releases`.
    pub(crate) files: u8,
    pub(crate) delivery: Delivery,
    pub(crate) purposes: BTreeSet<Purpose>,
    pub(crate) budget: Option<u64>,
    /// The open bases of each assembly; absent if the whole genome is open.
    pub(crate) bases: Option<BTreeSet<(Assembly, u64)>>,
    pub(crate) until: Timestamp,
}

impl Open {
    pub(crate) fn of(grant: &Grant) -> Self {
        let [one] = grant.datasets() else { panic!() };
        Self {
            people: one.participants().iter().collect(),
            whole_families: one.whole_families().iter().collect(),
            files: (0..FILES.len())
                .filter(|file| one.has_file(&ObjectId::parse(FILES[*file]).unwrap()))
                .map(|file| 1 << file)
                .sum(),
            delivery: one.delivery().unwrap(),
            purposes: grant.purposes().iter().copied().collect(),
            budget: one.region_budget_bp(),
            bases: one.regions().map(bases),
            until: grant.not_after(),
        }
    }

    /// Whether every part of this access is within the other access.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.people.is_subset(&other.people)
            && self.whole_families.is_subset(&other.whole_families)
            && self.files & !other.files == 0
            && self.delivery <= other.delivery
            && self.purposes.is_subset(&other.purposes)
            && self.until <= other.until
            && other.bases.as_ref().is_none_or(|most| self.bases.as_ref().is_some_and(|bases| bases.is_subset(most)))
            // Under `region-view`, an absent budget means that views are not limited.
            && (self.delivery != Delivery::RegionView || other.budget.is_none_or(|most| self.budget.is_some_and(|b| b <= most)))
    }
}

/// The open bases of a Grant's regions, as a set of single bases.
pub(crate) fn bases(regions: &GrantedRegions) -> BTreeSet<(Assembly, u64)> {
    let every = Assembly::ALL.into_iter().flat_map(|of| (0..BASES).map(move |base| (of, base)));
    let is_open = |(of, base): &(Assembly, u64)| regions.covers(*of, &Contig("chr7".into()), ZeroBased(*base), ZeroBased(base + 1));
    every.filter(is_open).collect()
}

/// The open bases of an approval's regions, as a set of single bases.
fn written(regions: &[ApprovedRegion]) -> BTreeSet<(Assembly, u64)> {
    let of = |region: &ApprovedRegion| {
        let (start, end, named) = (region.start.0, region.end.0, region.assembly);
        let assemblies = [Assembly::GRCh37, Assembly::GRCh38]
            .into_iter()
            .filter(move |a| named.is_none_or(|n| n == *a));
        assemblies
            .flat_map(move |a| (start..end).map(move |base| (a, base)))
            .collect::<Vec<_>>()
    };
    regions.iter().flat_map(of).collect()
}

pub(crate) fn identity(name: &str) -> Identity {
    Identity {
        issuer: "https://idp.example".into(),
        subject: name.into(),
    }
}

impl Asker {
    pub(crate) fn caller(&self) -> Caller {
        let me = identity("user-1").pseudonym();
        Caller {
            known_as: if self.also_user_2 {
                vec![me.clone(), identity("user-2").pseudonym()]
            } else {
                vec![me.clone()]
            },
            pseudonym: me,
            controlled: self
                .visas
                .iter()
                .map(|(of, until)| ControlledAccess {
                    subject: Default::default(),
                    value: format!("https://example.org/approval-{of}"),
                    jti: Some(format!("visa-{of}")),
                    not_after: *until,
                })
                .collect(),
            not_after: Some(day("2029-01-01")),
            ..Caller::default()
        }
    }

    pub(crate) fn declared(&self) -> Option<Declared> {
        (self.approval.is_some() || self.purpose.is_some()).then(|| Declared {
            approval: self.approval.clone(),
            purpose: self.purpose,
            fhir: None,
        })
    }

    fn is(&self, user: &str) -> bool {
        user == "user-1" || (user == "user-2" && self.also_user_2)
    }
}

impl World {
    pub(crate) fn policy(&self) -> Policy {
        let datasets = DATASETS.iter().zip(&self.conditions).map(|(id, conditions)| DatasetPolicy {
            data_use: conditions.clone(),
            ..gemj_fixtures::dataset_policy(dataset(id).as_str())
        });
        Policy::new(datasets.collect(), organisations(), 10)
            .with_disease_descendants(diseases())
            .with_region_budget_bp(700)
    }

    pub(crate) fn view(&self, now: Timestamp) -> ConsentView {
        let mut ledger = ConsentLedger::new([form()]);
        let mut roster = Roster::default();
        for (person, (clauses, family, members)) in (0..).zip(&self.people) {
            let holds = |clause: &Clause| clauses & (1 << *clause as u16) != 0;
            ledger.append(given(person, Clause::ALL.into_iter().filter(holds).collect()));
            roster.register(Ordinal(person), Some(&format!("family-{family}")), None);
            for (bit, id) in DATASETS.iter().enumerate() {
                if members & (1 << bit) != 0 {
                    roster.enrol(&dataset(id), Ordinal(person));
                }
            }
        }
        let releases: Vec<Release> = (0..2)
            .map(|of| Release {
                id: ReleaseId::parse(&format!("release-{of}")).unwrap(),
                dataset: dataset(DATASETS[of]),
                created: day("2026-01-01"),
                objects: (0..FILES.len())
                    .filter(|file| self.releases[of].1 & (1 << file) != 0)
                    .map(|file| ReleasedObject {
                        id: ObjectId::parse(FILES[file]).unwrap(),
                        sha256: String::new(),
                    })
                    .collect(),
                participants: (0..PEOPLE).filter(|p| self.releases[of].0 & (1 << p) != 0).map(Ordinal).collect(),
                citation: String::new(),
                manifest_sha256: String::new(),
            })
            .collect();
        ConsentView::fold(1, &ledger, &roster, &self.approvals, &releases, &DATASETS.map(dataset), now)
    }

    pub(crate) fn ask(&self, asker: &Asker, action: Action, resource: Resource<'_>, now: Timestamp) -> Result<Grant, Denial> {
        let (caller, declared) = (asker.caller(), asker.declared());
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action,
            resource,
            declared: declared.as_ref(),
            now,
        };
        decide(&question, &self.policy(), &self.view(now))
    }

    /// The access that a question about one dataset gets, or the rule that denies the question.
    pub(crate) fn population(&self, asker: &Asker, of: usize, now: Timestamp) -> Result<Open, Rule> {
        let named = [dataset(DATASETS[of])];
        let answer = self.ask(asker, Action::AskVariants, Resource::Population(&named), now);
        answer.map(|grant| Open::of(&grant)).map_err(|denial| denial.rule)
    }

    /// The expected access that one approval opens by itself; absent if the approval opens nothing. The second value is true if the approval is for
    /// the dataset and the dataset's conditions refuse the approval.
    fn alone(&self, asker: &Asker, (which, visa_end): (usize, Timestamp), of: usize, now: Timestamp) -> (Option<Open>, bool) {
        let approval = &self.approvals[which];
        let in_force = visa_end > now
            && approval.revoked.is_none()
            && approval.not_after > now
            && approval.not_before.is_none_or(|start| start <= now);
        let users = ["user-1", "user-2", "user-3"];
        let mine = approval.users.is_empty()
            || users
                .iter()
                .any(|user| asker.is(user) && approval.users.contains(&identity(user).pseudonym()));
        let meant = asker
            .approval
            .as_ref()
            .is_none_or(|named| *named == format!("approval-{which}") || *named == format!("https://example.org/approval-{which}"));
        let purposes: BTreeSet<Purpose> = match asker.purpose {
            Some(declared) => approval.purposes.iter().copied().filter(|p| *p == declared).collect(),
            None => approval.purposes.iter().copied().collect(),
        };
        let never = ["insurance", "employment", "law-enforcement", "re-identification"];
        let usable = !approval.purposes.iter().any(|p| never.contains(&p.as_str())) && !purposes.is_empty();
        let released = match approval.release.as_ref().map(ReleaseId::as_str) {
            None => Some(u8::MAX),
            Some("release-0") if of == 0 => Some(self.releases[0].0),
            Some("release-1") if of == 1 => Some(self.releases[1].0),
            Some(_) => None,
        };
        let (true, true, true, true, true, Some(released)) = (
            in_force,
            mine,
            meant,
            usable,
            approval.datasets.contains(&dataset(DATASETS[of])),
            released,
        ) else {
            return (None, false);
        };
        let (verdict, end) = self.judged(asker, approval, &purposes, of, now);
        if verdict != 'y' {
            return (None, true);
        }
        let members = |person: &u32| self.people[*person as usize].2 & (1 << of) != 0;
        let in_release = |person: &u32| released & (1 << person) != 0;
        let people: BTreeSet<u32> = (0..PEOPLE)
            .filter(members)
            .filter(in_release)
            .filter(|p| self.agreed(*p, approval))
            .collect();
        let family = |person: u32| self.people[person as usize].1;
        let whole = |person: &&u32| {
            (0..PEOPLE)
                .filter(|other| family(*other) == family(**person))
                .all(|other| self.agreed(other, approval))
        };
        let every_file = (1 << FILES.len()) - 1;
        let open = Open {
            files: approval.release.as_ref().map_or(every_file, |_| self.releases[of].1 & every_file),
            whole_families: people.iter().filter(whole).copied().collect(),
            people,
            delivery: approval.delivery,
            purposes,
            bases: approval.regions.as_deref().map(written),
            budget: (approval.delivery == Delivery::RegionView).then(|| approval.region_budget_bp.unwrap_or(700)),
            until: [approval.not_after, visa_end, day("2029-01-01")]
                .into_iter()
                .chain(end)
                .min()
                .unwrap(),
        };
        (Some(open), false)
    }

    /// Whether a person agreed to the use of an approval, in the organisation's country and in the approval's country.
    fn agreed(&self, person: u32, approval: &Approval) -> bool {
        let has = |clause: Clause| self.people[person as usize].0 & (1 << clause as u16) != 0;
        let (home, company) = body(&approval.organisation);
        let countries = [Some(home), approval.country.as_deref()];
        has(Clause::StudyUse)
            && (!(company || approval.commercial) || has(Clause::Commercial))
            && countries.into_iter().flatten().all(|country| match country {
                "JP" => has(Clause::ThirdPartyDomestic),
                // The consent form of this test names no other overseas country than GB.
                "GB" => has(Clause::ThirdPartyOverseas),
                _ => false,
            })
    }

    /// The expected verdict of a dataset's conditions on an approval, and the end of the allowance. The verdict is `y` (yes), `n`
    /// (no) or `?` (referred to the committee).
    fn judged(
        &self,
        asker: &Asker,
        approval: &Approval,
        purposes: &BTreeSet<Purpose>,
        of: usize,
        now: Timestamp,
    ) -> (char, Option<Timestamp>) {
        let terms = &self.conditions[of];
        let care = terms.iter().any(|term| term.code == "DUO:0000043");
        if !terms.iter().any(|term| PERMITTED.iter().any(|(code, _)| *code == term.code)) {
            return ('n', None);
        }
        let mut said = BTreeSet::new();
        let mut ends = Vec::new();
        for term in terms {
            if let Some((_, row)) = PERMITTED.iter().find(|(code, _)| *code == term.code) {
                for purpose in purposes {
                    let column = COLUMNS.iter().position(|p| p == purpose).unwrap();
                    said.insert(match row.as_bytes()[column] {
                        b'y' => 'y',
                        b'c' if care => 'y',
                        b'd' => of_diseases(term, approval),
                        b'D' if care => of_diseases(term, approval),
                        _ => 'n',
                    });
                }
                continue;
            }
            let (verdict, end) = modifier(term, asker, approval, purposes, now);
            said.insert(verdict);
            ends.extend(end);
        }
        let verdict = ['n', '?', 'y'].into_iter().find(|v| said.contains(v)).unwrap();
        (verdict, ends.into_iter().min())
    }

    /// The visa values of the approvals that open any data of one dataset.
    pub(crate) fn used(&self, asker: &Asker, of: usize, now: Timestamp) -> BTreeSet<String> {
        let opening = asker.visas.iter().filter(|visa| self.alone(asker, **visa, of, now).0.is_some());
        opening.map(|(which, _)| format!("https://example.org/approval-{which}")).collect()
    }

    /// The expected access that all matching approvals of the caller open together in one dataset; absent if none.
    pub(crate) fn expected(&self, asker: &Asker, of: usize, now: Timestamp) -> Option<Open> {
        // If the caller holds several visas of one approval, the visa that ends last counts.
        let mut held = std::collections::BTreeMap::new();
        for (which, end) in &asker.visas {
            let longest = held.entry(*which).or_insert(*end);
            *longest = (*longest).max(*end);
        }
        let each: Vec<_> = held.into_iter().map(|visa| self.alone(asker, visa, of, now)).collect();
        if each.iter().any(|(_, refused)| *refused) {
            return None;
        }
        let mut all = each.into_iter().filter_map(|(open, _)| open);
        let first = all.next()?;
        let met = all.fold(first, |a, b| Open {
            people: &a.people & &b.people,
            whole_families: &a.whole_families & &b.whole_families,
            files: a.files & b.files,
            delivery: a.delivery.min(b.delivery),
            purposes: &a.purposes & &b.purposes,
            budget: [a.budget, b.budget].into_iter().flatten().min(),
            bases: match (a.bases, b.bases) {
                (Some(a), Some(b)) => Some(&a & &b),
                (a, None) => a,
                (None, b) => b,
            },
            until: a.until.min(b.until),
        });
        let budget = met.budget.filter(|_| met.delivery == Delivery::RegionView);
        (!met.purposes.is_empty()).then_some(Open { budget, ..met })
    }

    /// The expected access of an action to a file; absent if the file is closed.
    pub(crate) fn expected_of_file(&self, asker: &Asker, file: &LocatedObject, action: Action, now: Timestamp) -> Option<Open> {
        let of = DATASETS.iter().position(|id| *id == file.dataset.as_str())?;
        let open = self.expected(asker, of, now)?;
        if !self.visible(asker, file, now).into_iter().all(|seen| seen) {
            return None;
        }
        let seen = |person: &u32| file.samples.contains(&Some(Ordinal(*person)));
        let narrowed = Open {
            people: open.people.iter().copied().filter(seen).collect(),
            whole_families: open.whole_families.iter().copied().filter(seen).collect(),
            ..open
        };
        let whole = file.samples.iter().all(|s| s.is_some_and(|o| narrowed.people.contains(&o.0)));
        // A variant file contains information about relatives. The whole file is open only if the caller may see every relative too.
        let kept_families = file.kind == DataKind::Reads || narrowed.people == narrowed.whole_families;
        let whole = whole && kept_families;
        let enough = match action {
            Action::DescribeObject => true,
            Action::ComputeOnObject => whole && narrowed.bases.is_none(),
            Action::SliceReads | Action::SliceVariants => narrowed.delivery != Delivery::TreOnly,
            Action::FetchObject => narrowed.delivery == Delivery::Download && whole && narrowed.bases.is_none(),
            _ => panic!("{action:?}"),
        };
        (enough && !narrowed.people.is_empty()).then_some(narrowed)
    }

    /// For every approval that opens data of the file's dataset: whether the approval opens this file and at least one person in the file.
    pub(crate) fn visible(&self, asker: &Asker, file: &LocatedObject, now: Timestamp) -> Vec<bool> {
        let of = DATASETS.iter().position(|id| *id == file.dataset.as_str()).unwrap();
        let number = FILES.iter().position(|id| *id == file.id.as_str()).unwrap();
        asker
            .visas
            .iter()
            .filter_map(|visa| {
                let open = self.alone(asker, *visa, of, now).0?;
                let released = self.approvals[visa.0].release.is_none() || self.releases[of].1 & (1 << number) != 0;
                Some(released && file.samples.iter().flatten().any(|o| open.people.contains(&o.0)))
            })
            .collect()
    }
}

/// The country of an organisation, and whether it is a company.
fn body(domain: &str) -> (&'static str, bool) {
    match domain {
        "university.jp" => ("JP", false),
        "university.gb" => ("GB", false),
        "company.jp" => ("JP", true),
        _ => ("ZZ", true),
    }
}

const COLUMNS: [Purpose; 6] = [
    Purpose::GeneralResearch,
    Purpose::BiomedicalResearch,
    Purpose::DiseaseResearch,
    Purpose::AncestryResearch,
    Purpose::MethodsDevelopment,
    Purpose::ClinicalCare,
];

/// The answer of each permission for each purpose, in the order of `COLUMNS`:
/// * `y`: yes
/// * `n`: no
/// * `c`: yes if a condition widens the use to care
/// * `d`: yes for the condition's diseases
/// * `D`: yes for the condition's diseases if a condition widens the use to care
const PERMITTED: [(&str, &str); 5] = [
    ("DUO:0000004", "yyyyyy"),
    ("DUO:0000042", "yyyyyc"),
    ("DUO:0000006", "nyynyc"),
    ("DUO:0000007", "nndndD"),
    ("DUO:0000011", "nnnynn"),
];

fn of_diseases(term: &DataUseTerm, approval: &Approval) -> char {
    let cancers = ["MONDO:0004992", "MONDO:0007254", "MONDO:0008903"];
    let fits = |disease: &str, data: &str| disease == data || (data == "MONDO:0004992" && cancers.contains(&disease));
    let known = |data: &String| cancers.contains(&data.as_str()) || data == "MONDO:0004979";
    if term.diseases.is_empty() {
        return '?';
    }
    if approval.diseases.is_empty() {
        return 'n';
    }
    let mut unknown = false;
    for disease in &approval.diseases {
        if !term.diseases.iter().any(|data| fits(disease, data)) {
            if term.diseases.iter().all(known) {
                return 'n';
            }
            unknown = true;
        }
    }
    if unknown { '?' } else { 'y' }
}

fn modifier(
    term: &DataUseTerm,
    asker: &Asker,
    approval: &Approval,
    purposes: &BTreeSet<Purpose>,
    now: Timestamp,
) -> (char, Option<Timestamp>) {
    let met = approval.meets.contains(&term.code);
    let met_or = if met { 'y' } else { '?' };
    let yes = |yes: bool| if yes { 'y' } else { 'n' };
    let listed = |list: &[String], one: &str| {
        if list.is_empty() {
            '?'
        } else {
            yes(list.iter().any(|item| item == one))
        }
    };
    let (home, company) = body(&approval.organisation);
    let without = |kind| match (purposes.contains(&kind), purposes.contains(&Purpose::GeneralResearch), met) {
        (true, ..) => 'n',
        (false, true, false) => '?',
        _ => 'y',
    };
    let verdict = match term.code.as_str() {
        "DUO:0000012" | "DUO:0000016" | "DUO:0000019" | "DUO:0000020" | "DUO:0000021" | "DUO:0000029" => met_or,
        "DUO:0000015" => without(Purpose::MethodsDevelopment),
        "DUO:0000044" => without(Purpose::AncestryResearch),
        "DUO:0000018" => yes(!company && !approval.commercial),
        "DUO:0000045" => yes(!company),
        "DUO:0000046" => yes(!approval.commercial),
        "DUO:0000022" => match approval.country.as_deref() {
            Some(there) if listed(&term.regions, there) == 'n' => 'n',
            _ => listed(&term.regions, home),
        },
        "DUO:0000024" => match term.date.as_deref() {
            Some("2026-03-01") => 'y',
            Some("2026-09-01") if now >= day("2026-09-01") => 'y',
            Some("2026-09-01") => met_or,
            _ => '?',
        },
        "DUO:0000025" => {
            let (Some(months), Some(start)) = (term.months, approval.not_before) else {
                return ('?', None);
            };
            // The random approvals begin on the fifteenth of January or of March.
            let first = if start == day("2026-01-15") { 1 } else { 3 };
            let month = first - 1 + months;
            let end = day(&format!("{}-{:02}-15", 2026 + month / 12, month % 12 + 1));
            return (yes(end > now), Some(end));
        }
        "DUO:0000026" if term.users.is_empty() => '?',
        "DUO:0000026" => yes(term.users.iter().any(|u| u.issuer == "https://idp.example" && asker.is(&u.subject))),
        "DUO:0000027" => listed(&term.projects, approval.id.as_str()),
        "DUO:0000028" => listed(&term.institutions, &approval.organisation),
        "DUO:0000043" => 'y',
        _ => '?',
    };
    (verdict, None)
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>, most: usize) -> impl Strategy<Value = Vec<T>> {
    prop::sample::subsequence(all, 0..=most)
}

pub(crate) fn modifiers() -> impl Strategy<Value = DataUseTerm> {
    let codes = [
        12, 15, 16, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 43, 44, 45, 46, 14, 31, 22, 24, 25, 26, 27, 28,
    ];
    let texts = |all: &[&str]| some_of(all.iter().map(|t| (*t).to_owned()).collect(), 2);
    let months = prop::sample::select(vec![None, Some(1), Some(6), Some(18)]);
    let date = prop::sample::select(vec![None, Some("2026-03-01"), Some("2026-09-01"), Some("some day")]);
    let lists = (
        texts(&["JP", "GB"]),
        texts(&["approval-0", "approval-1", "approval-2"]),
        texts(&["university.jp", "company.jp"]),
        texts(&["user-1", "user-2", "user-3"]),
    );
    (prop::sample::select(codes.to_vec()), months, date, lists).prop_map(
        |(code, months, date, (regions, projects, institutions, users))| DataUseTerm {
            code: format!("DUO:{code:07}"),
            months,
            date: date.map(str::to_owned),
            regions,
            projects,
            institutions,
            users: users
                .into_iter()
                .map(|subject| NamedUser {
                    issuer: "https://idp.example".into(),
                    subject,
                })
                .collect(),
            ..DataUseTerm::default()
        },
    )
}

fn some_diseases() -> impl Strategy<Value = Vec<String>> {
    let all = ["MONDO:0004992", "MONDO:0007254", "MONDO:0008903", "MONDO:0004979", "MONDO:0000001"];
    some_of(all.map(str::to_owned).to_vec(), 2)
}

fn conditions() -> impl Strategy<Value = Vec<DataUseTerm>> {
    let permission = (prop::sample::select(vec![4, 42, 42, 42, 6, 6, 7, 11]), some_diseases())
        .prop_map(|(code, diseases)| DataUseTerm {
            code: format!("DUO:{code:07}"),
            diseases,
            ..DataUseTerm::default()
        })
        .boxed();
    let permissions = prop_oneof![8 => prop::collection::vec(permission.clone(), 1), 1 => prop::collection::vec(permission, 0..3)];
    let modifiers = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(modifiers(), 1..3)];
    (permissions, modifiers, any::<bool>()).prop_map(|(mut first, mut second, swapped)| {
        if swapped {
            std::mem::swap(&mut first, &mut second);
        }
        first.append(&mut second);
        first
    })
}

fn region() -> impl Strategy<Value = ApprovedRegion> {
    let assembly = prop::sample::select(vec![None, None, Some(Assembly::GRCh37), Some(Assembly::GRCh38)]);
    let contig = prop::sample::select(vec!["chr7", "7"]);
    (assembly, contig, 0..BASES, 0..=BASES).prop_map(|(assembly, contig, start, end)| ApprovedRegion {
        assembly,
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    })
}

fn approvals() -> impl Strategy<Value = Vec<Approval>> {
    let what = (
        prop::sample::select(vec![
            vec![Purpose::BiomedicalResearch],
            vec![Purpose::GeneralResearch],
            vec![Purpose::DiseaseResearch],
            vec![Purpose::BiomedicalResearch, Purpose::DiseaseResearch],
            vec![Purpose::BiomedicalResearch, Purpose::MethodsDevelopment],
            vec![Purpose::AncestryResearch],
            vec![Purpose::ClinicalCare, Purpose::BiomedicalResearch],
            vec![Purpose::DiseaseResearch, Purpose::BiomedicalResearch, Purpose::MethodsDevelopment],
            vec![Purpose::BiomedicalResearch],
            vec![Purpose::BiomedicalResearch, Purpose::Employment],
            vec![],
        ]),
        some_diseases(),
        some_of([12, 15, 16, 19, 20, 21, 24, 29, 44].map(|n| format!("DUO:{n:07}")).to_vec(), 9),
        prop::bool::weighted(0.2),
        prop::sample::select(vec![Delivery::TreOnly, Delivery::RegionView, Delivery::Download]),
        prop::sample::select(vec![None, Some(500), Some(900)]),
        prop_oneof![3 => Just(None), 2 => prop::collection::vec(region(), 0..4).prop_map(Some)],
    );
    let who = (
        prop::sample::select(vec![
            "university.jp",
            "university.jp",
            "university.gb",
            "company.jp",
            "nobody.example",
        ]),
        prop::sample::select(vec![None, None, None, Some("JP"), Some("GB"), Some("FR")]),
        prop_oneof![6 => Just(vec![]), 1 => Just(vec!["user-1"]), 1 => Just(vec!["user-2", "user-3"]), 1 => Just(vec!["user-3"])],
    );
    let which = (
        prop::sample::select(vec![vec!["cancer"], vec!["cancer", "rare"], vec!["cancer", "rare"], vec!["rare"]]),
        prop_oneof![6 => Just(None), 2 => Just(Some("release-0")), 1 => Just(Some("release-1")), 1 => Just(Some("release-9"))],
        prop::sample::select(vec![None, Some("2026-01-15"), Some("2026-01-15"), Some("2026-03-15")]),
        prop_oneof![1 => Just("2026-05-01"), 9 => prop::sample::select(vec!["2026-08-01", "2027-08-01", "2028-01-01", "2030-01-01"])],
        prop::bool::weighted(0.05),
    );
    prop::collection::vec((what, who, which), APPROVALS).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(number, (what, who, which))| Approval {
                purposes: what.0,
                diseases: what.1,
                meets: what.2,
                commercial: what.3,
                delivery: what.4,
                region_budget_bp: what.5,
                regions: what.6,
                organisation: who.0.to_owned(),
                country: who.1.map(str::to_owned),
                users: who.2.into_iter().map(|user| identity(user).pseudonym()).collect(),
                datasets: which.0.into_iter().map(dataset).collect(),
                release: which.1.map(|id| ReleaseId::parse(id).unwrap()),
                not_before: which.2.map(day),
                not_after: day(which.3),
                revoked: which.4.then(|| day("2026-02-01")),
                ..approval(&format!("approval-{number}"), "cancer")
            })
            .collect()
    })
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let person = (
        prop_oneof![4 => Just(511_u16), 2 => 0_u16..512],
        0_u8..4,
        prop_oneof![3 => Just(3_u8), 1 => 0_u8..4],
    );
    let release = (prop_oneof![Just(31_u8), 0_u8..32], prop_oneof![Just(7_u8), 0_u8..8]);
    let all = (
        prop::collection::vec(person, PEOPLE as usize),
        [conditions(), conditions()],
        [release.clone(), release],
        approvals(),
    );
    all.prop_map(|(people, conditions, releases, approvals)| World {
        people,
        conditions,
        releases,
        approvals,
    })
}

pub(crate) fn asker() -> impl Strategy<Value = Asker> {
    let end = prop_oneof![1 => Just("2026-05-15"), 9 => prop::sample::select(vec!["2026-07-01", "2027-01-01", "2029-06-01"])];
    let visa = (0..APPROVALS, end).prop_map(|(of, end)| (of, day(end)));
    let declared = prop::sample::select(vec![
        "approval-0",
        "approval-1",
        "https://example.org/approval-0",
        "https://example.org/approval-1",
        "approval-9",
    ]);
    let named = prop_oneof![4 => Just(None), 1 => declared.prop_map(Some)];
    let purpose = prop_oneof![6 => Just(None), 2 => Just(Some(Purpose::BiomedicalResearch)), 1 => prop::sample::select(Purpose::ALL.to_vec()).prop_map(Some)];
    // A caller holds exactly one visa, or none to three visas. Two of them may be for the same approval.
    let several = prop::collection::vec(visa.clone(), 0..=3);
    let visas = prop_oneof![2 => prop::collection::vec(visa, 1), 3 => several];
    (any::<bool>(), visas, named, purpose).prop_map(|(also_user_2, visas, approval, purpose)| Asker {
        also_user_2,
        visas,
        approval: approval.map(str::to_owned),
        purpose,
    })
}

pub(crate) fn some_file() -> impl Strategy<Value = LocatedObject> {
    let sample = prop_oneof![9 => (0..PEOPLE).prop_map(|p| Some(Ordinal(p))), 1 => Just(None)];
    let kind = prop::sample::select(vec![DataKind::Reads, DataKind::Variants]);
    let parts = (0..FILES.len(), 0_usize..2, prop::collection::vec(sample, 0..3), kind);
    parts.prop_map(|(id, of, samples, kind)| LocatedObject {
        id: ObjectId::parse(FILES[id]).unwrap(),
        dataset: dataset(DATASETS[of]),
        kind,
        samples: samples.into(),
    })
}
