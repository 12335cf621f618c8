//! Keeps a result that no rule of the profile reads. The result is stored as text and is not understood.

use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue};

use super::map::Refusal;
use super::statements::{MAX_TEXT_BYTES, Place, Stated};
use crate::profile::{CoreModifiers, Made, Profile};
use crate::unit::{Field, Record, Unit};

/// The fact for an OBX segment with a value that no rule took, because its type or its status is not known, or because its value has another
/// form than the type. The code, the label and the date come from the first rule whose other conditions the segment meets. `None` if the record
/// is not an OBX segment with a value, or if there is no such rule.
pub(super) fn kept(profile: &Profile, unit: &Unit, at: usize) -> Result<Option<Stated>, Refusal> {
    let core = CoreModifiers::Result;
    let rule = profile.rules.iter().find_map(|rule| match &rule.makes {
        Made::Fact(made)
            if made.core == core
                && made.kind == FactKind::Measurement
                && rule.is_about(unit, at)
                && rule.holds_apart_from(core, unit, at) =>
        {
            Some((rule, made))
        }
        Made::Fact(_) | Made::Specimen(_) => None,
    });
    let (Some((rule, made)), Some(text)) = (rule, unit.records.get(at).and_then(received)) else {
        return Ok(None);
    };
    let place = Place {
        profile,
        rule,
        unit,
        record: at,
        inside: &[],
    };
    let code = place
        .value(&made.code)?
        .ok_or_else(|| place.refuse("no-code", "has values but no code"))?;
    if text.len() > MAX_TEXT_BYTES {
        return Err(place.refuse("too-long", "a text is longer than the limit"));
    }
    Ok(Some(Stated {
        fact: Fact {
            kind: FactKind::Measurement,
            code,
            label: place.text(made.label.as_ref())?,
            status: FactStatus::NotUnderstood,
            onset: None,
            value: Some(MeasuredValue::Text(text)),
            observed: place.date(made.observed.as_ref())?,
            details: Vec::new(),
        },
        not_understood: vec!["OBX OBX-5 (no rule reads a value of this type and status)".to_owned()],
    }))
}

/// The value of an OBX segment as one text, with `^` between components and `&` between subcomponents. `None` if it has no value.
fn received(record: &Record) -> Option<String> {
    if let Some(Field::Value(whole)) = record.fields.get("OBX-5") {
        return (!whole.trim().is_empty()).then(|| whole.clone());
    }
    let mut parts: Vec<(usize, usize, &str)> = Vec::new();
    for (name, field) in &record.fields {
        let Field::Value(text) = field else { continue };
        let Some(place) = name.strip_prefix("OBX-5.") else { continue };
        let (component, subcomponent) = place.split_once('.').unwrap_or((place, "1"));
        parts.push((component.parse().ok()?, subcomponent.parse().ok()?, text));
    }
    parts.sort_unstable();
    let mut text = String::new();
    let (mut component, mut subcomponent) = (1, 1);
    for (at_component, at_subcomponent, part) in &parts {
        while component < *at_component {
            text.push('^');
            (component, subcomponent) = (component + 1, 1);
        }
        while subcomponent < *at_subcomponent {
            text.push('&');
            subcomponent += 1;
        }
        text.push_str(part);
    }
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_text_of_a_value_is_put_together_as_received() {
        let text = |fields: &[(&str, &str)]| {
            let fields = fields
                .iter()
                .map(|(name, text)| ((*name).to_owned(), Field::Value((*text).to_owned())));
            received(&Record {
                kind: "OBX".to_owned(),
                parent: None,
                offset: None,
                fields: fields.collect::<BTreeMap<_, _>>(),
            })
        };
        assert_eq!(text(&[("OBX-5", "1^2"), ("OBX-5.1", "1^2")]).as_deref(), Some("1^2"));
        assert_eq!(
            text(&[("OBX-5.1", "a"), ("OBX-5.10", "j"), ("OBX-5.2", "b")]).as_deref(),
            Some("a^b^^^^^^^^j")
        );
        assert_eq!(
            text(&[("OBX-5.2.1", "b"), ("OBX-5.2.3", "d"), ("OBX-5.3", "e")]).as_deref(),
            Some("^b&&d^e")
        );
        assert_eq!(text(&[("OBX-3.1", "x")]), None);
    }
}
