//! What a whole export shows about its content: whether the values of choices are codes or labels.

use super::choices::Reading;

/// The number of values that show whether an export contains codes or labels.
#[derive(Default)]
pub(super) struct Evidence {
    codes: u64,
    labels: u64,
    both: u64,
    neither: u64,
}

impl Evidence {
    pub(super) fn add(&mut self, reading: Reading) {
        match reading {
            Reading::Code => self.codes += 1,
            Reading::Same => {}
            Reading::Label => self.labels += 1,
            Reading::Both => self.both += 1,
            Reading::Neither => self.neither += 1,
        }
    }

    /// Whether no value of a choice is certainly a code, although there are such values.
    pub(super) fn is_label_export(&self) -> bool {
        self.codes == 0 && self.labels + self.both + self.neither > 0
    }

    /// Whether some values are labels. A value that is a code and a label is then not certain.
    pub(super) fn is_mixed(&self) -> bool {
        self.labels > 0
    }
}
