//! The rules that limit what an answer may reveal at each tier: the groups of participants and numbers that an answer may show, how fine a query may
//! be, and which files may be returned whole.
//!
//! A [`Grant`](crate::Grant) carries one [`Terms`] value for each dataset. The services and the carrier index call the methods of that value. They
//! compare no tier and no threshold themselves, and they cannot make a `Terms` value. Every limit is therefore in this module.
//!
//! Small groups are suppressed after consent and purpose are applied. Suppression depends on the counted participants alone. The same query at the
//! same epoch therefore has the same answer.

mod bucket;
mod finding;
mod groups;
mod limits;
mod range;
mod terms;
mod tier;
pub(crate) mod whole_file;

pub use finding::{Finding, PublicNumber};
pub use range::Range;
pub use terms::Terms;
pub use tier::{Granularity, Tier};
