//! The meaning of values that is the same at every site: dates, bounds of numbers, the forms of codes, sex.
//!
//! The parsers never guess. They refuse a text that does not have the expected form. The error names the expected form and never contains the
//! text.

mod codes;
mod date;
mod era;
mod feature_name;
mod fhir_status;
mod modifier;
mod problem;
mod quantity;
mod result_context;
mod result_status;
mod sex;
mod tooth;
mod width;

#[cfg(test)]
mod tests;

pub use codes::{NotACode, curie, hpo, icd10, jlac10};
pub use date::{DateFormat, NotThatDate, parse_date};
pub use quantity::{Quantity, parse_quantity};
pub use sex::parse_sex;

pub(crate) use date::repairs_of_date;
pub(crate) use fhir_status::{abated, condition_status, in_coded_name, observation_status, of_category};
pub(crate) use modifier::{Modifier, in_feature_name, in_name, in_name_of_relative, modified, modifier, of_term};
pub(crate) use problem::{action, certainty, confirmation, flag, life_cycle, probability, resolved};
pub(crate) use result_context::{
    OffScale, abnormal_flag, off_scale, order_control, order_status, report_status, specimen_condition, specimen_rejected, specimen_role,
};
pub(crate) use result_status::result_status;
pub(crate) use tooth::is_tooth;
pub(crate) use width::narrow;

/// Whether a text contains a sign that replaces a lost character: `■`, which Japanese systems write for a character that their character
/// set lacks, or U+FFFD.
#[must_use]
pub fn has_lost_character(text: &str) -> bool {
    text.contains(['■', '\u{fffd}'])
}
