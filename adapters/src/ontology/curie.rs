//! The forms of a term's id.

/// The longest id, in bytes; a Beacon filter cannot contain a longer id.
const MAX_CURIE_BYTES: usize = 256;

/// The beginnings of terms' addresses, for the ontologies whose addresses end with prefix, `_` and local part.
const BASES: [&str; 3] = ["purl.obolibrary.org/obo/", "www.ebi.ac.uk/efo/", "www.orpha.net/ORDO/"];

/// The CURIE for an id or address (`HP:0000118`, `http://purl.obolibrary.org/obo/HP_0000118`); absent for an id of another form.
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

/// Whether an id is an address.
pub(super) fn is_address(text: &str) -> bool {
    without_scheme(text).is_some()
}

/// The part of an address after its scheme; absent if the text is not an address.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))
}

/// The prefix of a CURIE.
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
