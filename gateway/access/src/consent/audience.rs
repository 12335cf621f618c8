//! The clauses that a use requires, which depend on the user and the purpose.

use gemj_model::{Clause, ClauseSet, Organisation, OrganisationKind};

/// The audience of an answer. The audience determines the clauses to which a participant must have agreed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Any caller in the world: every clause that provision to any caller could require.
    World,
    /// One organisation, for one purpose.
    Organisation {
        /// ISO 3166-1 alpha-2.
        country: String,
        /// Whether it is a company, or the purpose is commercial.
        commercial: bool,
    },
}

impl Audience {
    /// The audience of an organisation that uses data, with or without a commercial aim.
    #[must_use]
    pub fn of(organisation: &Organisation, commercial: bool) -> Self {
        Self::Organisation {
            country: organisation.country.clone(),
            commercial: organisation.kind == OrganisationKind::Company || commercial,
        }
    }

    /// The clauses that must all hold. The form's list of countries is checked in addition.
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

    /// Whether every required clause must rest on consent. True for a company, for a commercial aim, and for the world, because any caller could have
    /// a commercial aim.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        match self {
            Self::World => true,
            Self::Organisation { commercial, .. } => *commercial,
        }
    }
}
