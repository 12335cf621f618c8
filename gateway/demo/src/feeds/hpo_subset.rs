//! Writes the demo's subset of the Human Phenotype Ontology, `hp-demo.obo`.

use std::fmt::Write;

use crate::programme::hpo::{TERMS, label};

/// The demo's terms in OBO format, written by hand: a small part of the ontology, enough for the demo's queries.
pub(super) fn encode() -> String {
    let mut text = String::from(
        "format-version: 1.2\n\
         data-version: hp/demo-subset/2026-12-01\n\
         ontology: hp\n\
         remark: A hand-written subset for the demo: only the terms it uses and some of their ancestors. Not a release of the Human Phenotype Ontology.\n",
    );
    for term in TERMS {
        let _ = write!(text, "\n[Term]\nid: {}\nname: {}\n", term.id, term.label);
        for parent in term.parents {
            let _ = writeln!(text, "is_a: {parent} ! {}", label(parent));
        }
    }
    text
}
