//! Phenopackets for tests. A packet's id is the id of its participant. All packets come from one hospital.

use std::path::Path;

use serde_json::Value;

use crate::programme::{Programme, Ran};

/// The hospital that sends the packets.
const SITE: &str = "hospital-a";

impl Programme {
    /// Links each packet id to the participant with the same id.
    pub fn link_packets<'i>(&self, ids: impl IntoIterator<Item = &'i str>) {
        let mut sheet = "site,namespace,number,participant\n".to_owned();
        for id in ids {
            sheet.push_str(&format!("{SITE},phenopacket,{id},{id}\n"));
        }
        let path = self.path("packet-linkage.csv");
        std::fs::write(&path, sheet).unwrap();
        let _ = self.run(&["link", "--register", path.to_str().unwrap()]).good();
    }

    /// Links the ids of a folder's packets, then ingests the packets.
    pub fn ingest_packets(&self, dataset: &str, folder: &Path) -> Ran {
        let ids = packet_ids(folder);
        self.link_packets(ids.iter().map(String::as_str));
        self.ingest_linked_packets(dataset, folder)
    }

    /// Ingests packets without linking their ids. The ids are already linked, or the test expects that the packets are refused.
    pub fn ingest_linked_packets(&self, dataset: &str, packets: &Path) -> Ran {
        let packets = packets.to_str().unwrap();
        self.run(&["ingest", "--dataset", dataset, "--profile", "phenopacket", "--site", SITE, packets])
    }
}

/// The ids of the packets in a folder. Files that are not JSON are skipped, and so are ids that a linkage sheet cannot contain.
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
