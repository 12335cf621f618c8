pub(crate) mod hospital;

mod capabilities;
mod create;
mod search_type;
mod token;
mod withdraw;
