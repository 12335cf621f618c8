//! What values mean whatever the site: dates, bounds, the shapes of codes, sex.
//!
//! Nothing is guessed: a text that does not have the shape asked for is refused, with the rule it breaks and never with the text.

mod codes;
mod date;
mod era;
mod modifier;
mod quantity;
mod sex;
mod width;

#[cfg(test)]
mod tests;

pub use codes::{NotACode, curie, hpo, icd10, jlac10};
pub use date::{DateFormat, NotThatDate, parse_date};
pub use quantity::{Quantity, parse_quantity};
pub use sex::parse_sex;

pub(crate) use modifier::{Modifier, in_name, modified, modifier};
pub(crate) use width::narrow;

/// Whether a text holds a sign that stands for a lost one: `■`, which Japanese systems put for what their character set lacks, or U+FFFD.
#[must_use]
pub fn has_lost_character(text: &str) -> bool {
    text.contains(['■', '\u{fffd}'])
}
