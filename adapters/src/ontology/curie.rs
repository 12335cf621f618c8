//! Converts the id of a term from the forms in ontology files to a CURIE.

/// The maximum length of an id, in bytes. A Beacon filter cannot contain a longer id.
const MAX_CURIE_BYTES: usize = 256;

/// The beginnings of the addresses of terms. In these ontologies, an address ends with the prefix, `_` and the local part.
const BASES: [&str; 3] = ["purl.obolibrary.org/obo/", "www.ebi.ac.uk/efo/", "www.orpha.net/ORDO/"];

/// The CURIE for a term's id or address (`HP:0000118`, `http://purl.obolibrary.org/obo/HP_0000118`); `None` for a text of another form.
pub(super) fn curie(text: &str) -> Option<String> {
    if text.len() > MAX_CURIE_BYTES {
        return None;
    }
    let Some(address) = without_scheme(text) else {
        return is_curie(text).then(|| text.to_owned());
    };
    let name = BASES.iter().find_map(|base| address.strip_prefix(base))?;
    let (prefix, local) = name.rsplit_once('_')?;
    let curie = format!("{prefix}:{local}");
    is_curie(&curie).then_some(curie)
}

/// Whether an id is an address (a URL).
pub(super) fn is_address(text: &str) -> bool {
    without_scheme(text).is_some()
}

/// The part of an address after its scheme; `None` if the text is not an address.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))
}

/// The prefix of a CURIE, before the colon.
pub(super) fn prefix(curie: &str) -> &str {
    curie.split_once(':').map_or(curie, |(prefix, _)| prefix)
}

fn is_curie(id: &str) -> bool {
    id.split_once(':').is_some_and(|(prefix, local)| {
        prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !local.is_empty()
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}
