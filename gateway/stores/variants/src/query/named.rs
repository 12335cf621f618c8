//! Alleles that are named one by one.

use gemj_model::{Allele, DatasetId, Region};

/// An allele, and the datasets in which it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAllele {
    /// The allele, in minimal form.
    pub allele: Allele,
    /// Where it is looked for; absent is in every dataset asked. What files of one dataset call an allele decides nothing in another.
    pub datasets: Option<Vec<DatasetId>>,
}

/// Exact alleles, found for a name (`p.Val600Glu`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAlleles {
    /// What the question is about, whatever alleles were found for it: a Grant that is limited to regions has to open all of it. Absent is
    /// everything, which such a Grant never opens. An allele that such a Grant does not open is not read either.
    pub about: Option<Vec<Region>>,
    /// The alleles, in any order. One that is named twice is one, looked for wherever either says.
    pub alleles: Vec<NamedAllele>,
}
