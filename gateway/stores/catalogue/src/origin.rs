//! The stored words of origin and zygosity.

use gemj_model::{Origin, Zygosity};

/// Reads what `Origin::as_str` wrote.
pub(crate) fn origin(text: &str) -> Result<Origin, ()> {
    let all = [Origin::Germline, Origin::Somatic];
    all.into_iter().find(|o| o.as_str() == text).ok_or(())
}

/// The stored word of a zygosity; absent where a report does not state it.
pub(crate) fn zygosity_word(zygosity: Option<Zygosity>) -> &'static str {
    match zygosity {
        Some(Zygosity::Heterozygous) => "heterozygous",
        Some(Zygosity::Homozygous) => "homozygous",
        Some(Zygosity::Hemizygous) => "hemizygous",
        None => "not-stated",
    }
}

/// Reads the word.
pub(crate) fn zygosity(text: &str) -> Result<Option<Zygosity>, ()> {
    let all = [
        Some(Zygosity::Heterozygous),
        Some(Zygosity::Homozygous),
        Some(Zygosity::Hemizygous),
        None,
    ];
    all.into_iter().find(|z| zygosity_word(*z) == text).ok_or(())
}

/// Reads the word for the carrier index, which counts copies: a participant who carries an allele carries at least one.
pub(crate) fn counted_zygosity(text: &str) -> Result<Zygosity, ()> {
    zygosity(text).map(|stated| stated.unwrap_or(Zygosity::Heterozygous))
}
