//! The stored names of origins (germline, somatic) and zygosities.

use gemj_model::{Origin, Zygosity};

/// Parses the output of `Origin::as_str`.
pub(crate) fn origin(text: &str) -> Result<Origin, ()> {
    let all = [Origin::Germline, Origin::Somatic];
    all.into_iter().find(|o| o.as_str() == text).ok_or(())
}

/// The stored name of a zygosity. `None` means that the report does not state the zygosity.
pub(crate) fn zygosity_word(zygosity: Option<Zygosity>) -> &'static str {
    match zygosity {
        Some(Zygosity::Heterozygous) => "heterozygous",
        Some(Zygosity::Homozygous) => "homozygous",
        Some(Zygosity::Hemizygous) => "hemizygous",
        None => "not-stated",
    }
}

/// Parses the stored name of a zygosity. `None` means that the report does not state the zygosity.
pub(crate) fn zygosity(text: &str) -> Result<Option<Zygosity>, ()> {
    let all = [
        Some(Zygosity::Heterozygous),
        Some(Zygosity::Homozygous),
        Some(Zygosity::Hemizygous),
        None,
    ];
    all.into_iter().find(|z| zygosity_word(*z) == text).ok_or(())
}

/// Parses the stored name of a zygosity for the carrier index, which counts copies. A carrier with an unstated zygosity counts as heterozygous
/// (one copy).
pub(crate) fn counted_zygosity(text: &str) -> Result<Zygosity, ()> {
    zygosity(text).map(|stated| stated.unwrap_or(Zygosity::Heterozygous))
}
