//! Who has which files.

use super::person::Person;

/// Families of the rare disease dataset whose three members have a VCF each.
const TRIOS_WITH_VCF: usize = 18;
/// Which single people of the cancer dataset have a VCF, by their number: five who agreed to everything and one each of other histories
/// (see `families.rs`: from the eighth on, the histories follow one another).
const CANCER_WITH_VCF: [usize; 12] = [4, 5, 6, 7, 8, 9, 12, 14, 15, 16, 18, 25];
/// Which of these have a BAM: three who agreed to everything; without overseas, overseas withdrawn, all withdrawn, never asked.
const CANCER_WITH_BAM: [usize; 7] = [4, 5, 6, 8, 12, 14, 25];
/// Which of them has a CRAM: somebody who did not agree to companies.
const CANCER_WITH_CRAM: usize = 9;
/// Columns of the joint file that belong to somebody.
const JOINT_SAMPLES: usize = 200;

/// Files by people's indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// A VCF of one's own.
    pub vcf: Vec<usize>,
    /// A column of the joint BCF of `cancer`.
    pub joint: Vec<usize>,
    /// A column of the panel VCF of `rare-disease`: everybody there who has no VCF of their own, so that each family and institution is known
    /// from a sheet.
    pub panel: Vec<usize>,
    /// A BAM.
    pub bam: Vec<usize>,
    /// A CRAM.
    pub cram: Vec<usize>,
}

/// Columns of the joint file that belong to nobody: control materials.
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
    // Two in three of those with a VCF have a column in the joint file as well.
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
