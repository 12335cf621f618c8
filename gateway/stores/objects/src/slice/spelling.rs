//! Finds a requested contig in a file that may spell the contig's name in another way.

use gemj_model::Contig;

/// Returns the file's spelling of a requested contig. If the file has the requested name, that name is returned. Otherwise the only name of
/// the same chromosome ([`Contig::canonical_name`]) is returned. If the file has several other spellings of the chromosome, the contig is
/// not found.
pub(crate) fn spelling<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    if let Some(exact) = known.iter().find(|name| **name == asked) {
        return Some(exact);
    }
    let asked = Contig(asked.to_owned());
    let mut same: Vec<&str> = known
        .iter()
        .copied()
        .filter(|name| Contig((*name).to_owned()).canonical_name() == asked.canonical_name())
        .collect();
    same.sort_unstable();
    same.dedup();
    match same.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::spelling;

    #[test]
    fn the_exact_name_is_preferred_and_another_spelling_is_found() {
        let known = ["chr1", "20", "chr20", "chrM", "GL000220.1"];
        assert_eq!(spelling("1", &known), Some("chr1"));
        assert_eq!(spelling("chr20", &known), Some("chr20"));
        assert_eq!(spelling("20", &known), Some("20"));
        assert_eq!(spelling("MT", &known), Some("chrM"));
        assert_eq!(spelling("GL000220.1", &known), Some("GL000220.1"));
    }

    #[test]
    fn an_ambiguous_name_is_not_found() {
        assert_eq!(spelling("M", &["chrM", "MT"]), None);
        assert_eq!(spelling("MT", &["chrM", "MT"]), Some("MT"));
        for unknown in ["2", "chr01", "CHR1", "", "chrchr1"] {
            assert_eq!(spelling(unknown, &["chr1"]), None, "{unknown}");
        }
    }
}
