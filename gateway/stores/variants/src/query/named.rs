//! Queries for alleles that are named one by one.

use gemj_model::{Allele, DatasetId, Region};

/// An allele, and the datasets in which it is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAllele {
    /// The allele, in minimal form.
    pub allele: Allele,
    /// The datasets in which the allele is searched; absent means every queried dataset. A name that files of one dataset use for an allele does not
    /// apply in another dataset.
    pub datasets: Option<Vec<DatasetId>>,
}

/// Exact alleles that were found for a name (`p.Val600Glu`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAlleles {
    /// The regions that the query covers, whichever alleles were found for it. If a Grant is limited to regions, it must open all of them. Absent
    /// means the whole genome, which a limited Grant never opens. An allele that a limited Grant does not open is not read either.
    pub about: Option<Vec<Region>>,
    /// The alleles, in any order. If an allele is named twice, it is visited once and searched in the datasets of both.
    pub alleles: Vec<NamedAllele>,
}
