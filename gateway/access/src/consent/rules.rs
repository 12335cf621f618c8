//! The programme's rules on consent: ages and their effects.

/// The effect of majority on a proxy's consent if the participant has not answered for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtMajority {
    /// Nothing new is disclosed until the participant consents.
    #[default]
    Stop,
    /// The proxy's consent continues until the participant objects.
    Continue,
}

/// The rules of the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    /// The age in years from which a minor's own assent is needed in addition to a proxy's consent; absent: never.
    pub assent_age: Option<u8>,
    /// The age in years from which participants consent for themselves.
    pub majority_age: u8,
    /// The effect of that age on a proxy's consent.
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
