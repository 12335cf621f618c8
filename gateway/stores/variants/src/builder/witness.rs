//! Observing the entries while a segment is built.

use gemj_model::{Allele, Ordinal, Zygosity};

/// Receives the entries of a segment in the order in which they are added, so that other products of the same file need no second read.
pub trait EntryWitness: Send + std::fmt::Debug {
    /// Receives one allele and some of its carriers. The same allele may be passed again.
    fn see(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]);
}
