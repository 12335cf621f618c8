//! A trait for observing the entries while a segment is built.

use gemj_model::{Allele, Ordinal, Zygosity};

/// Receives the entries of a segment in the order in which they are added. Other data can then be computed from the same file without a
/// second read.
pub trait EntryWitness: Send + std::fmt::Debug {
    /// Receives one allele and some of its carriers. The same allele may be passed several times with different carriers.
    fn see(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]);
}
