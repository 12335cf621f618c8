//! Finds the packets in a document: the packet itself, the packets of a `Family` or a `Cohort`, or the items of a list.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::error::{OtherDocument, PhenopacketError};

/// A packet inside a document.
#[derive(Clone, Debug, PartialEq)]
pub struct PacketInside {
    /// The place of the packet in the document: the position in a list (`[2]`), then the members as a JSON pointer (`/relatives/0`), both counted
    /// from 0. Empty if the document itself is the packet.
    pub place: String,
    /// The packet. It may still be refused by [`crate::Phenopacket::from_document`].
    pub document: Document,
}

/// The packets of a document, and the rest of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// The packets, in the order of the specification: the proband before the relatives.
    pub packets: Vec<PacketInside>,
    /// The members of each `Family` or `Cohort` that are not packets: its id, files, pedigree and metadata. Empty for a single packet.
    pub rest: Vec<Document>,
}

/// The members of a `Family` or `Cohort` that contain packets.
const PACKETS: [&str; 3] = ["proband", "relatives", "members"];

impl Document {
    /// Separates the packets from the rest of the document.
    ///
    /// A `Family` or `Cohort` is recognised by the member `proband`, `relatives`, `pedigree` or `members`, which no packet has.
    ///
    /// # Errors
    /// [`PhenopacketError::NotAPhenopacket`] if a `Family` or `Cohort` contains no packet, or also has the members of a packet;
    /// [`PhenopacketError::WrongType`] if one of its members is neither a packet nor a list of packets.
    pub fn contents(self) -> Result<Contents, PhenopacketError> {
        let contents = self.contents_around()?;
        // A list, which only YAML has here, may be empty.
        if contents.packets.is_empty() && !contents.rest.is_empty() {
            let found = OtherDocument::NoPackets;
            return Err(PhenopacketError::NotAPhenopacket { found });
        }
        Ok(contents)
    }

    /// Separates the packets of a `Family` or `Cohort` from which a list of packets was already taken out. It may contain no other packet.
    ///
    /// # Errors
    /// The errors of [`Document::contents`], except that the document may contain no packet.
    pub fn contents_around(self) -> Result<Contents, PhenopacketError> {
        let mut contents = Contents {
            packets: Vec::new(),
            rest: Vec::new(),
        };
        match self.into_value() {
            Value::Array(items) => {
                for (at, item) in items.into_iter().enumerate() {
                    separate(item, &format!("[{at}]"), &mut contents)?;
                }
            }
            value => separate(value, "", &mut contents)?,
        }
        Ok(contents)
    }
}

fn separate(value: Value, place: &str, contents: &mut Contents) -> Result<(), PhenopacketError> {
    let mut members = match value {
        Value::Object(members) if is_container(&members) => members,
        value => {
            add(contents, place.to_owned(), value);
            return Ok(());
        }
    };
    let found = OtherDocument::NoPackets;
    if members.contains_key("subject") || (members.contains_key("members") && members.contains_key("proband")) {
        return Err(PhenopacketError::NotAPhenopacket { found });
    }
    for name in PACKETS {
        let Some(value) = members.remove(name) else { continue };
        let place = format!("{place}/{name}");
        match value {
            Value::Array(items) if name != "proband" => {
                for (at, item) in items.into_iter().enumerate() {
                    add(contents, format!("{place}/{at}"), item);
                }
            }
            value @ Value::Object(_) if name == "proband" => add(contents, place, value),
            _ => {
                return Err(PhenopacketError::WrongType {
                    pointer: place,
                    expected: if name == "proband" { "a packet" } else { "a list of packets" },
                });
            }
        }
    }
    contents.rest.push(Document::of_canonical(Value::Object(members)));
    Ok(())
}

fn add(contents: &mut Contents, place: String, value: Value) {
    let document = Document::of_canonical(value);
    contents.packets.push(PacketInside { place, document });
}

/// Whether a document is a `Family` or a `Cohort`. A FHIR resource can have members of the same names.
fn is_container(members: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    !has(&["resourceType"]) && has(&["proband", "relatives", "pedigree", "members"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::normalise;

    fn places(document: &Value) -> Result<Vec<String>, PhenopacketError> {
        let contents = normalise(document.to_string().as_bytes())?.contents()?;
        Ok(contents.packets.into_iter().map(|packet| packet.place).collect())
    }

    #[test]
    fn the_packets_of_a_family_and_a_cohort_are_found_at_their_places() {
        let packet = json!({"id": "p", "subject": {"id": "s"}, "meta_data": {}});
        assert_eq!(places(&packet).unwrap(), [""]);
        let family = json!({"id": "f", "relatives": [packet, packet], "proband": packet, "pedigree": {"persons": [{"sex": 1}]}});
        assert_eq!(places(&family).unwrap(), ["/proband", "/relatives/0", "/relatives/1"]);
        let cohort = json!({"id": "c", "description": "x", "members": [packet, 7]});
        assert_eq!(places(&cohort).unwrap(), ["/members/0", "/members/1"]);
        let contents = normalise(family.to_string().as_bytes()).unwrap().contents().unwrap();
        assert_eq!(
            contents.rest[0].as_value(),
            &json!({"id": "f", "pedigree": {"persons": [{"sex": "FEMALE"}]}})
        );
        assert!(crate::Phenopacket::from_document(&contents.packets[0].document).is_ok());
    }

    #[test]
    fn a_family_without_packets_or_mixed_with_a_packet_is_rejected() {
        let packet = json!({"id": "p", "subject": {"id": "s"}, "metaData": {}});
        for document in [
            json!({"id": "f", "pedigree": {}}),
            json!({"id": "c", "members": []}),
            json!({"id": "f", "subject": {"id": "s"}, "members": []}),
            json!({"id": "f", "proband": packet, "subject": {"id": "s"}}),
            json!({"id": "f", "proband": packet, "members": [packet]}),
        ] {
            let found = OtherDocument::NoPackets;
            assert_eq!(places(&document), Err(PhenopacketError::NotAPhenopacket { found }), "{document}");
        }
        for document in [json!({"proband": [packet]}), json!({"relatives": packet}), json!({"members": 7})] {
            assert!(matches!(places(&document), Err(PhenopacketError::WrongType { .. })), "{document}");
        }
        assert_eq!(places(&json!({"resourceType": "Group", "members": []})).unwrap(), [""]);
    }
}
