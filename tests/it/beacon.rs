mod filters;
mod get_filtering_terms;
mod get_genomic_variants;
mod get_individuals;
mod leak;
mod query_budget;
mod random_recount;
mod tiers;
