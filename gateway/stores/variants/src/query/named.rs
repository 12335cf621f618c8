//! Queries for alleles that are listed one by one, because they were found by a name.

use gemj_model::{Allele, DatasetId, Region};

/// One allele of a query, and the datasets in which the allele is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAllele {
    /// The searched allele, in minimal form.
    pub allele: Allele,
    /// The datasets in which the allele is searched; absent if it is searched in every queried dataset. A name that the files of one
    /// dataset use for an allele does not apply in another dataset.
    pub datasets: Option<Vec<DatasetId>>,
}

/// The alleles that were found for a name such as `p.Val600Glu`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAlleles {
    /// The regions that the query covers, independent of the alleles that were found. If a Grant is limited to regions, it must open all
    /// these regions. Absent if the query covers the whole genome, which a limited Grant never opens. In addition, an allele that a limited
    /// Grant does not open is not read.
    pub about: Option<Vec<Region>>,
    /// The alleles, in any order. If an allele is listed twice, it is visited once and searched in the datasets of both entries.
    pub alleles: Vec<NamedAllele>,
}
