//! The closed sets of codes that are stored for recontact requests and tasks.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant),+
        }

        impl $name {
            /// All values of the set.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code of a value, as it is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Parses a stored code.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// The reason for contacting participants again.
    RecontactReason {
        /// A finding is returned to the participant.
        ReturnOfFinding = "return-of-finding",
        /// The phenotypes are examined again.
        RePhenotyping = "re-phenotyping",
        /// A trial is open to the participants.
        TrialOffer = "trial-offer",
        /// The consent of the participants does not cover a new use.
        ReConsent = "re-consent",
    }
}

words! {
    /// The state of a recontact request.
    RecontactRequestState {
        /// The request waits for approval.
        Requested = "requested",
        /// The request was approved, and tasks were created.
        Approved = "approved",
        /// The request was refused.
        Refused = "refused",
    }
}

words! {
    /// The state of a recontact task.
    RecontactTaskState {
        /// The task is new: the hospital has not reported another state.
        Requested = "requested",
        /// The hospital reports that it has received the task.
        Received = "received",
        /// The hospital accepts the task.
        Accepted = "accepted",
        /// The hospital rejects the task.
        Rejected = "rejected",
        /// The hospital is contacting the participant.
        InProgress = "in-progress",
        /// The task is completed and has an answer.
        Completed = "completed",
        /// The hospital reports that the task failed.
        Failed = "failed",
        /// The hospital cancelled the task.
        Cancelled = "cancelled",
        /// The participant has no hospital, so no hospital sees this task.
        NotAskable = "not-askable",
    }
}

words! {
    /// The participant's answer to a recontact.
    RecontactAnswer {
        /// The participant agrees to further contact.
        Agree = "agree",
        /// The participant declines further contact.
        Decline = "decline",
        /// The participant was contacted and did not answer.
        NoAnswer = "no-answer",
        /// The participant could not be contacted.
        Unreachable = "unreachable",
    }
}
