//! The kinds of secret: data that the second world contains and the first world does not.

use crate::people::{Feeds, HIDDEN, PEOPLE, person};

/// A kind of secret: the data of the second world that must stay hidden from a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A participant with files, facts and a hospital number, but without any consent.
    NeverConsented,
    /// A participant who consented to every use and then withdrew fully.
    Withdrawn,
    /// A participant of another hospital who consented only to the return of findings (care), and to no research.
    OtherHospital,
    /// A participant who consented to research of academic institutions in Japan, and to no other research.
    AcademicInJapan,
    /// A file on hold. Both worlds contain its participant; only the second world contains the file.
    OnHold,
    /// A participant who consented to every use after the release to which the caller's approval is limited.
    NotInRelease,
    /// A relative without consent, in the family of a participant of both worlds.
    Relative,
    /// An approval of another group.
    OtherApproval,
    /// No secret: the second world contains one more participant, who consented to every use. This is the control: the stream must find differences.
    Open,
}

/// One command of a world's history.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) words: Vec<String>,
    /// Whether only the second world runs the command.
    pub(crate) hidden: bool,
}

/// The placeholder of a file id in a command that is run for each file of the hidden participant.
pub(crate) const FILES_OF_HIDDEN: &str = "FILES-OF-HIDDEN";

/// The release to which an approval is limited.
const RELEASE: &str = "cancer-1";

impl Kind {
    /// The commands that make the worlds.
    ///
    /// The hidden steps come last. Pseudonyms of participants are keyed digests of their ordinals, which count up, and a participant must have the
    /// same pseudonym in both worlds. Records that callers create during the stream come after the hidden steps. If a name of such a record counts
    /// up, the answers of the two worlds therefore differ.
    pub(crate) fn history(self, feeds: &Feeds, approvals: &str) -> Vec<Step> {
        let (first, second): (Vec<String>, Vec<String>) = (1..=PEOPLE).map(person).partition(|id| id.as_str() < "TW-09");
        let hidden = [HIDDEN.to_owned()];
        let related = if self == Self::Relative { "TW-01" } else { HIDDEN };
        let mut steps = vec![
            step(&["ontology", "load", &feeds.path("hp.obo")]),
            step(&["gene-model", "load", "--assembly", "GRCh38", &feeds.path("genes.gff3")]),
        ];
        steps.extend(taken_in(feeds, "first", &first, false, related));
        let mut last = Vec::new();
        if self != Self::OtherApproval {
            let mut taken = taken_in(feeds, "hidden", &hidden, false, related);
            if self == Self::OnHold {
                // Both worlds register, link and describe the participant of the held file; only the second world loads the files.
                let (files, rest): (Vec<Step>, Vec<Step>) = taken.into_iter().partition(|step| step.words[0] == "load");
                steps.push(step(&["participants", "register", &feeds.registration(HIDDEN, related)]));
                steps.extend(rest);
                taken = files;
            }
            last.extend(taken);
        }
        match self {
            Self::NeverConsented | Self::Relative => {}
            Self::Withdrawn => {
                last.push(agrees(feeds, "all"));
                last.push(step(&["consent", "withdraw", HIDDEN]));
            }
            Self::OtherHospital => last.push(agrees(feeds, "return-findings;incidental-findings")),
            Self::AcademicInJapan => last.push(agrees(feeds, "study-use;third-party-domestic;recontact;return-findings")),
            Self::OnHold => {
                steps.push(agrees(feeds, "all"));
                last.push(step(&["objects", "hold", FILES_OF_HIDDEN, "--reason", "a test"]));
            }
            Self::NotInRelease | Self::Open => last.push(agrees(feeds, "all")),
            Self::OtherApproval => {
                let text = std::fs::read_to_string(approvals).unwrap();
                let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
                let mut other = list[1].clone();
                other["id"] = "2026-0099".into();
                other["project"] = "A project of another group".into();
                other["visa_value"] = "https://gemj.example/approvals/2026-0099".into();
                let path = feeds.file("other-approval.json", &other.to_string());
                last.push(step(&["approval", "record", &path]));
            }
        }
        for step in &mut last {
            step.hidden = true;
        }
        steps.extend(taken_in(feeds, "second", &second, true, related));
        if self == Self::NotInRelease {
            steps.push(step(&["release", "create", RELEASE, "--dataset", "cancer"]));
        }
        steps.push(step(&["approval", "import", approvals]));
        steps.extend(last);
        steps
    }

    /// The release to which the demo's approval 2026-0004 is limited in this kind of secret. `None` for kinds without a release.
    pub(crate) fn release(self) -> Option<&'static str> {
        (self == Self::NotInRelease).then_some(RELEASE)
    }
}

fn step(words: &[&str]) -> Step {
    Step {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        hidden: false,
    }
}

fn agrees(feeds: &Feeds, clauses: &str) -> Step {
    let name = format!("hidden-{}.csv", clauses.len());
    let path = feeds.consents(&name, &[format!("{HIDDEN},unified-1,given,{clauses},2026-04-01\n")]);
    step(&["consent", "import", &path])
}

/// The steps that load the files, hospital numbers and facts of some participants, and record their consents. The hidden participant's consents are
/// not recorded here.
fn taken_in(feeds: &Feeds, name: &str, people: &[String], with_joint: bool, related: &str) -> Vec<Step> {
    let sheet = feeds.sheet(&format!("{name}.csv"), people, with_joint, related);
    let links = feeds.links(&format!("{name}-links.csv"), people);
    let mut steps = vec![step(&["load", "--register", &sheet]), step(&["link", "--register", &links])];
    for at in ["hospital-a", "hospital-b"] {
        if people.iter().any(|id| crate::people::site(id) == at) {
            let folder = feeds.packets(&format!("{name}-{at}"), people, at);
            steps.push(step(&[
                "ingest",
                "--dataset",
                "cancer",
                "--profile",
                "phenopacket",
                "--site",
                at,
                &folder,
            ]));
        }
    }
    if people[0] != HIDDEN {
        let rows: Vec<String> = people.iter().map(|id| format!("{id},unified-1,given,all,2026-04-01\n")).collect();
        let path = feeds.consents(&format!("{name}-consents.csv"), &rows);
        steps.push(step(&["consent", "import", &path]));
    }
    steps
}
