//! The closed sets of words that are stored.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant),+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// Why participants are to be asked again.
    RecontactReason {
        /// A finding is to be returned.
        ReturnOfFinding = "return-of-finding",
        /// Phenotypes are to be looked at again.
        RePhenotyping = "re-phenotyping",
        /// A trial is open to them.
        TrialOffer = "trial-offer",
        /// Their consent does not cover a new use.
        ReConsent = "re-consent",
    }
}

words! {
    /// Where a request stands.
    RecontactRequestState {
        /// It waits for approval.
        Requested = "requested",
        /// It was approved, and tasks were made.
        Approved = "approved",
        /// It was refused.
        Refused = "refused",
    }
}

words! {
    /// Where a task stands.
    RecontactTaskState {
        /// The hospital has not looked at it.
        Requested = "requested",
        /// The hospital has seen it.
        Received = "received",
        /// The hospital does it.
        Accepted = "accepted",
        /// The hospital does not do it.
        Rejected = "rejected",
        /// The participant is being asked.
        InProgress = "in-progress",
        /// There is an answer.
        Completed = "completed",
        /// It could not be done.
        Failed = "failed",
        /// The hospital called it off.
        Cancelled = "cancelled",
        /// The participant has no hospital that could ask: nobody sees this one.
        NotAskable = "not-askable",
    }
}

words! {
    /// What came of asking.
    RecontactAnswer {
        /// The participant may be contacted further.
        Agree = "agree",
        /// The participant does not wish it.
        Decline = "decline",
        /// Asked, and nothing came back.
        NoAnswer = "no-answer",
        /// Could not be asked.
        Unreachable = "unreachable",
    }
}
