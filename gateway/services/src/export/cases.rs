//! Exports of stored facts: one case for each participant, in a format.

use std::collections::HashMap;
use std::path::Path;

use gemj_catalogue::{OwnedSpecimen, RecordedPerson, SentCase};
use gemj_model::{Ordinal, ParticipantId, SpecimenId, SpecimenStatement};
use rand::seq::SliceRandom as _;

use super::account::{Account, LeftOut};
use super::{Export, ExportFailure, bff, miabis, omop};
use crate::beacon::records::names::RecordNames;

/// A format of files that are made of stored facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseFormat {
    /// The Beacon Friendly Format: `individuals.json` and `biosamples.json` of the Beacon v2 default model.
    Bff,
    /// Tables of the OMOP Common Data Model 5.4 in Parquet.
    Omop,
    /// Donors and samples of MIABIS on FHIR, in NDJSON.
    MiabisOnFhir,
}

/// The data of one participant that an institution sent and that its consent covers.
pub(super) struct ReturnedCase {
    pub(super) person: RecordedPerson,
    pub(super) specimens: Vec<SpecimenStatement>,
    pub(super) names: ReturnedNames,
}

/// The ids of a participant and its specimens in the files: the participant's id, and ids made from it (rule `biosample-id` of the packets).
pub(super) struct ReturnedNames {
    participant: ParticipantId,
    specimens: HashMap<SpecimenId, usize>,
}

impl ReturnedNames {
    pub(super) fn person(&self) -> &str {
        self.participant.as_str()
    }

    /// The id of a specimen; absent if the specimen is not in the files.
    pub(super) fn specimen(&self, id: &SpecimenId) -> Option<String> {
        let number = self.specimens.get(id)?;
        Some(format!("{}-biosample-{number}", self.person()))
    }
}

impl RecordNames for ReturnedNames {
    fn of_person(&self, _: Ordinal) -> String {
        self.person().to_owned()
    }

    fn of_specimen(&self, owned: &OwnedSpecimen) -> String {
        let named = owned.specimen.as_ref().and_then(|id| self.specimen(id));
        named.unwrap_or_else(|| format!("{}-biosample", self.person()))
    }
}

/// The files of one format.
pub(super) trait CaseWriter: Send {
    /// Adds a participant, and counts what the files do not contain.
    fn add(&mut self, case: &ReturnedCase, account: &mut Account) -> Result<(), ExportFailure>;

    /// Ends the files and gives them their names.
    fn finish(self: Box<Self>, account: &mut Account) -> Result<(), ExportFailure>;
}

impl Export<'_> {
    /// Writes the files of a format to the folder `out`, which must exist. Until the export is complete, the files have the ending `.part`.
    ///
    /// # Errors
    /// [`ExportFailure`].
    pub async fn write_cases(&self, participant: Option<&ParticipantId>, format: CaseFormat, out: &Path) -> Result<Account, ExportFailure> {
        let mut members = self.members(participant).await?;
        let mut writer: Box<dyn CaseWriter> = match format {
            CaseFormat::Bff => Box::new(bff::Files::create(out)?),
            CaseFormat::Omop => {
                // The numbers of the persons follow this order, so they say nothing about the ids or the order of registration.
                members.shuffle(&mut rand::rng());
                Box::new(omop::Tables::create(out, self.dataset, self.site, self.clock.now())?)
            }
            CaseFormat::MiabisOnFhir => Box::new(miabis::Files::create(out, self.site)?),
        };
        let mut account = Account::default();
        for (ordinal, person) in members {
            let Some(sent) = self.sent(ordinal, &person).await? else {
                account.withheld += 1;
                continue;
            };
            account.leave_out(LeftOut::OtherInstitution, sent.units_of_others);
            account.leave_out(LeftOut::InstitutionNotKnown, sent.units_of_unknown);
            if sent.units == 0 {
                account.without_units += 1;
                continue;
            }
            writer.add(&returned(person, sent), &mut account)?;
        }
        writer.finish(&mut account)?;
        Ok(account)
    }

    /// What the institution sent about a participant; absent if the participant's consent does not cover the export.
    async fn sent(&self, ordinal: Ordinal, participant: &ParticipantId) -> Result<Option<SentCase>, ExportFailure> {
        let read = (self.read)(participant)?;
        let catalogue = &self.stores.catalogue;
        self.while_released(ordinal, async |epoch, now| {
            catalogue.sent_case(&read, self.dataset, self.site, epoch, now).await
        })
        .await
    }
}

fn returned(participant: ParticipantId, sent: SentCase) -> ReturnedCase {
    let specimens = sent
        .specimens
        .iter()
        .zip(1..)
        .map(|(specimen, number)| (specimen.id.clone(), number));
    ReturnedCase {
        names: ReturnedNames {
            participant,
            specimens: specimens.collect(),
        },
        person: sent.person,
        specimens: sent.specimens,
    }
}
