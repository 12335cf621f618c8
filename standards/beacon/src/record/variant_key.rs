//! The key that identifies a variant, in a record and in a URL.

use std::fmt;

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{Interval, MAX_COORDINATE, ZeroBased};
use crate::reference_name::{ReferenceName, refseq_accession, resolve};

/// The longest accepted id of a variant, in bytes.
const MAX_ID_BYTES: usize = 8192;

/// The key of one allele. The caller states the allele in minimal form (reference and alternate share no base at either end); this crate
/// does not check the form.
///
/// `Display` writes the allele's id, which is used in `/g_variants/{id}` and in `variantInternalId`, and [`Self::parse`] parses it. An example
/// is `GRCh38.22.99.102.ACG.-`. The parts are assembly, chromosome, 0-based half-open start and end, reference and alternate. Two different
/// alleles have different ids.
///
/// * A reference or alternate without bases is `-`.
/// * A symbolic allele is in parentheses (`(DUP:TANDEM)`), because URLs do not allow angle brackets.
/// * In a symbolic allele, every byte that is not a letter, a digit, `_`, `:` or `-` is written as `~` and two hexadecimal digits
///   (`(foo~2Bbar)`).
/// * After a symbolic insertion, the number of inserted bases follows, if known (`(INS)300`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VariantKey {
    assembly: Assembly,
    reference_name: ReferenceName,
    start: ZeroBased,
    end: ZeroBased,
    reference: String,
    alternate: Alternate,
    inserted: Option<u64>,
}

/// The alternate allele: the bases that replace the reference bases, or a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Alternate {
    Spelt(String),
    /// The symbol as written, without angle brackets.
    Symbol(String),
}

impl VariantKey {
    /// Makes the key of an allele. `alternate` is bases, the empty text, or a symbol in angle brackets. `end` is exclusive, and equal to
    /// `start` for an insertion.
    ///
    /// Returns `None` in these cases:
    ///
    /// * the end is before the start, or greater than 2^63 - 1;
    /// * `reference` is not IUPAC bases, or `alternate` is neither IUPAC bases nor a symbol;
    /// * `alternate` is bases, and the number of reference bases differs from the length of the interval from `start` to `end`;
    /// * `reference` and `alternate` are equal.
    #[must_use]
    pub fn try_new(
        reference_name: ReferenceName,
        assembly: Assembly,
        start: ZeroBased,
        end: ZeroBased,
        reference: &str,
        alternate: &str,
    ) -> Option<Self> {
        let reference = Bases::parse(reference)?.as_str().to_owned();
        let alternate = match alternate.strip_prefix('<') {
            Some(symbol) => Alternate::Symbol(symbol.strip_suffix('>')?.to_owned()),
            None => Alternate::Spelt(Bases::parse(alternate)?.as_str().to_owned()),
        };
        let length = end.0.checked_sub(start.0).filter(|_| end.0 <= MAX_COORDINATE)?;
        let right = match &alternate {
            Alternate::Spelt(put) => u64::try_from(reference.len()) == Ok(length) && *put != reference,
            Alternate::Symbol(_) => true,
        };
        right.then_some(Self {
            assembly,
            reference_name,
            start,
            end,
            reference,
            alternate,
            inserted: None,
        })
    }

    /// The key of a symbolic insertion with its number of inserted bases. `None` if the number is 0, or if the allele is not a symbolic
    /// insertion.
    #[must_use]
    pub fn with_inserted(self, bases: u64) -> Option<Self> {
        let Alternate::Symbol(symbol) = &self.alternate else { return None };
        let is_insertion = match symbol.get(..3).filter(|name| name.eq_ignore_ascii_case("INS")) {
            Some(_) => matches!(symbol.as_bytes().get(3), None | Some(b':')),
            None => false,
        };
        (is_insertion && bases > 0).then_some(Self {
            inserted: Some(bases),
            ..self
        })
    }

    /// Parses the id of a variant. `None` for any other text.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        if id.len() > MAX_ID_BYTES {
            return None;
        }
        let mut parts = id.split('.');
        let mut part = || parts.next();
        let assembly = match part()? {
            "GRCh37" => Assembly::GRCh37,
            "GRCh38" => Assembly::GRCh38,
            _ => return None,
        };
        let (reference_name, _) = resolve(part()?, Some(assembly.as_str())).ok()?;
        let (start, end) = (part()?.parse().ok()?, part()?.parse().ok()?);
        let (reference, alternate) = (part()?, part()?);
        let (alternate, inserted) = match alternate.strip_prefix('(') {
            Some(rest) => {
                let (symbol, inserted) = rest.split_once(')')?;
                (
                    format!("<{}>", unescaped(symbol)?),
                    Some(inserted).filter(|digits| !digits.is_empty()),
                )
            }
            None => (alternate.to_owned(), None),
        };
        let mut key = Self::try_new(reference_name, assembly, ZeroBased(start), ZeroBased(end), reference, &alternate)?;
        if let Some(digits) = inserted {
            key = key.with_inserted(digits.parse().ok()?)?;
        }
        // Every variant has exactly one id. Other spellings of the same variant are rejected.
        (key.to_string() == id).then_some(key)
    }

    /// The assembly of the variant.
    #[must_use]
    pub fn assembly(&self) -> Assembly {
        self.assembly
    }

    /// The chromosome of the variant.
    #[must_use]
    pub fn reference_name(&self) -> ReferenceName {
        self.reference_name
    }

    /// The first changed base, 0-based. For an insertion, the base after the inserted bases.
    #[must_use]
    pub fn start(&self) -> ZeroBased {
        self.start
    }

    /// The first base after the changed bases, 0-based. For an insertion, it equals the start.
    #[must_use]
    pub fn end(&self) -> ZeroBased {
        self.end
    }

    /// The changed interval; `None` for an insertion, which changes no reference base.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::try_new(self.start, self.end)
    }

    /// The replaced bases in upper case. Empty for an insertion, and for a symbolic allele that does not state its bases.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The alternate allele as in VCF: bases, the empty text, or a symbol in angle brackets.
    #[must_use]
    pub fn alternate(&self) -> String {
        match &self.alternate {
            Alternate::Spelt(bases) => bases.clone(),
            Alternate::Symbol(symbol) => format!("<{symbol}>"),
        }
    }

    /// The number of bases that a symbolic insertion adds. `None` if the number is not known, and for every other allele.
    #[must_use]
    pub fn inserted(&self) -> Option<u64> {
        self.inserted
    }

    pub(super) fn put(&self) -> &Alternate {
        &self.alternate
    }

    /// The HGVS name of a variant that replaces reference bases by other bases (a substitution or a `delins`). `None` for every other variant,
    /// because its name needs the reference bases around the variant. HGVS shifts insertions and deletions as far as possible towards the end,
    /// and calls some insertions duplications.
    #[must_use]
    pub fn hgvs(&self) -> Option<String> {
        let Alternate::Spelt(put) = &self.alternate else { return None };
        let exact = |bases: &str| !bases.is_empty() && bases.bytes().all(|b| b"ACGT".contains(&b));
        if !exact(put) || !exact(&self.reference) {
            return None;
        }
        let accession = refseq_accession(self.reference_name, self.assembly);
        let kind = if self.reference_name.as_str() == "MT" { 'm' } else { 'g' };
        let (first, last) = (self.start.0 + 1, self.end.0);
        Some(match (self.reference.len(), put.len()) {
            (1, 1) => format!("{accession}:{kind}.{first}{}>{put}", self.reference),
            (1, _) => format!("{accession}:{kind}.{first}delins{put}"),
            (_, _) => format!("{accession}:{kind}.{first}_{last}delins{put}"),
        })
    }
}

/// Whether a byte of a symbol is written unchanged in an id.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_:-".contains(&byte)
}

/// Writes a symbol in the escaped form of an id.
fn escaped(symbol: &str) -> String {
    let mut text = String::with_capacity(symbol.len());
    for byte in symbol.bytes() {
        if is_plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("~{byte:02X}"));
        }
    }
    text
}

/// Parses a symbol in the escaped form of an id; `None` if the text is not valid.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'~' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain if is_plain(plain) => plain,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for VariantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |bases: &str| if bases.is_empty() { "-".to_owned() } else { bases.to_owned() };
        let (assembly, name) = (self.assembly.as_str(), self.reference_name.as_str());
        write!(f, "{assembly}.{name}.{}.{}.{}.", self.start.0, self.end.0, side(&self.reference))?;
        match &self.alternate {
            Alternate::Spelt(bases) => f.write_str(&side(bases)),
            Alternate::Symbol(symbol) => {
                write!(f, "({})", escaped(symbol))?;
                self.inserted.map_or(Ok(()), |bases| write!(f, "{bases}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_survives_a_round_trip_and_has_one_spelling() {
        for id in [
            "GRCh38.22.99.100.A.T",
            "GRCh37.MT.99.102.ACG.-",
            "GRCh38.X.99.99.-.ACG",
            "GRCh38.1.99.5000.-.(DUP:TANDEM)",
            "GRCh38.1.99.5000.-.(foo~2Bbar)",
            "GRCh38.1.99.5000.-.(dup)",
            "GRCh38.1.99.5000.-.()",
            "GRCh38.1.99.99.-.(INS)",
            "GRCh38.1.99.99.-.(INS)300",
            "GRCh38.1.99.99.-.(INS:ME)18446744073709551615",
        ] {
            assert_eq!(VariantKey::parse(id).unwrap().to_string(), id);
        }
        for bad in [
            "",
            "GRCh38",
            "GRCh38.22.99.100.A",
            "GRCh38.22.99.100.A.T.",
            "GRCh38.22.99.100.A.A",
            "GRCh38.22.99.101.A.T",
            "GRCh38.chr22.99.100.A.T",
            "GRCh38.22.099.100.A.T",
            "GRCh38.22.+99.100.A.T",
            "GRCh38.22.100.99.-.T",
            "GRCh38.22.99.100.a.T",
            "hg38.22.99.100.A.T",
            "GRCh38.22.99.100.A.<DEL>",
            "GRCh38.22.99.100.A.(D EL)",
            "GRCh38.22.99.100.-.(foo~2bbar)",
            "GRCh38.22.99.100.-.(foo~2)",
            "GRCh38.22.99.100.-.(foo~41)",
            "GRCh38.22.99.100.-.(foo~FF)",
            "GRCh38.22.99.100.-.(foo+bar)",
            "GRCh38.22.99.99.-.(INS)0",
            "GRCh38.22.99.99.-.(INS)0300",
            "GRCh38.22.99.99.-.(INS)+300",
            "GRCh38.22.99.100.-.(INSIDE)300",
            "GRCh38.22.99.100.-.(DEL)300",
            "GRCh38.22.99.99.-.(INS)18446744073709551616",
            "GRCh38.22.99.100.A.(DEL",
            "GRCh38.22.99.99.-.-",
            "GRCh38.22.99.99..T",
            "GRCh38.22.0.18446744073709551615.-.(DEL)",
        ] {
            assert_eq!(VariantKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_hgvs_names_that_need_no_reference_are_written() {
        for (id, name) in [
            ("GRCh38.22.10510104.10510105.A.T", Some("NC_000022.11:g.10510105A>T")),
            ("GRCh37.22.99.101.AC.GT", Some("NC_000022.10:g.100_101delinsGT")),
            ("GRCh38.MT.3242.3243.A.G", Some("NC_012920.1:m.3243A>G")),
            ("GRCh38.22.99.100.A.TTT", Some("NC_000022.11:g.100delinsTTT")),
            ("GRCh38.22.99.100.A.-", None),
            ("GRCh38.22.99.99.-.A", None),
            ("GRCh38.22.99.199.-.(DEL)", None),
            ("GRCh38.22.99.100.A.N", None),
        ] {
            assert_eq!(VariantKey::parse(id).unwrap().hgvs().as_deref(), name, "{id}");
        }
    }

    proptest! {
        #[test]
        fn every_symbol_has_a_unique_id_that_is_safe_in_a_url(one in "\\PC{0,12}", other in "\\PC{0,12}", bases in 1_u64..) {
            let key = |symbol: &str| {
                let name = crate::reference_name::ReferenceName::canonical("22").unwrap();
                VariantKey::try_new(name, Assembly::GRCh38, ZeroBased(99), ZeroBased(99), "", &format!("<{symbol}>")).unwrap()
            };
            let id = key(&one).to_string();
            prop_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-~()".contains(&b)), "{}", id);
            prop_assert_eq!(VariantKey::parse(&id), Some(key(&one)));
            prop_assert_eq!(id == key(&other).to_string(), one == other);
            let insertion = key(&format!("INS:{one}"));
            let sized = insertion.clone().with_inserted(bases).unwrap();
            prop_assert_eq!(VariantKey::parse(&sized.to_string()), Some(sized.clone()));
            prop_assert_ne!(sized.to_string(), insertion.to_string());
        }

        #[test]
        fn any_text_is_rejected_or_an_id(text in prop_oneof![".{0,40}", "GRCh3[78]\\.[0-9XY]{1,2}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[ACGTN.-]{0,3}\\.[ACGT()<>.-]{0,5}"]) {
            if let Some(key) = VariantKey::parse(&text) {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
