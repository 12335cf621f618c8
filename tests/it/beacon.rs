mod get_genomic_variants;
mod get_individuals;
mod tiers;
