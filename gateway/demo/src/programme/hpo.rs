//! The few terms of the Human Phenotype Ontology that the demo uses, with their ancestors.

/// A term of the Human Phenotype Ontology: its id, label and direct parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HpoTerm {
    /// The CURIE of the term.
    pub id: &'static str,
    /// The label of the term.
    pub label: &'static str,
    /// The direct parents of the term (`is_a`). The list [`TERMS`] contains them too.
    pub parents: &'static [&'static str],
}

/// A statement that a participant has or does not have a phenotypic feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The CURIE of the feature's HPO term.
    pub term: &'static str,
    /// Whether the feature was looked for and not found.
    pub excluded: bool,
    /// The age at onset in months; absent if not stated.
    pub onset_months: Option<u16>,
}

/// The HPO term for seizure, which many cases of the demo have.
pub const SEIZURE: &str = "HP:0001250";

const fn term(id: &'static str, label: &'static str, parents: &'static [&'static str]) -> HpoTerm {
    HpoTerm { id, label, parents }
}

/// The HPO terms of the demo, ancestors before descendants.
pub const TERMS: [HpoTerm; 64] = [
    term("HP:0000001", "All", &[]),
    term("HP:0000118", "Phenotypic abnormality", &["HP:0000001"]),
    term("HP:0000707", "Abnormality of the nervous system", &["HP:0000118"]),
    term("HP:0012638", "Abnormal nervous system physiology", &["HP:0000707"]),
    term("HP:0001250", "Seizure", &["HP:0012638"]),
    term("HP:0007359", "Focal-onset seizure", &["HP:0001250"]),
    term("HP:0002197", "Generalized-onset seizure", &["HP:0001250"]),
    term("HP:0012759", "Neurodevelopmental abnormality", &["HP:0012638"]),
    term("HP:0012758", "Neurodevelopmental delay", &["HP:0012759"]),
    term("HP:0001263", "Global developmental delay", &["HP:0012758"]),
    term("HP:0001270", "Motor delay", &["HP:0012758"]),
    term("HP:0001249", "Intellectual disability", &["HP:0012759"]),
    term("HP:0011443", "Abnormality of coordination", &["HP:0012638"]),
    term("HP:0001251", "Ataxia", &["HP:0011443"]),
    term("HP:0000152", "Abnormality of head or neck", &["HP:0000118"]),
    term("HP:0000234", "Abnormality of the head", &["HP:0000152"]),
    term("HP:0033127", "Abnormality of the musculoskeletal system", &["HP:0000118"]),
    term("HP:0000924", "Abnormality of the skeletal system", &["HP:0033127"]),
    term("HP:0011842", "Abnormal skeletal morphology", &["HP:0000924"]),
    term("HP:0000929", "Abnormal skull morphology", &["HP:0000234", "HP:0011842"]),
    term("HP:0000240", "Abnormality of skull size", &["HP:0000929"]),
    term("HP:0040195", "Decreased head circumference", &["HP:0000240"]),
    term("HP:0000252", "Microcephaly", &["HP:0040195"]),
    term("HP:0040194", "Increased head circumference", &["HP:0000240"]),
    term("HP:0000256", "Macrocephaly", &["HP:0040194"]),
    term("HP:0003011", "Abnormality of the musculature", &["HP:0033127"]),
    term("HP:0011804", "Abnormal muscle physiology", &["HP:0003011"]),
    term("HP:0001324", "Muscle weakness", &["HP:0011804"]),
    term("HP:0003808", "Abnormal muscle tone", &["HP:0011804"]),
    term("HP:0001252", "Hypotonia", &["HP:0003808"]),
    term("HP:0001276", "Hypertonia", &["HP:0003808"]),
    term("HP:0001257", "Spasticity", &["HP:0001276"]),
    term("HP:0000598", "Abnormality of the ear", &["HP:0000118"]),
    term("HP:0031704", "Abnormal ear physiology", &["HP:0000598"]),
    term("HP:0000364", "Hearing abnormality", &["HP:0031704"]),
    term("HP:0000365", "Hearing impairment", &["HP:0000364"]),
    term("HP:0000407", "Sensorineural hearing impairment", &["HP:0000365"]),
    term("HP:0001626", "Abnormality of the cardiovascular system", &["HP:0000118"]),
    term("HP:0030680", "Abnormal cardiovascular system morphology", &["HP:0001626"]),
    term("HP:0001627", "Abnormal heart morphology", &["HP:0030680"]),
    term("HP:0001671", "Abnormal cardiac septum morphology", &["HP:0001627"]),
    term("HP:0011994", "Abnormal atrial septum morphology", &["HP:0001671"]),
    term("HP:0001631", "Atrial septal defect", &["HP:0011994"]),
    term("HP:0010438", "Abnormal ventricular septum morphology", &["HP:0001671"]),
    term("HP:0001629", "Ventricular septal defect", &["HP:0010438"]),
    term("HP:0001638", "Cardiomyopathy", &["HP:0001627"]),
    term("HP:0001507", "Growth abnormality", &["HP:0000118"]),
    term("HP:0000002", "Abnormality of body height", &["HP:0001507"]),
    term("HP:0004322", "Short stature", &["HP:0000002"]),
    term("HP:0004323", "Abnormality of body weight", &["HP:0001507"]),
    term("HP:0004325", "Decreased body weight", &["HP:0004323"]),
    term("HP:0001824", "Weight loss", &["HP:0004325"]),
    term("HP:0025142", "Constitutional symptom", &["HP:0000118"]),
    term("HP:0012378", "Fatigue", &["HP:0025142"]),
    term("HP:0002664", "Neoplasm", &["HP:0000118"]),
    term("HP:0011793", "Neoplasm by anatomical site", &["HP:0002664"]),
    term("HP:0000769", "Abnormality of the breast", &["HP:0000118"]),
    term("HP:0100013", "Neoplasm of the breast", &["HP:0000769", "HP:0011793"]),
    term("HP:0003002", "Breast carcinoma", &["HP:0100013"]),
    term("HP:0100606", "Neoplasm of the respiratory system", &["HP:0011793"]),
    term("HP:0100526", "Neoplasm of the lung", &["HP:0100606"]),
    term("HP:0007378", "Neoplasm of the gastrointestinal tract", &["HP:0011793"]),
    term("HP:0010786", "Urinary tract neoplasm", &["HP:0011793"]),
    term("HP:0100787", "Prostate neoplasm", &["HP:0010786"]),
];

/// The label of a term; empty if [`TERMS`] does not contain the term.
#[must_use]
pub fn label(id: &str) -> &'static str {
    TERMS.iter().find(|t| t.id == id).map_or("", |t| t.label)
}

/// Whether a term is another term or one of its descendants.
#[must_use]
pub fn is_a(id: &str, ancestor: &str) -> bool {
    id == ancestor
        || TERMS
            .iter()
            .find(|t| t.id == id)
            .is_some_and(|t| t.parents.iter().any(|p| is_a(p, ancestor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parent_comes_before_its_child_and_every_term_leads_to_the_root() {
        for (at, term) in TERMS.iter().enumerate() {
            for parent in term.parents {
                assert!(TERMS[..at].iter().any(|t| t.id == *parent), "{}", term.id);
            }
            assert!(is_a(term.id, "HP:0000001"), "{}", term.id);
            assert!(TERMS[..at].iter().all(|t| t.id != term.id), "{} twice", term.id);
        }
    }
}
