//! Random programmes and questions. The expected answers are computed with loops over people, without bitmaps and without the code under test.

use std::collections::BTreeSet;

use gemj_access::*;
use gemj_model::*;
use proptest::prelude::*;

use crate::programme::{NOW, approvals, dataset, file, form, given, read, role, site, visa};

const PEOPLE: u32 = 6;
const SITES: [&str; 2] = ["hospital-a", "hospital-b"];
const DATASETS: [&str; 2] = ["cancer", "rare"];
const PROJECTS: [&str; 2] = ["project-view", "project-rare"];
/// The approvals of the programme: id, whether in force, dataset, whether for use in Japan, and delivery (0:
/// nothing leaves, 1: slices, 2: whole files).
const APPROVALS: [(&str, bool, &str, bool, u8); 7] = [
    ("tre", true, "cancer", true, 0),
    ("view", true, "cancer", true, 1),
    ("download", true, "cancer", true, 2),
    ("overseas", true, "cancer", false, 2),
    ("rare", true, "rare", true, 2),
    ("revoked", false, "cancer", true, 2),
    ("ended", false, "cancer", true, 2),
];

/// The roles that a caller may hold, selected by bits. In some roles, the scope is absent or has another spelling; these roles must open nothing.
pub(crate) fn roles(bits: u16) -> Vec<Role> {
    let all = [
        role(RoleKind::HospitalSystem, Some("hospital-a")),
        role(RoleKind::HospitalSystem, Some("hospital-b")),
        role(RoleKind::HospitalCoordinator, Some("hospital-a")),
        role(RoleKind::OutputReviewer, Some("project-view")),
        role(RoleKind::OutputReviewer, Some("project-rare")),
        role(RoleKind::RecontactApprover, None),
        role(RoleKind::Steward, None),
        role(RoleKind::HospitalSystem, Some("Hospital-A")),
        role(RoleKind::HospitalSystem, Some(" hospital-a ")),
        role(RoleKind::HospitalSystem, None),
        role(RoleKind::OutputReviewer, Some("PROJECT-VIEW")),
        role(RoleKind::OutputReviewer, None),
    ];
    all.into_iter()
        .enumerate()
        .filter(|(i, _)| bits & (1 << i) != 0)
        .map(|(_, r)| r)
        .collect()
}

/// Six people. For each person: the agreed clauses as bits, the index of the site (2: no site), and the memberships in datasets as bits.
#[derive(Clone, Debug)]
pub(crate) struct People {
    pub(crate) clauses: Vec<u16>,
    pub(crate) sites: Vec<usize>,
    pub(crate) members: Vec<u8>,
}

impl People {
    pub(crate) fn view(&self) -> ConsentView {
        let mut ledger = ConsentLedger::new([form()]);
        let mut roster = Roster::default();
        for person in 0..PEOPLE {
            let i = person as usize;
            let clauses: ClauseSet = Clause::ALL.into_iter().filter(|c| self.has(person, *c)).collect();
            ledger.append(given(person, clauses));
            roster.register(Ordinal(person), None, SITES.get(self.sites[i]).map(|s| site(s)).as_ref());
            for (bit, id) in DATASETS.into_iter().enumerate() {
                if self.members[i] & (1 << bit) != 0 {
                    roster.enrol(&dataset(id), Ordinal(person));
                }
            }
        }
        ConsentView::fold(1, &ledger, &roster, &approvals(), &[], &DATASETS.map(dataset), NOW)
    }

    fn has(&self, person: u32, clause: Clause) -> bool {
        self.clauses[person as usize] & (1 << clause as u16) != 0
    }

    fn is_in(&self, person: u32, dataset: &str) -> bool {
        let bit = DATASETS.iter().position(|d| *d == dataset).unwrap();
        self.members[person as usize] & (1 << bit) != 0
    }
}

/// A random caller and the parts of a random question.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) action: usize,
    pub(crate) caller: Caller,
    pub(crate) visas: u8,
    /// The person that the question is about; 6 means a person who does not exist.
    pub(crate) person: u32,
    pub(crate) everybody: bool,
    pub(crate) files: Vec<Option<LocatedObject>>,
    /// The owner of the run or request. 0: the caller, 1: another person, 2: an empty name.
    pub(crate) owner: usize,
    pub(crate) projects: u8,
    pub(crate) released: bool,
    pub(crate) of: usize,
}

impl Asked {
    pub(crate) fn action(&self) -> Action {
        Action::ALL[self.action]
    }

    fn owner(&self) -> String {
        [self.caller.pseudonym.as_str(), "somebody else", ""][self.owner].to_owned()
    }

    fn projects(&self) -> Vec<&'static str> {
        let held = |i: &usize| self.projects & (1 << i) != 0;
        (0..2).filter(held).map(|i| PROJECTS[i]).collect()
    }

    pub(crate) fn run(&self) -> LocatedRun {
        LocatedRun {
            id: "run-1".into(),
            owner: self.owner(),
            projects: self.projects().into_iter().map(str::to_owned).collect(),
            inputs: self.files.clone(),
        }
    }

    pub(crate) fn request(&self) -> LocatedRecontact {
        LocatedRecontact {
            id: "request-1".into(),
            requester: self.owner(),
            dataset: dataset(DATASETS[self.of]),
            approvals: vec![["overseas", "rare"][self.of].to_owned()],
        }
    }

    pub(crate) fn patient(&self, people: &People) -> Option<LocatedPatient> {
        (self.person < PEOPLE).then(|| LocatedPatient {
            participant: Ordinal(self.person),
            site: SITES.get(people.sites[self.person as usize]).map(|s| site(s)),
        })
    }

    pub(crate) fn answer(&self, people: &People) -> Result<Grant, Denial> {
        let view = people.view();
        let (run, request, patient) = (self.run(), self.request(), self.patient(people));
        let named = [dataset(DATASETS[self.of])];
        let resource = match self.action() {
            Action::AskVariants | Action::AskIndividuals => Resource::Population(&named),
            Action::SliceReads | Action::SliceVariants | Action::DescribeObject | Action::FetchObject | Action::ComputeOnObject => {
                Resource::Object(self.files.first().and_then(Option::as_ref))
            }
            Action::ReadRun => Resource::Run(Some(&run)),
            Action::ReadRunOutput | Action::ReviewRunOutput => Resource::RunOutput(Some((&run, self.released))),
            Action::ReadRecontact | Action::ReviewRecontact | Action::SelectForRecontact => Resource::Recontact(Some(&request)),
            Action::ReadGenomicFindings | Action::ReadClinicalRecord | Action::ReadPatient | Action::ReadDisclosures if self.everybody => {
                Resource::OwnPatients
            }
            Action::ReadGenomicFindings | Action::ReadClinicalRecord | Action::ReadPatient | Action::ReadDisclosures => {
                Resource::Patient(patient.as_ref())
            }
            Action::ReadHeldObjects => Resource::HeldObjects,
        };
        read(&self.caller, self.action(), resource, &view)
    }

    /// The expected access, as pairs of a place (a dataset, or `patient`) and a person; absent if the question must be denied.
    pub(crate) fn expected(&self, people: &People) -> Option<BTreeSet<(String, u32)>> {
        let named = !self.caller.pseudonym.is_empty();
        if !named || self.caller.not_after.is_some_and(|end| end <= NOW) {
            return None;
        }
        let nothing = || Some(BTreeSet::new());
        let owns = self.owner == 0;
        let of = DATASETS[self.of];
        match self.action() {
            Action::AskVariants | Action::AskIndividuals => {
                self.approved(of)?;
                Some(
                    (0..PEOPLE)
                        .filter(|p| self.covers(people, *p, of))
                        .map(|p| (of.to_owned(), p))
                        .collect(),
                )
            }
            Action::SliceReads | Action::SliceVariants => self.file(people, self.files.first()?.as_ref()?, 1, false),
            Action::DescribeObject => self.file(people, self.files.first()?.as_ref()?, 0, false),
            Action::FetchObject => self.file(people, self.files.first()?.as_ref()?, 2, true),
            Action::ComputeOnObject => self.file(people, self.files.first()?.as_ref()?, 0, true),
            Action::ReadRun => owns.then(BTreeSet::new),
            Action::ReadRunOutput => {
                if !owns || !self.released {
                    return None;
                }
                for input in &self.files {
                    self.file(people, input.as_ref()?, 0, true)?;
                }
                nothing()
            }
            Action::ReadRecontact => {
                self.approved(of)?;
                owns.then(|| self.askable(people))
            }
            Action::ReadGenomicFindings => self.patients(people, true, |p| people.has(p, Clause::ReturnFindings)),
            Action::ReadClinicalRecord => self.patients(people, true, |p| {
                people.has(p, Clause::ReturnFindings) || people.has(p, Clause::StudyUse)
            }),
            Action::ReadPatient | Action::ReadDisclosures => self.patients(people, false, |_| true),
            Action::ReviewRunOutput => {
                let projects = self.projects();
                let reviews = |p: &&str| self.holds(RoleKind::OutputReviewer, Some(p));
                if self.owner != 1 || projects.is_empty() || !projects.iter().all(reviews) {
                    return None;
                }
                for input in &self.files {
                    let samples = &input.as_ref()?.samples;
                    // A file without columns has no known owner, so the outputs of the run are closed.
                    if samples.is_empty() {
                        return None;
                    }
                    for sample in samples {
                        people.has((*sample)?.0, Clause::StudyUse).then_some(())?;
                    }
                }
                nothing()
            }
            Action::ReadHeldObjects => self.caller.roles.iter().any(|r| r.kind == RoleKind::Steward).then(BTreeSet::new),
            Action::ReviewRecontact => (self.owner == 1 && self.holds(RoleKind::RecontactApprover, None)).then(BTreeSet::new),
            Action::SelectForRecontact => {
                let may = self.owner == 1 && self.holds(RoleKind::RecontactApprover, None);
                may.then(|| self.askable(people))
            }
        }
    }

    /// The members of the request's dataset who agreed to be asked again and whom the request's approval covers. In the dataset `cancer`, the
    /// approval is for use overseas. In `rare`, it is for use in Japan.
    fn askable(&self, people: &People) -> BTreeSet<(String, u32)> {
        let of = DATASETS[self.of];
        let provision = [Clause::ThirdPartyOverseas, Clause::ThirdPartyDomestic][self.of];
        let clauses = [Clause::StudyUse, Clause::Recontact, provision];
        let may = |p: &u32| people.is_in(*p, of) && clauses.iter().all(|clause| people.has(*p, *clause));
        (0..PEOPLE).filter(may).map(|p| (of.to_owned(), p)).collect()
    }

    fn holds(&self, kind: RoleKind, scope: Option<&str>) -> bool {
        self.caller.roles.iter().any(|r| r.kind == kind && r.scope.as_deref() == scope)
    }

    /// The least delivery of the caller's approvals in force for a dataset; absent if the caller has no approval in force for it.
    fn approved(&self, dataset: &str) -> Option<u8> {
        let mut least = None;
        for (i, (_, holds, of, _, delivery)) in APPROVALS.into_iter().enumerate() {
            if self.visas & (1 << i) != 0 && holds && of == dataset {
                least = Some(least.map_or(delivery, |l: u8| l.min(delivery)));
            }
        }
        least
    }

    /// Whether a person is a member of a dataset and agreed to the uses of all approvals in force that the caller holds for it.
    fn covers(&self, people: &People, person: u32, dataset: &str) -> bool {
        let uses = APPROVALS
            .into_iter()
            .enumerate()
            .filter(|(i, a)| self.visas & (1 << i) != 0 && a.1 && a.2 == dataset);
        let mut agreed = people.is_in(person, dataset) && people.has(person, Clause::StudyUse);
        for (_, (_, _, _, in_japan, _)) in uses {
            let provision = if in_japan {
                Clause::ThirdPartyDomestic
            } else {
                Clause::ThirdPartyOverseas
            };
            agreed &= people.has(person, provision);
        }
        agreed
    }

    fn file(&self, people: &People, file: &LocatedObject, least: u8, whole: bool) -> Option<BTreeSet<(String, u32)>> {
        let of = file.dataset.as_str();
        let delivery = self.approved(of)?;
        let mut open = BTreeSet::new();
        let mut closed = false;
        for sample in &file.samples {
            match sample {
                Some(Ordinal(p)) if self.covers(people, *p, of) => drop(open.insert((of.to_owned(), *p))),
                _ => closed = true,
            }
        }
        (!open.is_empty() && delivery >= least && !(whole && closed)).then_some(open)
    }

    fn patients(&self, people: &People, care: bool, agreed: impl Fn(u32) -> bool) -> Option<BTreeSet<(String, u32)>> {
        let speaks = |site: &str| {
            self.holds(RoleKind::HospitalSystem, Some(site)) || (!care && self.holds(RoleKind::HospitalCoordinator, Some(site)))
        };
        // A site with another spelling is another site, and no patient of this test was enrolled there.
        let elsewhere = self.holds(RoleKind::HospitalSystem, Some("Hospital-A"));
        if !SITES.into_iter().any(speaks) && !elsewhere {
            return None;
        }
        let own = |p: &u32| SITES.get(people.sites[*p as usize]).is_some_and(|s| speaks(s)) && agreed(*p);
        let asked: Vec<u32> = (0..PEOPLE).filter(|p| self.everybody || *p == self.person).filter(own).collect();
        if !self.everybody && asked.is_empty() {
            return None;
        }
        let mut open = BTreeSet::new();
        for person in asked {
            open.insert(("patient".to_owned(), person));
            for of in DATASETS {
                if self.action() == Action::ReadGenomicFindings && people.is_in(person, of) {
                    open.insert((of.to_owned(), person));
                }
            }
        }
        Some(open)
    }
}

/// The access that a Grant opens, in the same form as [`Asked::expected`].
pub(crate) fn opened(grant: &Grant) -> BTreeSet<(String, u32)> {
    let patients = grant.patients().iter().map(|p| ("patient".to_owned(), p));
    let datasets = grant
        .datasets()
        .iter()
        .flat_map(|d| d.participants().iter().map(|p| (d.dataset().to_string(), p)));
    patients.chain(datasets).collect()
}

pub(crate) fn people() -> impl Strategy<Value = People> {
    // Most clauses hold for most people, so that many questions open data.
    let clauses = prop_oneof![3 => Just(511_u16), 2 => 0_u16..512];
    let six = PEOPLE as usize;
    let lists = (
        prop::collection::vec(clauses, six),
        prop::collection::vec(0_usize..3, six),
        prop::collection::vec(0_u8..4, six),
    );
    lists.prop_map(|(clauses, sites, members)| People { clauses, sites, members })
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    let sample = prop_oneof![9 => (0..PEOPLE).prop_map(Some), 1 => Just(None)];
    let one = (prop::collection::vec(sample, 0..3), 0_usize..2).prop_map(|(samples, of)| file(DATASETS[of], &samples));
    let files = prop::collection::vec(prop_oneof![9 => one.prop_map(Some), 1 => Just(None)], 0..3);
    let name = prop_oneof![9 => Just("me"), 1 => Just("")];
    let end = prop_oneof![8 => Just(Some(Timestamp(5_000))), 1 => Just(Some(NOW)), 1 => Just(None)];
    let who = (
        name,
        end,
        0_u16..4096,
        prop_oneof![3 => prop::sample::select(vec![1_u8, 2, 4, 8, 16]), 1 => 0_u8..128],
    );
    let what = (
        0_usize..Action::ALL.len(),
        0..=PEOPLE,
        any::<bool>(),
        files,
        0_usize..3,
        0_u8..4,
        any::<bool>(),
        0_usize..2,
    );
    (who, what).prop_map(
        |((name, end, bits, visas), (action, person, everybody, files, owner, projects, released, of))| Asked {
            action,
            caller: Caller {
                pseudonym: name.to_owned(),
                not_after: end,
                roles: roles(bits),
                controlled: APPROVALS
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| visas & (1 << i) != 0)
                    .map(|(_, a)| visa(a.0))
                    .collect(),
                ..Caller::default()
            },
            visas,
            person,
            everybody,
            files,
            owner,
            projects,
            released,
            of,
        },
    )
}
