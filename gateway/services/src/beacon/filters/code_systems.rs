//! The code systems that the gateway knows. The list is fixed. If the list came from the stored data, a refusal would reveal which code
//! systems have no stored data.

/// A code system that the gateway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beacon) struct CodeSystem {
    /// The prefix of the code system's CURIEs.
    pub(in crate::beacon) prefix: &'static str,
    /// The name of the code system.
    pub(in crate::beacon) name: &'static str,
    /// The address of the code system's description.
    pub(in crate::beacon) url: &'static str,
    /// The first part of the IRI of a term, before the term's local part; empty if the code system has no IRIs.
    pub(in crate::beacon) iri_prefix: &'static str,
}

macro_rules! systems {
    ($($prefix:literal $name:literal $url:literal $iri:literal)+) => {
        &[$(CodeSystem { prefix: $prefix, name: $name, url: $url, iri_prefix: $iri }),+]
    };
}

const SYSTEMS: &[CodeSystem] = systems! {
    "HP" "Human Phenotype Ontology" "http://purl.obolibrary.org/obo/hp.owl" "http://purl.obolibrary.org/obo/HP_"
    "MONDO" "Mondo Disease Ontology" "http://purl.obolibrary.org/obo/mondo.owl" "http://purl.obolibrary.org/obo/MONDO_"
    "NANDO" "Nanbyo Disease Ontology" "https://nanbyodata.jp" "http://nanbyodata.jp/ontology/NANDO_"
    "OMIM" "Online Mendelian Inheritance in Man" "https://www.omim.org" "https://www.omim.org/entry/"
    "OMIMPS" "OMIM Phenotypic Series" "https://www.omim.org" "https://www.omim.org/phenotypicSeries/PS"
    "ORPHA" "Orphanet" "https://www.orpha.net" "https://www.orpha.net/en/disease/detail/"
    "Orphanet" "Orphanet Rare Disease Ontology" "http://www.orpha.net/ontology/orphanet.owl" "http://www.orpha.net/ORDO/Orphanet_"
    "DOID" "Human Disease Ontology" "http://purl.obolibrary.org/obo/doid.owl" "http://purl.obolibrary.org/obo/DOID_"
    "NCIT" "NCI Thesaurus" "http://purl.obolibrary.org/obo/ncit.owl" "http://purl.obolibrary.org/obo/NCIT_"
    "PATO" "Phenotype and Trait Ontology" "http://purl.obolibrary.org/obo/pato.owl" "http://purl.obolibrary.org/obo/PATO_"
    "UBERON" "Uber-anatomy ontology" "http://purl.obolibrary.org/obo/uberon.owl" "http://purl.obolibrary.org/obo/UBERON_"
    "CL" "Cell Ontology" "http://purl.obolibrary.org/obo/cl.owl" "http://purl.obolibrary.org/obo/CL_"
    "EFO" "Experimental Factor Ontology" "http://www.ebi.ac.uk/efo/efo.owl" "http://www.ebi.ac.uk/efo/EFO_"
    "OBI" "Ontology for Biomedical Investigations" "http://purl.obolibrary.org/obo/obi.owl" "http://purl.obolibrary.org/obo/OBI_"
    "GENO" "Genotype Ontology" "http://purl.obolibrary.org/obo/geno.owl" "http://purl.obolibrary.org/obo/GENO_"
    "SO" "Sequence Ontology" "http://purl.obolibrary.org/obo/so.owl" "http://purl.obolibrary.org/obo/SO_"
    "HANCESTRO" "Human Ancestry Ontology" "http://purl.obolibrary.org/obo/hancestro.owl" "http://purl.obolibrary.org/obo/HANCESTRO_"
    "UO" "Units of Measurement Ontology" "http://purl.obolibrary.org/obo/uo.owl" "http://purl.obolibrary.org/obo/UO_"
    "UCUM" "Unified Code for Units of Measure" "https://ucum.org" ""
    "ICD10" "International Classification of Diseases, 10th revision" "https://icd.who.int/browse10" ""
    "ICD-10" "International Classification of Diseases, 10th revision" "https://icd.who.int/browse10" ""
    "ICD10CM" "ICD-10 Clinical Modification" "https://www.cdc.gov/nchs/icd" ""
    "ICD11" "International Classification of Diseases, 11th revision" "https://icd.who.int" ""
    "ICD-11" "International Classification of Diseases, 11th revision" "https://icd.who.int" ""
    "ICDO" "International Classification of Diseases for Oncology" "https://www.who.int" ""
    "LOINC" "Logical Observation Identifiers Names and Codes" "https://loinc.org" "https://loinc.org/"
    "JLAC10" "Japanese laboratory codes (JSLM), 10th edition" "https://www.jslm.org" ""
    "JLAC11" "Japanese laboratory codes (JSLM), 11th edition" "https://www.jslm.org" ""
    "MEDIS" "MEDIS standard masters" "https://www.medis.or.jp" ""
    "HOT9" "Japanese standard drug codes (MEDIS HOT), 9 digits" "https://www.medis.or.jp" ""
    "YJ" "Japanese drug codes (YJ)" "https://www.capstandard.jp" ""
    "ATC" "Anatomical Therapeutic Chemical classification" "https://atcddd.fhi.no" ""
    "MEDDRA" "Medical Dictionary for Regulatory Activities" "https://www.meddra.org" ""
    "HGNC" "HUGO Gene Nomenclature Committee" "https://www.genenames.org" "https://identifiers.org/hgnc:"
    "SNOMED" "SNOMED CT" "https://www.snomed.org" "http://snomed.info/id/"
    "SNOMEDCT" "SNOMED CT" "https://www.snomed.org" "http://snomed.info/id/"
    "MESH" "Medical Subject Headings" "https://www.nlm.nih.gov/mesh" "http://id.nlm.nih.gov/mesh/"
    "UMLS" "Unified Medical Language System" "https://www.nlm.nih.gov/research/umls" ""
    "OPCS4" "OPCS Classification of Interventions and Procedures, 4th version" "https://classbrowser.nhs.uk" ""
    "MIABIS" "Minimum Information About Biobank data Sharing" "https://github.com/BBMRI-ERIC/miabis" ""
};

/// The code system with this prefix; absent for an unknown prefix. Upper and lower case must be as in the CURIEs of the code system.
pub(in crate::beacon) fn code_system(prefix: &str) -> Option<&'static CodeSystem> {
    SYSTEMS.iter().find(|system| system.prefix == prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prefix_is_listed_twice() {
        for system in SYSTEMS {
            assert_eq!(code_system(system.prefix), Some(system), "{}", system.prefix);
        }
        assert!(code_system("hp").is_none() && code_system("").is_none());
    }
}
