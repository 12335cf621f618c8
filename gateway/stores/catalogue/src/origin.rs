//! The stored words of origin and zygosity.

use gemj_model::{Origin, Zygosity};

/// Reads what `Origin::as_str` wrote.
pub(crate) fn origin(text: &str) -> Result<Origin, ()> {
    let all = [Origin::Germline, Origin::Somatic];
    all.into_iter().find(|o| o.as_str() == text).ok_or(())
}

/// The stored word of a zygosity.
pub(crate) fn zygosity_word(zygosity: Zygosity) -> &'static str {
    match zygosity {
        Zygosity::Heterozygous => "heterozygous",
        Zygosity::Homozygous => "homozygous",
        Zygosity::Hemizygous => "hemizygous",
    }
}

/// Reads the word.
pub(crate) fn zygosity(text: &str) -> Result<Zygosity, ()> {
    let all = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous];
    all.into_iter().find(|z| zygosity_word(*z) == text).ok_or(())
}
