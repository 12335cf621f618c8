use serde::{Serialize, Serializer};

/// A list of at least one element (`minItems: 1` in a schema).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonEmpty<T>(Vec<T>);

/// The list is empty, but must have at least one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at least one element is required")]
pub struct Empty;

impl<T> NonEmpty<T> {
    /// A list that contains only `item`.
    #[must_use]
    pub fn one(item: T) -> Self {
        Self(vec![item])
    }

    /// All elements of the list, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> TryFrom<Vec<T>> for NonEmpty<T> {
    type Error = Empty;

    fn try_from(items: Vec<T>) -> Result<Self, Empty> {
        if items.is_empty() { Err(Empty) } else { Ok(Self(items)) }
    }
}

impl<T: Serialize> Serialize for NonEmpty<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
