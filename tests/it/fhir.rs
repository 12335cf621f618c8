pub(crate) mod hospital;

mod capabilities;
mod childs_findings;
mod create;
mod find_subject_variants;
mod merge;
mod search_type;
mod token;
mod vault;
mod withdraw;
