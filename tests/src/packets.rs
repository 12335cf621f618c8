//! Phenopackets of tests: their ids are those of the participants, and they come from one hospital.

use std::path::Path;

use serde_json::Value;

use crate::programme::{Programme, Ran};

/// The hospital that gives them.
const SITE: &str = "hospital-a";

impl Programme {
    /// Links each of these packet ids to the participant of the same id.
    pub fn link_packets<'i>(&self, ids: impl IntoIterator<Item = &'i str>) {
        let mut sheet = "namespace,number,participant\n".to_owned();
        for id in ids {
            sheet.push_str(&format!("{SITE}/phenopacket,{id},{id}\n"));
        }
        let path = self.path("packet-linkage.csv");
        std::fs::write(&path, sheet).unwrap();
        let _ = self.run(&["link", path.to_str().unwrap()]).good();
    }

    /// Links the ids of the packets of a folder, then takes them in.
    pub fn ingest_packets(&self, dataset: &str, folder: &Path) -> Ran {
        let ids = packet_ids(folder);
        self.link_packets(ids.iter().map(String::as_str));
        self.ingest_linked_packets(dataset, folder)
    }

    /// Takes in packets whose ids are linked already, or are to be refused.
    pub fn ingest_linked_packets(&self, dataset: &str, packets: &Path) -> Ran {
        let packets = packets.to_str().unwrap();
        self.run(&["ingest", "--dataset", dataset, "--profile", "phenopacket", "--site", SITE, packets])
    }
}

/// The ids of the packets in a folder, as far as they are JSON that can be written to a sheet.
fn packet_ids(folder: &Path) -> Vec<String> {
    let mut ids = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(bytes) = std::fs::read(entry.unwrap().path()) else {
            continue;
        };
        let packet: Result<Value, _> = serde_json::from_slice(&bytes);
        let id = packet.ok().and_then(|packet| Some(packet.get("id")?.as_str()?.to_owned()));
        ids.extend(id.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))));
    }
    ids
}
