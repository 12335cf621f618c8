//! Compiles the text of a profile to its typed plan.

mod rules;

use std::collections::BTreeMap;

use gemj_model::SiteId;
use serde_json::Value;

use super::expression::Yields;
use super::place::Place;
use super::text::{FhirText, LabelText, NumberText, ProfileText};
use super::{Expression, Fault, Format, Home, Ignore, Placed, Profile, ProfileError, ambiguity, schema};
use crate::fhir;
use crate::target::is_namespace;
use rules::Site;

type Compiled<T> = Result<T, (Place, Fault)>;

pub(super) fn compile(yaml: &str, digest: &str) -> Result<Profile, ProfileError> {
    let document: Value = serde_norway::from_str(yaml).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        ProfileError::Yaml {
            line,
            column,
            detail: error.to_string(),
        }
    })?;
    check_keys(yaml)?;
    plan(&document, digest).map_err(|(place, fault)| {
        let (line, column) = place.line_and_column(yaml);
        ProfileError::Place {
            line,
            column,
            place: place.to_string(),
            fault,
        }
    })
}

/// Refuses a mapping that contains a key twice. The YAML reader would use the last value without an error.
fn check_keys(yaml: &str) -> Result<(), ProfileError> {
    serde_norway::from_str::<serde_norway::Value>(yaml).map(drop).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        ProfileError::Yaml {
            line,
            column,
            detail: error.to_string(),
        }
    })
}

fn plan(document: &Value, digest: &str) -> Compiled<Profile> {
    schema::validate(document)?;
    let root = Place::default();
    // The schema has accepted the document, so parsing fails only if the schema and the parser differ.
    let mut text: ProfileText = ProfileText::deserialize_from(document).ok_or_else(|| {
        (
            root.clone(),
            Fault::Member {
                what: "does not have the members of a profile",
            },
        )
    })?;
    let format = match text.format.as_str() {
        "ss-mix2" => Format::SsMix2,
        "odm" => Format::Odm,
        "redcap" => Format::Redcap,
        "fhir" => Format::Fhir,
        "bff" => Format::Bff,
        "csv" => Format::Csv,
        "omop" => Format::Omop,
        _ => Format::Miabis,
    };
    if (format == Format::Redcap) != text.redcap.is_some() {
        let what = "redcap: is required in a profile of format redcap and not allowed in another format";
        return Err((root.key("format"), Fault::Member { what }));
    }
    if format != Format::Csv && text.csv.is_some() {
        let what = "csv: is allowed only in a profile of format csv";
        return Err((root.key("csv"), Fault::Member { what }));
    }
    if format != Format::Omop && text.omop.is_some() {
        let what = "omop: is allowed only in a profile of format omop";
        return Err((root.key("omop"), Fault::Member { what }));
    }
    if format != Format::Fhir && text.fhir.is_some() {
        let what = "fhir: is allowed only in a profile of format fhir";
        return Err((root.key("fhir"), Fault::Member { what }));
    }
    let fhir = text.fhir.map(fhir_options).unwrap_or_default();
    if let Some(at) = repeated_system(&fhir) {
        let what = "has the name or a URI of an earlier system, or the name of another field of concepts";
        return Err((root.key("fhir").key("systems").index(at), Fault::Member { what }));
    }
    if format != Format::Odm && text.study.is_some() {
        let what = "study: is allowed only in a profile of format odm";
        return Err((root.key("study"), Fault::Member { what }));
    }
    if !matches!(format, Format::SsMix2 | Format::Odm | Format::Redcap) && !text.facilities.is_empty() {
        let what = "facilities: is allowed only in a profile of format ss-mix2, odm or redcap";
        return Err((root.key("facilities"), Fault::Member { what }));
    }
    if text.site.is_none() && !text.facilities.is_empty() {
        let what = "facilities: a profile with facilities must state a site";
        return Err((root.key("facilities"), Fault::Member { what }));
    }
    let home = home(text.site.as_deref(), text.namespace, &root)?;
    let site = Site { format };
    let participant = {
        let place = root.key("participant");
        Placed {
            record: site.placed_record(&text.participant.record, &place.key("record"))?,
            value: Expression::From {
                selector: site.selector(&text.participant.number, &place.key("number"))?,
                when: Vec::new(),
                via: Vec::new(),
                unrecognised: None,
            },
        }
    };
    let placed = |text: &Option<super::text::PlacedText>, name: &str, yields: Yields| match text {
        None => Ok(None),
        Some(text) => {
            let place = root.key(name);
            Ok(Some(Placed {
                record: site.placed_record(&text.record, &place.key("record"))?,
                value: site.expression(&text.value, &place.key("value"), yields)?,
            }))
        }
    };
    let mut rules = Vec::new();
    for (at, rule) in text.rules.iter().enumerate() {
        rules.push(site.rule(rule, &root.key("rules").index(at))?);
    }
    let consents = text.consents.iter().enumerate();
    let consents = consents.map(|(at, consent)| site.consent(consent, &root.key("consents").index(at)));
    let consents = consents.collect::<Compiled<Vec<_>>>()?;
    if let Some((earlier, later)) = ambiguity::find(&rules) {
        let other = format!("rules[{earlier}]");
        return Err((root.key("rules").index(later), Fault::Ambiguous { other }));
    }
    Ok(Profile {
        mapping_version: format!("{}-{}+{digest}", text.profile, text.version),
        name: text.profile,
        format,
        home,
        facilities: text.facilities,
        study: text.study,
        sex: placed(&text.sex, "sex", Yields::Sex)?,
        born: placed(&text.born, "born", Yields::Date)?,
        dictionary: text.redcap.as_ref().map(|r| r.dictionary.clone()),
        labels: text
            .redcap
            .as_mut()
            .map(|r| labels(std::mem::take(&mut r.labels)))
            .unwrap_or_default(),
        missing: match (text.redcap, &mut text.csv) {
            (Some(redcap), _) => redcap.missing,
            (None, Some(csv)) => std::mem::take(&mut csv.missing),
            (None, None) => Vec::new(),
        },
        optional: text.csv.map(|csv| csv.optional).unwrap_or_default(),
        absent: text.omop.map(|omop| omop.absent).unwrap_or_default(),
        fhir,
        participant,
        rules,
        consents,
        ignore: text
            .ignore
            .into_iter()
            .map(|i| Ignore {
                record: i.record,
                field: i.field,
                reason: i.reason,
            })
            .collect(),
    })
}

fn fhir_options(text: FhirText) -> fhir::Options {
    let number = |text: Option<NumberText>| match text {
        None => fhir::Number::Only,
        Some(NumberText { system: Some(system) }) => fhir::Number::System(system),
        Some(NumberText { system: None }) => fhir::Number::Id,
    };
    let systems = text.systems.into_iter().map(|system| fhir::System {
        name: system.name,
        uris: system.uris,
    });
    fhir::Options {
        patient: number(text.number),
        specimen: number(text.specimen),
        systems: systems.collect(),
    }
}

/// The expected labels, by variable and code.
fn labels(text: BTreeMap<String, BTreeMap<String, LabelText>>) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let listed = |label| match label {
        LabelText::One(label) => vec![label],
        LabelText::Several(labels) => labels,
    };
    let of_codes = |codes: BTreeMap<String, LabelText>| codes.into_iter().map(|(code, label)| (code, listed(label))).collect();
    text.into_iter().map(|(variable, codes)| (variable, of_codes(codes))).collect()
}

/// The index of the first system that cannot be told from an earlier one, or whose name is the name of another field.
fn repeated_system(options: &fhir::Options) -> Option<usize> {
    let systems = &options.systems;
    systems.iter().enumerate().position(|(at, system)| {
        let mut earlier = systems.iter().take(at);
        let is_field = matches!(system.name.as_str(), "local" | "display" | "text");
        is_field || earlier.any(|other| other.name == system.name || other.uris.iter().any(|uri| system.uris.contains(uri)))
    })
}

/// The institution and the namespace of a profile. A profile states both or neither.
fn home(site: Option<&str>, namespace: Option<String>, root: &Place) -> Compiled<Option<Home>> {
    match (site, namespace) {
        (None, None) => Ok(None),
        (Some(site), Some(namespace)) if is_namespace(&namespace) => {
            let site = SiteId::parse(site).map_err(|_| {
                let what = "is not a site's id";
                (root.key("site"), Fault::Member { what })
            })?;
            Ok(Some(Home { site, namespace }))
        }
        (Some(_), Some(_)) => {
            let what = "must not be empty nor have a / or a control character";
            Err((root.key("namespace"), Fault::Member { what }))
        }
        (Some(_), None) => {
            let what = "site: a profile with a site must state the namespace of its numbers";
            Err((root.key("site"), Fault::Member { what }))
        }
        (None, Some(_)) => {
            let what = "namespace: a profile with a namespace must state the site that uses the numbers";
            Err((root.key("namespace"), Fault::Member { what }))
        }
    }
}

impl ProfileText {
    fn deserialize_from(document: &Value) -> Option<Self> {
        serde::Deserialize::deserialize(document).ok()
    }
}
