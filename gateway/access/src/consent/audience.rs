//! The clauses of consent that a use of data requires. They depend on the user and on the purpose.

use gemj_model::{Clause, ClauseSet, Organisation, OrganisationKind};

/// The audience of an answer: one organisation, or any caller in the world. The audience determines the clauses to which a participant must have
/// agreed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Any caller in the world. This audience requires every clause that provision to any caller could require.
    World,
    /// One organisation that uses the data for one purpose.
    Organisation {
        /// The country of the organisation, as ISO 3166-1 alpha-2.
        country: String,
        /// Whether the organisation is a company, or the purpose is commercial.
        commercial: bool,
    },
}

impl Audience {
    /// The audience of an organisation that uses data; `commercial` states whether the aim is commercial.
    #[must_use]
    pub fn of(organisation: &Organisation, commercial: bool) -> Self {
        Self::Organisation {
            country: organisation.country.clone(),
            commercial: organisation.kind == OrganisationKind::Company || commercial,
        }
    }

    /// The clauses that must all hold for this audience. The signed form's list of countries is checked separately.
    #[must_use]
    pub fn clauses(&self) -> ClauseSet {
        let base = ClauseSet::EMPTY.with(Clause::StudyUse);
        match self {
            Self::World => base
                .with(Clause::ThirdPartyDomestic)
                .with(Clause::ThirdPartyOverseas)
                .with(Clause::Commercial),
            Self::Organisation { country, commercial } => {
                let provided = if country == "JP" {
                    base.with(Clause::ThirdPartyDomestic)
                } else {
                    base.with(Clause::ThirdPartyOverseas)
                };
                if *commercial { provided.with(Clause::Commercial) } else { provided }
            }
        }
    }

    /// Whether every required clause must rest on consent, and on no other legal ground. True for a company, for a commercial aim, and for the world,
    /// because any caller in the world could have a commercial aim.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        match self {
            Self::World => true,
            Self::Organisation { commercial, .. } => *commercial,
        }
    }
}
