//! Looking on while a segment is built.

use gemj_model::{Allele, Ordinal, Zygosity};

/// Sees entries on their way into a segment, in the order they come, so that a file is read once for whatever else is made of it.
pub trait EntryWitness: Send + std::fmt::Debug {
    /// One allele and some of its carriers. The same may come again.
    fn see(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]);
}
