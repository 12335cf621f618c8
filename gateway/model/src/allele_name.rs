//! Names of alleles (changes on transcripts and proteins, as in HGVS), as files state them.

use crate::carrier::Allele;

/// The longest change that is stored, in bytes. Longer changes are not stored.
pub const MAX_CHANGE_BYTES: usize = 256;

/// The name of an allele on one transcript or protein, as a file states it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlleleName {
    /// The allele that has this name.
    pub allele: Allele,
    /// The change (such as `c.35del`), as [`usual_change`] spells it.
    pub change: String,
    /// The symbol of the gene in capitals; empty if the file states no gene.
    pub gene: String,
    /// The accession of the transcript or protein, with version (`NM_004006.2`); empty if the file states no accession.
    pub sequence: String,
    /// Consequences of the allele: terms of the Sequence Ontology, joined by `&` (`missense_variant&splice_region_variant`).
    pub consequence: String,
}

/// The amino acids, with their one-letter and three-letter codes. `Ter` stands for a stop codon.
const ONE_LETTER: &str = "ARNDCQEGHILKMFPSTWYVUO*";

/// The three-letter codes, in the order of [`ONE_LETTER`].
const THREE_LETTERS: [&str; 23] = [
    "Ala", "Arg", "Asn", "Asp", "Cys", "Gln", "Glu", "Gly", "His", "Ile", "Leu", "Lys", "Met", "Phe", "Pro", "Ser", "Thr", "Trp", "Tyr",
    "Val", "Sec", "Pyl", "Ter",
];

/// Writes an HGVS change in the usual spelling, so that different spellings of one change become the same text. Absent if the text is not a
/// change, or is longer than [`MAX_CHANGE_BYTES`].
///
/// * `%3D` becomes `=`. Parentheses around the whole change are removed.
/// * Protein: three letters for every residue, `Ter` for a stop, `=` for no change. A frameshift keeps only its first residue (`p.Arg97fs`),
///   because programs differ in how much of the rest they write. Residues that the positions imply (`p.Lys30delLys`) are removed.
/// * Transcript: bases in capitals. Bases that the position implies (`c.35delG`) are removed.
#[must_use]
pub fn usual_change(text: &str) -> Option<String> {
    let text = text.trim().replace("%3D", "=").replace("%3d", "=");
    if text.len() > MAX_CHANGE_BYTES || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let (kind, change) = text.split_once('.')?;
    let change = match change.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?,
        None => change,
    };
    if change.is_empty() || change == "?" {
        return None;
    }
    match kind {
        "p" => Some(format!("p.{}", protein_change(change))),
        "c" | "n" | "r" | "g" | "m" => Some(format!("{kind}.{}", without_implied_bases(change))),
        _ => None,
    }
}

/// Whether a text is the accession of a transcript or protein of RefSeq, Ensembl or LRG, with or without its version.
#[must_use]
pub fn is_accession(text: &str) -> bool {
    let of_house = ["NM_", "NR_", "NP_", "XM_", "XR_", "XP_", "LRG_", "ENST", "ENSP"];
    of_house.iter().any(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn amino_acid(text: &str) -> Option<&'static str> {
    let at = match text.len() {
        1 => ONE_LETTER.find(&text.to_ascii_uppercase()),
        _ => THREE_LETTERS.iter().position(|three| three.eq_ignore_ascii_case(text)),
    };
    at.and_then(|at| THREE_LETTERS.get(at).copied())
}

fn protein_change(change: &str) -> String {
    let substitution = || {
        let digits = change.find(|c: char| c.is_ascii_digit())?;
        let (before, rest) = change.split_at(digits);
        let (place, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let before = amino_acid(before)?;
        if after.contains("fs") {
            return Some(format!("{before}{place}fs"));
        }
        let after = match after {
            "=" => before,
            after => amino_acid(after)?,
        };
        let after = if after == before { "=" } else { after };
        Some(format!("{before}{place}{after}"))
    };
    substitution()
        .or_else(|| in_three_letters(change))
        .unwrap_or_else(|| change.replace('*', "Ter"))
}

/// The operators between the residues of a protein change. They are in lower case; the code of a residue begins with a capital letter.
const PROTEIN_WORDS: [&str; 5] = ["delins", "del", "dup", "ins", "ext"];

/// Writes a protein change with every residue in three letters. Examples of the input are `E746_A750del` and `D770_N771insGV`. Absent if a part of
/// the change is not a residue, a number or an operator.
fn in_three_letters(change: &str) -> Option<String> {
    let (mut left, mut written) = (change, String::new());
    let mut word = "";
    while let Some(first) = left.chars().next() {
        if let Some(found) = PROTEIN_WORDS.into_iter().find(|word| left.starts_with(word)) {
            // In `delLysins`, the position already states which residues are deleted. The two operators therefore count as `delins`.
            word = if word == "del" && found == "ins" { "delins" } else { found };
            written.push_str(found);
            left = left.get(found.len()..)?;
            continue;
        }
        if first.is_ascii_digit() || matches!(first, '_' | '?' | '-' | '=') {
            written.push(first);
            left = left.get(1..)?;
            continue;
        }
        let of_three = left.get(..3).and_then(|three| THREE_LETTERS.iter().find(|known| **known == three));
        let (residue, length) = match of_three {
            Some(known) => (*known, 3),
            None if left.starts_with("Xaa") => ("Xaa", 3),
            None => (amino_acid(left.get(..1)?).filter(|_| !first.is_ascii_lowercase())?, 1),
        };
        if !matches!(word, "del" | "dup") {
            written.push_str(residue);
        }
        left = left.get(length..)?;
    }
    Some(written)
}

fn without_implied_bases(change: &str) -> String {
    let change = in_capitals(change);
    let change = change.as_str();
    let is_bases = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    if let Some((place, rest)) = change.split_once("del") {
        match rest.split_once("ins") {
            Some((taken, put)) if is_bases(taken) => return format!("{place}delins{put}"),
            None if is_bases(rest) => return format!("{place}del"),
            _ => {}
        }
    }
    match change.split_once("dup") {
        Some((place, bases)) if is_bases(bases) => format!("{place}dup"),
        _ => change.to_owned(),
    }
}

/// Writes a change with its bases in upper case and its operators (`del`, `ins`, `dup`, `inv`, `con`) in lower case.
fn in_capitals(change: &str) -> String {
    let mut written = String::with_capacity(change.len());
    let mut left = change;
    while let Some(first) = left.chars().next() {
        let word = ["del", "ins", "dup", "inv", "con"]
            .into_iter()
            .find(|word| left.get(..3).is_some_and(|next| next.eq_ignore_ascii_case(word)));
        match word {
            Some(word) => {
                written.push_str(word);
                left = &left[3..];
            }
            None => {
                written.push(first.to_ascii_uppercase());
                left = &left[first.len_utf8()..];
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_change_becomes_the_usual_one() {
        for (texts, usual) in [
            (&["p.Val600Glu", "p.V600E", "p.(Val600Glu)", "p.val600glu"][..], "p.Val600Glu"),
            (&["p.Gln12Ter", "p.Gln12*", "p.Q12*", "p.(Gln12*)"], "p.Gln12Ter"),
            (&["p.Val600=", "p.Val600%3D", "p.Val600Val", "p.V600V", "p.V600="], "p.Val600="),
            (
                &["p.Arg97ProfsTer23", "p.Arg97fs", "p.Arg97Profs*23", "p.R97fs", "p.Arg97fs*?"],
                "p.Arg97fs",
            ),
            (&["p.Lys23_Val25del", "p.K23_V25del", "p.(K23_V25del)"], "p.Lys23_Val25del"),
            (&["p.Lys30del", "p.K30del", "p.Lys30delLys"], "p.Lys30del"),
            (&["p.His773dup", "p.H773dup"], "p.His773dup"),
            (&["p.Asp770_Asn771insGlyVal", "p.D770_N771insGV"], "p.Asp770_Asn771insGlyVal"),
            (&["p.Leu747_Pro753delinsSer", "p.L747_P753delinsS"], "p.Leu747_Pro753delinsSer"),
            (&["p.Leu747_Pro753delinsTer", "p.L747_P753delins*"], "p.Leu747_Pro753delinsTer"),
            (&["p.Met1?", "p.M1?"], "p.Met1?"),
            (&["p.Met1ext-5", "p.M1ext-5"], "p.Met1ext-5"),
            (&["p.Ter100TrpextTer5", "p.*100Wext*5"], "p.Ter100TrpextTer5"),
            (&["p.Ter100Trpext?", "p.*100Wext?"], "p.Ter100Trpext?"),
            (&["c.35delG", "c.35del", "c.35delg", "c.35DEL"], "c.35del"),
            (&["c.10A>G", "c.10a>g"], "c.10A>G"),
            (&["c.2240_2257delinsC", "c.2240_2257delinsc"], "c.2240_2257delinsC"),
            (&["c.88-2A>G", "c.88-2a>g"], "c.88-2A>G"),
            (&["c.*32A>G"], "c.*32A>G"),
            (&["c.35_36delAGinsT", "c.35_36delinsT"], "c.35_36delinsT"),
            (&["c.20_23dupAAGT", "c.20_23dup"], "c.20_23dup"),
            (&["c.1799T>A"], "c.1799T>A"),
            (&["c.35_36insT", "c.35_36inst"], "c.35_36insT"),
        ] {
            for text in texts {
                assert_eq!(usual_change(text).as_deref(), Some(usual), "{text}");
            }
        }
        for none in [
            "",
            "p.",
            "p.?",
            "p.(",
            "V600E",
            "x.1A>T",
            "c.1 A",
            "p.é",
            &format!("c.{}", "1".repeat(300)),
        ] {
            assert_eq!(usual_change(none), None, "{none}");
        }
    }
}
