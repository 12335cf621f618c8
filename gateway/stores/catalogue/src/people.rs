//! Sets of participants as they are stored: roaring bitmaps over ordinals in the portable format.

use roaring::RoaringBitmap;

use crate::error::CatalogueError;

/// Serialises a set of participants.
pub(crate) fn bytes_of(people: &RoaringBitmap) -> Result<Vec<u8>, CatalogueError> {
    let mut bytes = Vec::with_capacity(people.serialized_size());
    // Writing to memory does not fail. If it failed, the error must prevent that anything is stored.
    people
        .serialize_into(&mut bytes)
        .map_err(|_| CatalogueError::Invalid { field: "people" })?;
    Ok(bytes)
}

/// Reads a set of participants. Further bytes after the set are an error.
pub(crate) fn people_of(bytes: &[u8], what: &'static str) -> Result<RoaringBitmap, CatalogueError> {
    let mut rest = bytes;
    let people = RoaringBitmap::deserialize_from(&mut rest).map_err(|_| CatalogueError::Corrupt { what })?;
    if rest.is_empty() {
        Ok(people)
    } else {
        Err(CatalogueError::Corrupt { what })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_is_read_back_and_damaged_bytes_never_panic(
            ordinals in prop::collection::btree_set(0u32..200_000, 0..300), at in any::<prop::sample::Index>(), to in any::<u8>(),
        ) {
            let people: RoaringBitmap = ordinals.iter().copied().collect();
            let mut bytes = bytes_of(&people).unwrap();
            prop_assert_eq!(people_of(&bytes, "people").unwrap(), people);
            prop_assert!(people_of(&bytes[..bytes.len() - 1], "people").is_err());
            let at = at.index(bytes.len());
            bytes[at] = to;
            let _ = people_of(&bytes, "people");
        }
    }
}
