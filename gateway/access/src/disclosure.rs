//! What each tier may learn from an answer: which groups of participants it shows, which numbers it gives, how fine a question may be,
//! and which file may leave whole.
//!
//! A [`Grant`](crate::Grant) carries one [`Terms`] value for each dataset. The services and the carrier index ask that value. They compare no tier and no
//! threshold themselves, and they cannot make a `Terms` value of their own. Every limit is therefore in this module.
//!
//! Suppression is applied after consent and purpose, and it depends on the counted participants alone. The same question at the same epoch therefore
//! has the same answer.

mod bucket;
mod finding;
mod groups;
mod limits;
mod range;
mod terms;
mod tier;
pub(crate) mod whole_file;

pub use finding::Finding;
pub use range::Range;
pub use terms::Terms;
pub use tier::{Granularity, Tier};
