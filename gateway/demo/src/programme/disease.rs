//! Plans the diagnoses of participants, and the phenotypic features that belong to them.

use gemj_model::Sex;

use super::hpo::{Feature, SEIZURE};
use super::reference::REGIONS;
use super::sites::Site;
use crate::prng::Draw;

/// A diagnosis of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The CURIE of the diagnosis (MONDO or OMIM).
    pub id: &'static str,
    /// The label of the diagnosis.
    pub label: &'static str,
    /// The age at diagnosis, in months.
    pub onset_months: u16,
}

/// A rare disease of the demo. It has features that are found (`main`, `others`), features that are looked for and not found (`absent`),
/// and the gene of a possible cause.
struct Group {
    id: &'static str,
    label: &'static str,
    gene: &'static str,
    main: &'static [&'static str],
    others: &'static [&'static str],
    absent: &'static [&'static str],
}

const GROUPS: [Group; 4] = [
    Group {
        id: "OMIM:607208",
        label: "Dravet syndrome",
        gene: "SCN1A",
        main: &[SEIZURE, SEIZURE, SEIZURE, "HP:0007359", "HP:0002197"],
        others: &["HP:0001263", "HP:0001251", "HP:0001252", "HP:0001249"],
        absent: &["HP:0000252", "HP:0000365", "HP:0001629"],
    },
    Group {
        id: "OMIM:312750",
        label: "Rett syndrome",
        gene: "MECP2",
        main: &["HP:0001263"],
        others: &["HP:0000252", "HP:0001250", "HP:0001257", "HP:0001249"],
        absent: &["HP:0000256", "HP:0000407", "HP:0001631"],
    },
    Group {
        id: "OMIM:310200",
        label: "Muscular dystrophy, Duchenne type",
        gene: "DMD",
        main: &["HP:0001324"],
        others: &["HP:0001270", "HP:0001638", "HP:0004322"],
        absent: &[SEIZURE, "HP:0000252", "HP:0001251"],
    },
    Group {
        id: "MONDO:0005453",
        label: "congenital heart disease",
        gene: "PIK3CA",
        main: &["HP:0001629", "HP:0001631"],
        others: &["HP:0004322", "HP:0000256", "HP:0001252"],
        absent: &[SEIZURE, "HP:0000407", "HP:0001251"],
    },
];

/// The diagnosis, the features, and the index of the site of the reported cause, for a proband with a rare disease. `family` is the number
/// of the family.
pub(super) fn rare(family: usize, sex: Sex, sites: &[Site], draw: &mut Draw) -> (Diagnosis, Vec<Feature>, Option<usize>) {
    // Half of the families were enrolled for seizures. Duchenne muscular dystrophy requires a boy, Rett syndrome a girl.
    let group = match (family % 4, sex) {
        (0 | 2, _) => &GROUPS[0],
        (1, Sex::Male) => &GROUPS[2],
        (1, _) => &GROUPS[1],
        _ => &GROUPS[3],
    };
    let onset_months = draw.below(36) as u16;
    let mut features = vec![feature(draw.pick::<&'static str>(group.main), false, Some(onset_months))];
    for term in group.others.iter().chain(group.absent) {
        let excluded = group.absent.contains(term);
        if draw.per_mille(600) && !features.iter().any(|f| f.term == *term) {
            let onset = (!excluded && draw.per_mille(500)).then(|| onset_months + draw.below(48) as u16);
            features.push(feature(term, excluded, onset));
        }
    }
    let in_gene: Vec<&Site> = sites
        .iter()
        .filter(|s| REGIONS[s.region].gene == group.gene && s.is_snv() && s.per_million[0] < 5_000)
        .take(8)
        .collect();
    let causal = draw.per_mille(700).then(|| draw.pick(&in_gene).index);
    let diagnosis = Diagnosis {
        id: group.id,
        label: group.label,
        onset_months: onset_months + 6,
    };
    (diagnosis, features, causal)
}

/// The features of a healthy relative, all of which were looked for and not found.
pub(super) fn healthy(draw: &mut Draw) -> Vec<Feature> {
    [SEIZURE, "HP:0001629", "HP:0000365"]
        .into_iter()
        .filter(|_| draw.per_mille(350))
        .map(|term| feature(term, true, None))
        .collect()
}

/// The diagnosis and features of a participant with cancer, drawn according to sex.
pub(super) fn cancer(sex: Sex, draw: &mut Draw) -> (Diagnosis, Vec<Feature>) {
    let kinds: &[(&str, &str, &str)] = if sex == Sex::Female {
        &[
            ("MONDO:0007254", "breast cancer", "HP:0003002"),
            ("MONDO:0007254", "breast cancer", "HP:0003002"),
            ("MONDO:0005233", "lung non-small cell carcinoma", "HP:0100526"),
            ("MONDO:0005575", "colorectal cancer", "HP:0007378"),
        ]
    } else {
        &[
            ("MONDO:0005233", "lung non-small cell carcinoma", "HP:0100526"),
            ("MONDO:0005575", "colorectal cancer", "HP:0007378"),
            ("MONDO:0001056", "gastric cancer", "HP:0007378"),
            ("MONDO:0008315", "prostate cancer", "HP:0100787"),
        ]
    };
    let (id, label, term) = *draw.pick(kinds);
    let onset_months = 12 * (38 + draw.below(40)) as u16;
    let mut features = vec![feature(term, false, Some(onset_months))];
    for term in ["HP:0001824", "HP:0012378"] {
        if draw.per_mille(450) {
            features.push(feature(term, draw.per_mille(400), None));
        }
    }
    (Diagnosis { id, label, onset_months }, features)
}

fn feature(term: &'static str, excluded: bool, onset_months: Option<u16>) -> Feature {
    Feature {
        term,
        excluded,
        onset_months,
    }
}
