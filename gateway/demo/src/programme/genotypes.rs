//! Computes the alleles of each participant. Alleles are inherited: a child has one haplotype of each parent in every region.

use super::person::{Parent, Person};
use super::{Programme, Site};
use crate::prng::hash;

/// The one or two alleles of a participant at a site. The allele 0 is REF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Genotype {
    /// The only allele, on the X of a male.
    Haploid(u8),
    /// The maternal and the paternal allele.
    Diploid(u8, u8),
}

impl Genotype {
    /// Whether the genotype contains the allele.
    #[must_use]
    pub fn carries(self, allele: u8) -> bool {
        match self {
            Self::Haploid(a) => a == allele,
            Self::Diploid(a, b) => a == allele || b == allele,
        }
    }

    /// Whether the genotype contains an alternative allele.
    #[must_use]
    pub fn differs(self) -> bool {
        match self {
            Self::Haploid(a) => a != 0,
            Self::Diploid(a, b) => a != 0 || b != 0,
        }
    }

    /// The genotype as the value of a VCF field. `number` maps each allele to its number in the file.
    #[must_use]
    pub fn field(self, number: impl Fn(u8) -> u8) -> String {
        match self {
            Self::Haploid(a) => number(a).to_string(),
            Self::Diploid(a, b) => {
                let (a, b) = (number(a), number(b));
                format!("{}/{}", a.min(b), a.max(b))
            }
        }
    }
}

/// One of a participant's two haplotypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strand {
    /// The haplotype from the mother. On X, it is a male's only haplotype.
    Maternal,
    /// The haplotype from the father.
    Paternal,
}

impl Programme {
    /// The genotype of a participant at a site.
    #[must_use]
    pub fn genotype(&self, person: &Person, site: &Site) -> Genotype {
        let maternal = self.allele(person, Strand::Maternal, site);
        if site.is_on_x() && person.is_male() {
            return Genotype::Haploid(maternal);
        }
        Genotype::Diploid(maternal, self.allele(person, Strand::Paternal, site))
    }

    /// The genotype of a control material at a site. A control material belongs to no participant.
    #[must_use]
    pub fn control_genotype(&self, number: usize, site: &Site) -> Genotype {
        let allele = |half| ancestral_allele(u64::MAX - 2 * number as u64 - half, site);
        Genotype::Diploid(allele(0), allele(1))
    }

    /// The allele on one of a participant's haplotypes.
    #[must_use]
    pub fn allele(&self, person: &Person, strand: Strand, site: &Site) -> u8 {
        // The mutation that was reported as the cause is new in the child, on the maternal haplotype.
        if strand == Strand::Maternal && person.causal_site == Some(site.index) {
            return 1;
        }
        let ancestor = self.ancestor(person, strand, site);
        if let Some(deletion) = site.spanned_by {
            let deletion = &self.sites[deletion];
            let has_it =
                (strand == Strand::Maternal && person.causal_site == Some(deletion.index)) || ancestral_allele(ancestor, deletion) == 1;
            if has_it {
                return 2;
            }
        }
        ancestral_allele(ancestor, site)
    }

    /// The number of the ancestor whose haplotype a participant has in the region of a site.
    fn ancestor(&self, person: &Person, strand: Strand, site: &Site) -> u64 {
        let parent = match strand {
            Strand::Maternal => person.mother,
            Strand::Paternal => person.father,
        };
        let drawn = match hash(&[0x1A57, person.index as u64, strand as u64, site.region as u64]) & 1 {
            0 => Strand::Maternal,
            _ => Strand::Paternal,
        };
        match parent {
            // A father has only one X, which he passes on.
            Parent::Enrolled(index) if strand == Strand::Paternal && site.is_on_x() => {
                self.ancestor(&self.people[index], Strand::Maternal, site)
            }
            Parent::Enrolled(index) => self.ancestor(&self.people[index], drawn, site),
            Parent::Outside(number) if strand == Strand::Paternal && site.is_on_x() => u64::from(number) * 2,
            Parent::Outside(number) => u64::from(number) * 2 + drawn as u64,
        }
    }
}

fn ancestral_allele(ancestor: u64, site: &Site) -> u8 {
    let mut drawn = (hash(&[0xA11E, ancestor, site.index as u64]) % 1_000_000) as u32;
    // A site with `*` has a frequency only for its own alternative allele. The frequency of `*` is that of the deletion.
    for (number, per_million) in site.per_million.iter().enumerate() {
        if drawn < *per_million {
            return number as u8 + 1;
        }
        drawn -= per_million;
    }
    0
}
