//! Builds consent histories of all kinds.

use gemj_model::{Clause, ClauseSet, ConsentKind, Timestamp};

use super::person::Day;
use crate::error::DemoError;
use crate::prng::Draw;

/// The id of the current consent form of the demo.
pub const UNIFIED: &str = "unified-1";

/// The id of the older consent form of the demo.
pub const LEGACY: &str = "legacy-2019";

/// One consent event, as a row of `consents.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// The id of the consent form; absent for a death.
    pub form: Option<&'static str>,
    /// The kind of event.
    pub kind: ConsentKind,
    /// The clauses that the event names.
    pub clauses: ClauseSet,
    /// The time when the event takes effect: a date (its first instant in Japan) or an RFC 3339 time.
    pub effective_at: String,
}

impl ConsentRow {
    /// The instant at which the event takes effect.
    ///
    /// # Errors
    /// The text is not a valid time, which is a fault of the plan.
    pub fn effective(&self) -> Result<Timestamp, DemoError> {
        Timestamp::parse(&self.effective_at).map_err(|_| DemoError::Plan { what: "time" })
    }
}

/// The kinds of consent histories that participants of the demo have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum History {
    /// The participant agreed to all clauses.
    All,
    /// The participant agreed to all clauses except provision overseas.
    WithoutOverseas,
    /// The participant agreed to all clauses except use by companies.
    WithoutCommercial,
    /// The participant agreed only to the programme's own studies and to the return of findings.
    StudyOnly,
    /// The participant agreed to all clauses, and later withdrew use by companies.
    WithdrewCommercial,
    /// The participant agreed to all clauses, and later withdrew provision overseas.
    WithdrewOverseas,
    /// The participant agreed to all clauses, and later withdrew recontact and the return of incidental findings.
    WithdrewRecontact,
    /// The participant agreed, and later withdrew all clauses.
    Withdrawn,
    /// The participant agreed, withdrew, and signed again later.
    SignedAgain,
    /// The participant agreed, and later died.
    Died,
    /// The participant signed only the older form.
    LegacyOnly,
    /// The participant signed the older form, which the committee later judged equivalent in part. Use by companies and provision overseas
    /// were never permitted.
    LegacyEquivalent,
    /// The participant signed the older form, and years later the unified form.
    LegacyThenUnified,
    /// The participant agreed for a period that has ended.
    Expired,
    /// The participant agreed for a period that ends after the reference date.
    ExpiresLater,
    /// The participant signed a consent that takes effect after the reference date.
    DatedLater,
    /// The participant agreed to all clauses except recontact, later withdrew use by companies, and then allowed recontact.
    ChangedAnswers,
    /// A withdrawal was recorded for the wrong participant, and then corrected.
    Corrected,
    /// The participant was never asked for consent.
    NeverAsked,
    /// The participant is a child, for whom a parent agreed to all clauses. Re-consent is due at 18.
    Child,
    /// The participant is a child, for whom a parent agreed and who also gave assent.
    ChildWithAssent,
    /// The participant is a child, for whom a parent agreed to all clauses except use by companies.
    ChildWithoutCommercial,
    /// The participant is a child, for whom a parent agreed and later withdrew.
    ChildWithdrawn,
    /// The participant is a child who died.
    ChildDied,
    /// The participant came of age, and has not signed since then.
    CameOfAge,
    /// The participant came of age, and then signed.
    CameOfAgeAndSigned,
}

impl History {
    /// The histories of adults that differ from [`History::All`].
    pub const ADULT_SPECIAL: [Self; 18] = [
        Self::WithoutOverseas,
        Self::WithoutCommercial,
        Self::StudyOnly,
        Self::WithdrewCommercial,
        Self::WithdrewOverseas,
        Self::WithdrewRecontact,
        Self::Withdrawn,
        Self::SignedAgain,
        Self::Died,
        Self::LegacyOnly,
        Self::LegacyEquivalent,
        Self::LegacyThenUnified,
        Self::Expired,
        Self::ExpiresLater,
        Self::DatedLater,
        Self::ChangedAnswers,
        Self::Corrected,
        Self::NeverAsked,
    ];

    /// The histories of children that differ from [`History::Child`].
    pub const CHILD_SPECIAL: [Self; 4] = [
        Self::ChildWithAssent,
        Self::ChildWithoutCommercial,
        Self::ChildWithdrawn,
        Self::ChildDied,
    ];

    /// The consent events of this history for a participant with this birthday.
    pub(super) fn rows(self, born: Day, draw: &mut Draw) -> Vec<ConsentRow> {
        let all: ClauseSet = Clause::ALL.into_iter().collect();
        let but = |clause| all.minus(ClauseSet::EMPTY.with(clause));
        let only = |clauses: &[Clause]| clauses.iter().copied().collect::<ClauseSet>();
        // Signatures of the current form are between 2024-04 and 2025-06. Later changes, withdrawals and signatures (`later`, `last`) are
        // before 2026.
        let signed = between((2024, 4), (2025, 6), draw);
        let later = between((2025, 7), (2025, 9), draw);
        let last = between((2025, 10), (2025, 12), draw);
        let of_age = born.plus_years(18);
        let given = |clauses| row(ConsentKind::Given, Some(UNIFIED), clauses, signed);
        let proxy = |clauses| row(ConsentKind::ProxyGiven, Some(UNIFIED), clauses, signed);
        let due = || row(ConsentKind::ReconsentDue, Some(UNIFIED), ClauseSet::EMPTY, of_age);
        let end = |kind, day| row(kind, Some(UNIFIED), ClauseSet::EMPTY, day);
        let partly = |clauses: &[Clause]| row(ConsentKind::WithdrawnPartial, Some(UNIFIED), only(clauses), later);
        let legacy_all = only(&[
            Clause::StudyUse,
            Clause::ThirdPartyDomestic,
            Clause::ReturnFindings,
            Clause::Biobank,
        ]);
        // A participant who is sixteen by the reference date gave assent in person, because a parent's consent alone is not valid from that
        // age on.
        let sixteen = born.plus_years(16);
        let agreed_at_sixteen = (sixteen < REFERENCE_DAY).then(|| row(ConsentKind::Assent, Some(UNIFIED), all, sixteen.max(signed)));
        let legacy = |clauses| row(ConsentKind::Given, Some(LEGACY), clauses, between_years(2019, 2022, signed));
        match self {
            Self::All => vec![given(all)],
            Self::WithoutOverseas => vec![given(but(Clause::ThirdPartyOverseas))],
            Self::WithoutCommercial => vec![given(but(Clause::Commercial))],
            Self::StudyOnly => vec![given(only(&[Clause::StudyUse, Clause::ReturnFindings]))],
            Self::WithdrewCommercial => vec![given(all), partly(&[Clause::Commercial])],
            Self::WithdrewOverseas => vec![given(all), partly(&[Clause::ThirdPartyOverseas])],
            Self::WithdrewRecontact => vec![given(all), partly(&[Clause::Recontact, Clause::IncidentalFindings])],
            Self::Withdrawn => vec![given(all), end(ConsentKind::Withdrawn, later)],
            Self::SignedAgain => vec![
                given(all),
                end(ConsentKind::Withdrawn, later),
                row(ConsentKind::Given, Some(UNIFIED), but(Clause::Commercial), last),
            ],
            Self::Died => vec![given(all), row(ConsentKind::Died, None, ClauseSet::EMPTY, later)],
            Self::LegacyOnly => vec![legacy(legacy_all)],
            Self::LegacyEquivalent => vec![
                legacy(only(&[Clause::StudyUse, Clause::ReturnFindings, Clause::Biobank])),
                row(
                    ConsentKind::LegacyEquivalent,
                    Some(UNIFIED),
                    legacy_all.with(Clause::Recontact),
                    signed,
                ),
            ],
            Self::LegacyThenUnified => vec![legacy(legacy_all), given(all)],
            Self::Expired => vec![given(all), end(ConsentKind::Expired, later)],
            Self::ExpiresLater => vec![
                given(all),
                end(ConsentKind::Expired, between((2026, 12), (2028, 3), draw).at_least(2026, 12, 8)),
            ],
            Self::DatedLater => vec![row(
                ConsentKind::Given,
                Some(UNIFIED),
                all,
                between((2026, 12), (2030, 4), draw).at_least(2026, 12, 15),
            )],
            Self::ChangedAnswers => vec![
                given(but(Clause::Recontact)),
                row(
                    ConsentKind::ClauseChanged,
                    Some(UNIFIED),
                    but(Clause::Commercial).minus(ClauseSet::EMPTY.with(Clause::Recontact)),
                    later,
                ),
                row(ConsentKind::ClauseChanged, Some(UNIFIED), but(Clause::Commercial), last),
            ],
            Self::Corrected => vec![
                given(all),
                end(ConsentKind::Withdrawn, later),
                ConsentRow {
                    // The text is an instant and not a date, because corrections are recorded with a time of day.
                    effective_at: format!("{last}T09:30:00+09:00"),
                    ..row(ConsentKind::Corrected, Some(UNIFIED), all, last)
                },
            ],
            Self::NeverAsked => Vec::new(),
            Self::Child => [proxy(all), due()].into_iter().chain(agreed_at_sixteen).collect(),
            Self::ChildWithAssent => [
                proxy(all),
                row(
                    ConsentKind::Assent,
                    Some(UNIFIED),
                    only(&[Clause::StudyUse, Clause::Recontact]),
                    signed,
                ),
                due(),
            ]
            .into_iter()
            .chain(agreed_at_sixteen)
            .collect(),
            Self::ChildWithoutCommercial => vec![proxy(but(Clause::Commercial)), due()],
            Self::ChildWithdrawn => vec![proxy(all), due(), end(ConsentKind::Withdrawn, later)],
            Self::ChildDied => vec![proxy(all), due(), row(ConsentKind::Died, None, ClauseSet::EMPTY, later)],
            Self::CameOfAge => vec![proxy(all), due()],
            Self::CameOfAgeAndSigned => vec![proxy(all), due(), row(ConsentKind::Given, Some(UNIFIED), all, last)],
        }
    }
}

/// The demo's reference date as a day in Japan.
const REFERENCE_DAY: Day = Day {
    year: 2026,
    month: 12,
    day: 1,
};

fn row(kind: ConsentKind, form: Option<&'static str>, clauses: ClauseSet, day: Day) -> ConsentRow {
    ConsentRow {
        form,
        kind,
        clauses,
        effective_at: day.to_string(),
    }
}

fn between(from: (u16, u8), to: (u16, u8), draw: &mut Draw) -> Day {
    let month_number = |(year, month): (u16, u8)| u64::from(year) * 12 + u64::from(month) - 1;
    let month = month_number(from) + draw.below(month_number(to) - month_number(from) + 1);
    Day {
        year: (month / 12) as u16,
        month: (month % 12 + 1) as u8,
        day: (draw.below(28) + 1) as u8,
    }
}

/// A day with the month and day of `day`, in a year from `first` to `last`.
fn between_years(first: u16, last: u16, day: Day) -> Day {
    Day {
        year: first + u16::from(day.day) % (last - first + 1),
        // The month is April or later, because the legacy form dates from April 2019.
        month: day.month.max(4),
        ..day
    }
}

impl Day {
    fn at_least(self, year: u16, month: u8, day: u8) -> Self {
        self.max(Self { year, month, day })
    }
}

#[cfg(test)]
mod tests;
