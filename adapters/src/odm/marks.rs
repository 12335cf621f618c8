//! The marks on a value or record that can change its meaning: flags of annotations, and the mark of an imputed value.

use std::collections::BTreeMap;

use super::annotation::{Annotation, Flag};
use super::transaction::Transaction;

/// The marks of one value or record.
#[derive(Default)]
pub(super) struct Marks {
    /// The flags of annotations, by SeqNum.
    annotations: BTreeMap<Option<String>, Vec<Flag>>,
    /// The flags of the annotation that the value names by its ID.
    pub(super) referenced: Vec<Flag>,
    pub(super) is_imputed: bool,
    /// Whether the value names an audit record or an annotation that its file does not contain.
    pub(super) is_unresolved: bool,
    /// Whether a vendor's attribute could state that the data was removed.
    pub(super) is_unclear: bool,
}

impl Marks {
    /// Applies the annotations of one element. In a snapshot, all annotations are kept. A transaction replaces or removes the annotation with the
    /// same SeqNum; it keeps the others.
    pub(super) fn apply(&mut self, annotations: Vec<Annotation>, is_snapshot: bool) {
        let mut begun = Vec::new();
        for annotation in annotations {
            let number = annotation.number;
            match annotation.transaction {
                Transaction::Context => {}
                Transaction::Remove => {
                    self.annotations.remove(&number);
                }
                Transaction::Insert | Transaction::Update | Transaction::Upsert => {
                    let is_first = number.is_some() && !is_snapshot && !begun.contains(&number);
                    let flags = self.annotations.entry(number.clone()).or_default();
                    if is_first {
                        flags.clear();
                        begun.push(number);
                    }
                    flags.extend(annotation.flags);
                }
            }
        }
    }

    /// The marks after a new value: the annotations stay, and the marks that belong to the value itself come from `value`.
    pub(super) fn with_value_of(self, value: Self) -> Self {
        Self {
            annotations: self.annotations,
            ..value
        }
    }

    /// Adds the marks of an element that states no value.
    pub(super) fn add(&mut self, other: Self) {
        self.referenced.extend(other.referenced);
        self.is_imputed |= other.is_imputed;
        self.is_unresolved |= other.is_unresolved;
        self.is_unclear |= other.is_unclear;
    }

    /// All flags, in the order of the SeqNums.
    pub(super) fn flags(&self) -> impl Iterator<Item = &Flag> {
        self.annotations.values().flatten().chain(&self.referenced)
    }

    /// The number of bytes of all flags.
    pub(super) fn byte_count(&self) -> usize {
        self.flags().flatten().map(String::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flags().next().is_none() && !self.is_imputed && !self.is_unresolved && !self.is_unclear
    }
}
