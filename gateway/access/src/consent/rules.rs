//! What the programme has settled about consent: ages, and what happens at them.

/// What becomes of a proxy's consent at a birthday where the person has not spoken for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtMajority {
    /// Nothing new is disclosed until they consent themselves.
    #[default]
    Stop,
    /// It goes on until they object.
    Continue,
}

/// The rules of the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    /// The age in years from which a minor's own assent is needed beside a proxy's consent; absent: never.
    pub assent_age: Option<u8>,
    /// The age in years from which a person consents for themselves.
    pub majority_age: u8,
    /// What becomes of a proxy's consent then.
    pub at_majority: AtMajority,
}

impl Default for ConsentRules {
    fn default() -> Self {
        Self {
            assent_age: Some(16),
            majority_age: 18,
            at_majority: AtMajority::Stop,
        }
    }
}
