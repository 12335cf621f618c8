//! The ids of FHIR Patient resources, by which hospitals refer to their patients in this gateway. An id is random, belongs to one pair of
//! institution and participant, and is never reused.

use gemj_access::{Grant, LocatedPatient, Mandate};
use gemj_model::{Entropy, Ordinal, SiteId};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Transaction, Value, placeholders};
use crate::error::CatalogueError;
use crate::write::lock_state;

/// The key that permits the access to a patient: the Grant of a read or the Mandate of a write.
#[derive(Clone, Copy, Debug)]
pub enum PatientKey<'a> {
    /// The Grant of a read on the basis `care` or `participant-service`.
    Grant(&'a Grant),
    /// The Mandate of a write that concerns one patient.
    Mandate(&'a Mandate),
}

impl<'a> From<&'a Grant> for PatientKey<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self::Grant(grant)
    }
}

impl<'a> From<&'a Mandate> for PatientKey<'a> {
    fn from(mandate: &'a Mandate) -> Self {
        Self::Mandate(mandate)
    }
}

impl PatientKey<'_> {
    fn opens(self, participant: Ordinal) -> bool {
        match self {
            Self::Grant(grant) => grant.patients().contains(participant.0),
            Self::Mandate(mandate) => mandate.reaches_patient(participant),
        }
    }
}

impl Catalogue {
    /// The id of the FHIR Patient by which an institution refers to a participant: 32 hex digits. The first call creates the id. Absent if the
    /// key does not cover the participant.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn fhir_patient_id<'a>(
        &self,
        key: impl Into<PatientKey<'a>>,
        site: &SiteId,
        participant: Ordinal,
    ) -> Result<Option<String>, CatalogueError> {
        if !key.into().opens(participant) {
            return Ok(None);
        }
        let find = "SELECT id FROM fhir_patient WHERE site = $1 AND ordinal = $2";
        let arguments = vec![site.as_str().into(), participant.0.into()];
        if let Some(row) = self.database.fetch_all(find, arguments).await?.first() {
            return row.text(0, "patient id").map(Some);
        }
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        name_patients(&mut transaction, self.entropy.as_ref(), &[(participant, site.as_str().to_owned())]).await?;
        let arguments = vec![site.as_str().into(), participant.0.into()];
        let row = transaction.fetch_first(find, arguments).await?;
        transaction.commit().await?;
        row.ok_or(CatalogueError::Corrupt { what: "patient id" })?
            .text(0, "patient id")
            .map(Some)
    }

    /// Finds the participant of a FHIR Patient id, for a decision. The result contains no protected data. Absent for an unknown id, and for an
    /// id that was created for another institution than the participant's present one.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_fhir_patient(&self, id: &str) -> Result<Option<LocatedPatient>, CatalogueError> {
        let sql = "SELECT p.ordinal, p.site FROM fhir_patient f JOIN participant p ON p.ordinal = f.ordinal \
                   WHERE f.id = $1 AND f.site = p.site";
        let Ok(id) = Value::outside(id, "patient id") else {
            return Ok(None);
        };
        let rows = self.database.fetch_all(sql, vec![id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(LocatedPatient {
            participant: row.ordinal(0)?,
            site: row.maybe_parsed(1, "site", SiteId::parse)?,
        }))
    }
}

/// Creates an id for each pair of participant and institution that has none. The state row must be locked, because two writers could create two
/// ids for one pair.
pub(crate) async fn name_patients(
    transaction: &mut Transaction,
    entropy: &dyn Entropy,
    pairs: &[(Ordinal, String)],
) -> Result<(), CatalogueError> {
    let mut named = std::collections::HashSet::new();
    for chunk in pairs.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "SELECT ordinal, site FROM fhir_patient WHERE ordinal IN ({})",
            placeholders(1, chunk.len())
        );
        let arguments = chunk.iter().map(|(ordinal, _)| Value::from(ordinal.0)).collect();
        for row in transaction.fetch_all_of(sql, arguments).await? {
            named.insert((row.ordinal(0)?, row.text(1, "site")?));
        }
    }
    let rows: Vec<[Value; 3]> = pairs
        .iter()
        .filter(|pair| !named.contains(*pair))
        .map(|(ordinal, site)| [entropy.id().as_str().into(), site.as_str().into(), ordinal.0.into()])
        .collect();
    transaction.insert("fhir_patient (id, site, ordinal)", rows).await
}
