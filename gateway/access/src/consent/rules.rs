//! The programme's rules on consent: ages and their effects.

/// What happens to a proxy's consent at majority if the participant has not answered for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtMajority {
    /// The proxy's consent ends. The participant's data is not disclosed until the participant consents.
    #[default]
    Stop,
    /// The proxy's consent continues until the participant objects.
    Continue,
}

/// The programme's rules on ages, which the fold of consent events applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    /// The age in years from which a minor's own assent is needed in addition to a proxy's consent. If absent, no assent is needed at any age.
    pub assent_age: Option<u8>,
    /// The age in years from which participants consent for themselves.
    pub majority_age: u8,
    /// What happens to a proxy's consent at the age of majority.
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
