//! What is read, refused and rendered, judged by the official definitions, by hand-computed values and by changed bytes.
#![allow(clippy::unwrap_used, missing_docs)]

mod consents;
mod genomics;
mod official;
mod rendered;
mod resources;
mod searches;
mod stamps;
mod tasks;
