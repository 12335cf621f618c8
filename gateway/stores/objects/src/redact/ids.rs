//! Selects the IDs of a site (column ID) that are kept.

use super::alleles::is_breakend;
use super::names::GoneNames;
use super::site::Site;

/// Writes the IDs that describe the place or the kept alleles of the site. Writes `.` if no ID is kept.
///
/// * Accessions of databases are kept.
/// * IDs that consist only of the place and the written alleles are kept. Joint callers write one such ID for each allele.
/// * If an allele is removed, IDs are kept only if there is one ID for each alternative allele. Otherwise an ID may belong to the removed
///   allele.
/// * IDs of breakends are kept, because the records of their mates refer to them. An ID that names a removed sample is not kept. Gaps in
///   the numbers of breakend IDs may reveal how many breakends the file had.
/// * All other IDs are removed, because tools write sample names and numbers that run over the cohort into the ID.
pub(crate) fn put_ids(out: &mut Vec<u8>, ids: &[u8], site: &Site<'_>, gone: &GoneNames) {
    let start = out.len();
    let one_each = ids.split(|b| *b == b';').count() == site.alternatives.len();
    let breakends = site.kept_alternatives().any(is_breakend);
    for (at, id) in ids.split(|b| *b == b';').enumerate() {
        let of_what_stays = !site.plan.trims() || (one_each && site.plan.keeps(at + 1));
        if of_what_stays && (is_accession(id) || is_made_of_place(id, site) || (breakends && id != b"." && !gone.are_in(id))) {
            if out.len() > start {
                out.push(b';');
            }
            out.extend_from_slice(id);
        }
    }
    if out.len() == start {
        out.push(b'.');
    }
}

/// Whether an ID has the form of an accession of dbSNP, dbVar, COSMIC, ClinVar or ClinGen.
fn is_accession(id: &[u8]) -> bool {
    let prefixes = ["rs", "ss", "esv", "nsv", "essv", "nssv", "COSV", "COSM", "COSN", "VCV", "RCV", "CA"];
    prefixes.iter().any(|prefix| {
        id.strip_prefix(prefix.as_bytes())
            .is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    })
}

/// Whether an ID consists of the contig and POS, optionally followed by REF and ALT. Any separators are allowed.
fn is_made_of_place(id: &[u8], site: &Site<'_>) -> bool {
    let short = site.contig.strip_prefix("chr").unwrap_or(site.contig);
    let id = id.strip_prefix(b"chr").unwrap_or(id);
    let Some(rest) = id.strip_prefix(short.as_bytes()) else {
        return false;
    };
    if !rest.first().is_some_and(|b| b"_:-.".contains(b)) {
        return false;
    }
    let mut words = rest.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let place = words.next().is_some_and(|word| word == site.position.to_string().as_bytes());
    let is_allele = |word: &[u8]| {
        let symbol = |alternative: &[u8]| alternative.strip_prefix(b"<").and_then(|a| a.strip_suffix(b">")) == Some(word);
        word.eq_ignore_ascii_case(site.reference()) || site.kept_alternatives().any(|a| word.eq_ignore_ascii_case(a) || symbol(a))
    };
    place && words.all(is_allele)
}

#[cfg(test)]
mod tests {
    use super::super::plan::{AlleleCounts, AllelePlan};
    use super::super::{KeptColumn, KeptColumns};
    use super::*;

    fn ids(text: &str, reference: &str, alternatives: &[&str], counts: &[u32]) -> String {
        let kept = KeptColumns {
            columns: vec![KeptColumn { at: 0, whole_family: true }],
            some_go: true,
        };
        let gone = GoneNames::new(["P1", "P2"].into_iter(), &kept);
        let alternatives: Vec<&[u8]> = alternatives.iter().map(|a| a.as_bytes()).collect();
        let counts = AlleleCounts {
            counts: counts.to_vec(),
            samples_with_data: 1,
        };
        let plan = AllelePlan::new(&alternatives, &counts).unwrap_or_else(|| AllelePlan::everything(alternatives.len()));
        let site = Site::new("chr1", 100, reference.as_bytes(), &alternatives, plan);
        let mut out = Vec::new();
        put_ids(&mut out, text.as_bytes(), &site, &gone);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn an_id_is_kept_only_if_it_describes_kept_data() {
        for (text, reference, alternatives, counts, stays) in [
            ("rs12;P2_7", "A", &["C"][..], &[0, 1][..], "rs12"),
            ("chr1_100_A_C", "A", &["C"], &[0, 1], "chr1_100_A_C"),
            ("1:100:A:C", "A", &["C"], &[0, 1], "1:100:A:C"),
            ("chr1_100_A_C_P2", "A", &["C"], &[0, 1], "."),
            ("chr1_101_A_C", "A", &["C"], &[0, 1], "."),
            ("DEL00000123", "A", &["<DEL>"], &[0, 1], "."),
            ("chr1_100_DEL", "A", &["<DEL>"], &[0, 1], "chr1_100_DEL"),
            // The site has one ID for two alternative alleles, so the ID may describe the removed allele.
            ("rs12", "A", &["C", "G"], &[0, 1, 0], "."),
            ("rs12;rs13", "A", &["C", "G"], &[0, 0, 1], "rs13"),
            ("chr1_100_A_C;chr1_100_A_G", "A", &["C", "G"], &[0, 0, 1], "chr1_100_A_G"),
            // The IDs state a longer REF, which only the removed deletion of another sample required.
            ("chr1_100_AT_GT;chr1_100_AT_A", "AT", &["GT", "A"], &[0, 1, 0], "."),
            ("bnd_7", "A", &["A]chr2:5]"], &[0, 1], "bnd_7"),
            ("bnd_P2_7", "A", &["A]chr2:5]"], &[0, 1], "."),
        ] {
            assert_eq!(ids(text, reference, alternatives, counts), stays, "{text}");
        }
    }
}
