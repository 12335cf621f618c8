//! Checks that each choice element `[x]` has only one value (FHIR R4 § 2.6.2.7, "only one of these is allowed to be present").

use std::collections::BTreeSet;

use serde_json::Value;

use super::walk;
use crate::operation_outcome::{Issue, IssueCode};

/// The choice elements of the six accepted types and of the datatypes that they use, without `[x]`.
const CHOICES: [&str; 16] = [
    "value",
    "effective",
    "deceased",
    "multipleBirth",
    "collected",
    "fastingStatus",
    "time",
    "additive",
    "source",
    "author",
    "bounds",
    "asNeeded",
    "dose",
    "rate",
    "definition",
    "subject",
];

/// The datatype names that can end the name of a choice element, with a capital first letter (`valueString`).
const TYPES: [&str; 50] = [
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "Base64Binary",
    "Boolean",
    "Canonical",
    "Code",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Date",
    "DateTime",
    "Decimal",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "HumanName",
    "Id",
    "Identifier",
    "Instant",
    "Integer",
    "Markdown",
    "Meta",
    "Money",
    "Oid",
    "ParameterDefinition",
    "Period",
    "PositiveInt",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "String",
    "Time",
    "Timing",
    "TriggerDefinition",
    "UnsignedInt",
    "Uri",
    "Url",
    "UsageContext",
    "Uuid",
];

pub(super) fn check(resource: &Value, issues: &mut Vec<Issue>) {
    walk::objects(resource, &mut |place| {
        for element in CHOICES {
            // `valueString` and `_valueString` belong to one choice.
            let chosen: BTreeSet<&str> = place.members.keys().filter_map(|name| chosen(name, element)).collect();
            if chosen.len() > 1 {
                let text = format!("{element}[x] occurs more than once");
                issues.push(Issue::error(IssueCode::Structure, text).at(format!("{}.{element}", place.path)));
            }
        }
    });
}

fn chosen<'a>(name: &'a str, element: &str) -> Option<&'a str> {
    let datatype = name.strip_prefix('_').unwrap_or(name).strip_prefix(element)?;
    TYPES.contains(&datatype).then_some(datatype)
}

/// Whether the object contains the choice element `element` with any datatype.
pub(super) fn has(members: &serde_json::Map<String, Value>, element: &str) -> bool {
    members.keys().any(|name| chosen(name, element).is_some())
}

#[cfg(test)]
mod tests {
    use super::{CHOICES, TYPES};

    #[test]
    fn the_list_contains_every_choice_of_the_official_definitions() {
        let Some(schema) = crate::official::schema() else { return };
        let types = [
            "Patient",
            "Observation",
            "DiagnosticReport",
            "Specimen",
            "Consent",
            "Task",
            "Extension",
            "Annotation",
            "Timing",
        ];
        let mut seen = 0;
        for (name, definition) in schema["definitions"].as_object().unwrap() {
            let ours = types.iter().any(|t| name == t || name.starts_with(&format!("{t}_")));
            for (element, _) in definition["properties"].as_object().into_iter().flatten().filter(|_| ours) {
                let chosen = TYPES.iter().find_map(|t| element.strip_suffix(t).map(|base| (base, t)));
                let Some((base, _)) = chosen.filter(|(base, _)| !base.is_empty() && !base.starts_with('_')) else {
                    continue;
                };
                let siblings = definition["properties"].as_object().unwrap();
                let count = siblings
                    .keys()
                    .filter(|k| k.strip_prefix(base).is_some_and(|end| TYPES.contains(&end)))
                    .count();
                // `reasonCode` and `reasonReference` are two elements and not one choice. The other names in this list are also the
                // beginning of two or more such elements.
                let apart = ["reason", "instantiates", "detail", "birth", "verification", "interpretation"].contains(&base);
                if count > 1 && !apart {
                    assert!(CHOICES.contains(&base), "{name}.{element}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
