//! The study whose subjects are read. A subject key is a number of one study, so the subjects of two studies are never read as one list.

/// The study that the profile names, or else the only study of the files.
#[derive(Default)]
pub(super) struct Studies {
    named: Option<String>,
    found: Option<String>,
    /// Whether the files have clinical data of several studies although the profile names none.
    pub(super) has_several: bool,
}

impl Studies {
    /// `named` is the StudyOID that the profile states.
    pub(super) fn new(named: Option<&str>) -> Self {
        Self {
            named: named.map(str::to_owned),
            ..Self::default()
        }
    }

    /// Whether the clinical data of a study is read.
    pub(super) fn is_taken(&mut self, study: &str) -> bool {
        match (&self.named, &self.found) {
            (Some(named), _) => named == study,
            (None, None) => {
                self.found = Some(study.to_owned());
                true
            }
            (None, Some(found)) => {
                self.has_several |= found != study;
                true
            }
        }
    }
}
