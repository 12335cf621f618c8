//! The sex and the month of birth of a participant: what the enrolments and the current units of feeds state together.
//!
//! A corrected unit therefore replaces its own earlier statement. Two different statements that count at the same time contradict each other.

use gemj_access::Joined;
use gemj_model::fact::CaseRecord;
use gemj_model::{Ordinal, PartialDate, Sex};

use super::register::birth_changes;
use super::{PARTICIPANT_COLUMNS, participant_of};
use crate::database::Row;
use crate::error::CatalogueError;
use crate::write::Write;

/// The sex and the date of birth that several statements state together.
pub(super) struct PersonStated {
    pub(super) sex: Sex,
    pub(super) born: Option<PartialDate>,
}

impl Default for PersonStated {
    fn default() -> Self {
        Self {
            sex: Sex::Unknown,
            born: None,
        }
    }
}

impl PersonStated {
    /// Adds a statement.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `sex` or `born` if the statement contradicts an earlier one.
    pub(super) fn join(&mut self, sex: Sex, born: Option<&PartialDate>) -> Result<(), CatalogueError> {
        match (self.sex, sex) {
            (Sex::Unknown, said) => self.sex = said,
            (_, Sex::Unknown) => {}
            (known, said) if known == said => {}
            _ => return Err(CatalogueError::Conflict { field: "sex" }),
        }
        match (&self.born, born) {
            (Some(known), Some(new)) if !known.agrees_with(new) => return Err(CatalogueError::Conflict { field: "born" }),
            // If both dates agree, the more precise date is kept.
            (known, Some(new)) if known.as_ref().is_none_or(|known| known < new) => self.born = Some(new.clone()),
            _ => {}
        }
        Ok(())
    }

    /// Adds the statement of a row with the columns sex and date of birth.
    fn join_row(&mut self, row: &Row) -> Result<(), CatalogueError> {
        let sex = row.parsed(0, "sex", |text| Sex::parse(text).ok_or(()))?;
        let born = row.maybe_parsed(1, "born", PartialDate::parse)?;
        self.join(sex, born.as_ref())
    }
}

/// Computes the sex and the month of birth of a participant again. For a survivor, the enrolments of all participants of the person count.
///
/// # Errors
/// [`CatalogueError::Conflict`] `sex` or `born` if two current statements contradict each other.
pub(crate) async fn refold(write: &mut Write, who: Ordinal, joined: &Joined) -> Result<(), CatalogueError> {
    let of = if joined.is_prior(who) {
        vec![who]
    } else {
        joined.participants_of(who)
    };
    let mut stated = PersonStated::default();
    for participant in of {
        let enrolled = "SELECT enrolled_sex, enrolled_born FROM participant WHERE ordinal = $1";
        for row in write.transaction.fetch_all(enrolled, vec![participant.0.into()]).await? {
            stated.join_row(&row)?;
        }
    }
    let units = "SELECT DISTINCT sex, born FROM fact_source WHERE ordinal = $1 AND retired = FALSE";
    for row in write.transaction.fetch_all(units, vec![who.0.into()]).await? {
        stated.join_row(&row)?;
    }
    let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE ordinal = $1");
    let rows = write.transaction.fetch_all_of(sql, vec![who.0.into()]).await?;
    let known = participant_of(rows.first().ok_or(CatalogueError::Corrupt { what: "participant" })?)?;
    let PersonStated { sex, born } = stated;
    if (known.sex, &known.born) == (sex, &born) {
        return Ok(());
    }
    let epoch = write.policy_changes();
    let update = "UPDATE participant SET sex = $2, born = $3, epoch = $4 WHERE ordinal = $1";
    let arguments = vec![
        who.0.into(),
        sex.as_str().into(),
        born.as_ref().map(PartialDate::as_str).into(),
        epoch.into(),
    ];
    write.transaction.execute(update, arguments).await?;
    if known.born != born {
        birth_changes(write, who).await?;
    }
    Ok(())
}

/// Whether a record states no sex and no birth, or exactly those that all current statements about the participant state together. [`refold`] would then
/// change nothing if the record only adds a statement.
pub(crate) async fn states_what_is_known(write: &mut Write, who: Ordinal, record: &CaseRecord) -> Result<bool, CatalogueError> {
    let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE ordinal = $1");
    let rows = write.transaction.fetch_all_of(sql, vec![who.0.into()]).await?;
    let known = participant_of(rows.first().ok_or(CatalogueError::Corrupt { what: "participant" })?)?;
    let born = record.born.as_ref().map(PartialDate::to_month);
    Ok((record.sex == Sex::Unknown || record.sex == known.sex) && (born.is_none() || born == known.born))
}

/// Refuses participants of whom different sexes or months of birth are stated, so that they cannot be one person.
///
/// # Errors
/// [`CatalogueError::Conflict`] `sex` or `born`.
pub(crate) async fn refuse_contradictions(write: &mut Write, participants: &[Ordinal]) -> Result<(), CatalogueError> {
    let mut stated = PersonStated::default();
    for participant in participants {
        let sql = "SELECT enrolled_sex, enrolled_born FROM participant WHERE ordinal = $1 \
                   UNION SELECT sex, born FROM fact_source WHERE linked = $1 AND retired = FALSE";
        for row in write.transaction.fetch_all(sql, vec![participant.0.into()]).await? {
            stated.join_row(&row)?;
        }
    }
    Ok(())
}
