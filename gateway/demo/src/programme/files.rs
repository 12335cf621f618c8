//! Plans which participants have which files.

use super::person::Person;

/// Number of families of the rare disease dataset whose three members each have a VCF.
const TRIOS_WITH_VCF: usize = 18;
/// The positions, among the participants of the cancer dataset without relatives, of those that have a VCF. Four agreed to all clauses; the
/// others have one special history each (in `families.rs`, the special histories follow one another from position 8 on).
const CANCER_WITH_VCF: [usize; 12] = [4, 5, 6, 7, 8, 9, 12, 14, 15, 16, 18, 25];
/// The positions, among the same participants, of those that also have a BAM. Three agreed to all clauses. The other four did not agree to
/// provision overseas, withdrew provision overseas, withdrew everything, or were never asked.
const CANCER_WITH_BAM: [usize; 7] = [4, 5, 6, 8, 12, 14, 25];
/// The position, among the same participants, of the one with a CRAM, who did not agree to use by companies.
const CANCER_WITH_CRAM: usize = 9;
/// The number of columns of the joint file that belong to participants.
const JOINT_SAMPLES: usize = 200;

/// The participants that have each kind of file. Each participant is named by its index in the programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// The participants with a VCF of their own.
    pub vcf: Vec<usize>,
    /// The participants with a column in the joint BCF of the dataset `cancer`.
    pub joint: Vec<usize>,
    /// The participants with a column in the panel VCF of the dataset `rare-disease`: all members without a VCF of their own. The sample
    /// sheets thus state the family and institution of every member.
    pub panel: Vec<usize>,
    /// The participants with a BAM.
    pub bam: Vec<usize>,
    /// The participants with a CRAM.
    pub cram: Vec<usize>,
}

/// The names of the joint file's columns that belong to no participant: control materials.
pub const CONTROLS: [&str; 2] = ["CONTROL-1", "CONTROL-2"];

pub(super) fn plan(people: &[Person]) -> FilePlan {
    let trios: Vec<usize> = people
        .iter()
        .filter(|p| p.in_rare_disease)
        .map(|p| p.index)
        .take(3 * TRIOS_WITH_VCF)
        .collect();
    let family_size = |p: &Person| people.iter().filter(|q| q.family == p.family).count();
    let cancer_only = || people.iter().filter(|p| p.in_cancer && !p.in_rare_disease);
    let singles: Vec<usize> = cancer_only().filter(|p| family_size(p) == 1).map(|p| p.index).collect();
    let mut joint: Vec<usize> = cancer_only().filter(|p| family_size(p) > 1).map(|p| p.index).collect();
    let numbered = |numbers: &[usize]| numbers.iter().map(|n| singles[*n]).collect::<Vec<_>>();
    let with_vcf = numbered(&CANCER_WITH_VCF);
    let rest = JOINT_SAMPLES - joint.len();
    // About two of three participants in `with_vcf` also have a column in the joint file.
    joint.extend(
        singles
            .iter()
            .copied()
            .filter(|index| !with_vcf.contains(index) || index % 3 != 0)
            .take(rest),
    );
    joint.sort_unstable();
    let mut bam = numbered(&CANCER_WITH_BAM);
    bam.push(trios[2]);
    let cram = vec![trios[0], trios[1], trios[5], singles[CANCER_WITH_CRAM]];
    let panel = people
        .iter()
        .filter(|p| p.in_rare_disease && !trios.contains(&p.index))
        .map(|p| p.index)
        .collect();
    FilePlan {
        panel,
        vcf: trios.into_iter().chain(with_vcf).collect(),
        joint,
        bam,
        cram,
    }
}
