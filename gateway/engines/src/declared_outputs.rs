//! The outputs that a workflow document declares, read before the run starts.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The maximum size of a YAML document, in bytes. YAML aliases can expand a small document into a large tree, so the size limits the time for
/// reading. JSON has no aliases and is read at any size.
const MAX_YAML_BYTES: usize = 512 * 1024;

/// The maximum number of output ids that are listed.
const MAX_PORTS: usize = 64;

/// The maximum length of a listed output id, in bytes.
const MAX_ID_BYTES: usize = 64;

/// The ids of the outputs that a CWL document declares (CWL 1.2 § Workflow, § CommandLineTool: `outputs`), sorted and without repetition.
///
/// The ids are read from the document as submitted, so that a computation of the run cannot change them. `fragment` names the process in a packed
/// document. If absent, the process `main` is used, or the only process.
///
/// An id is listed only if it is plain: 1 to 64 ASCII letters, digits, `_`, `-` and `.`, of which the first is a letter, a digit or `_`, and
/// without the gateway's own prefix `run.`. At most 64 ids are listed. An unreadable document declares no outputs.
#[must_use]
pub fn declared_outputs(document: &[u8], fragment: Option<&str>) -> Vec<String> {
    let read = serde_json::from_slice(document).ok().or_else(|| {
        let small = document.len() <= MAX_YAML_BYTES;
        small.then(|| serde_norway::from_slice(document).ok()).flatten()
    });
    let Some(Document { graph, outputs }) = read else {
        return Vec::new();
    };
    let declared = match graph {
        None => outputs,
        Some(processes) => {
            let wanted = fragment.unwrap_or("main");
            let named = |process: &&Process| process.id.as_deref().is_some_and(|id| id.trim_start_matches('#') == wanted);
            let only = (processes.len() == 1 && fragment.is_none()).then(|| processes.first()).flatten();
            let process = processes.iter().find(named).or(only);
            process.and_then(|process| process.outputs.clone())
        }
    };
    let mut ids: Vec<String> = declared.map(|ports| ports.0).unwrap_or_default();
    ids.sort();
    ids.dedup();
    ids.truncate(MAX_PORTS);
    ids
}

/// Whether an output id may be listed; see [`declared_outputs`].
fn is_plain(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let starts_well = id
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_');
    id.len() <= MAX_ID_BYTES && id.bytes().all(allowed) && starts_well && !id.starts_with("run.")
}

/// A CWL document: one process, or several processes in `$graph`. All other members are skipped.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "$graph", default)]
    graph: Option<Vec<Process>>,
    #[serde(default)]
    outputs: Option<Ports>,
}

#[derive(Deserialize)]
struct Process {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    outputs: Option<Ports>,
}

/// The plain ids in the member `outputs`. This member is a map by id, or a list of records with an id.
#[derive(Clone)]
struct Ports(Vec<String>);

impl Ports {
    /// Adds the last segment of an output id if it is plain. For example, `#main/count` is the output `count` of the process `main`.
    fn take(&mut self, id: &str) {
        let id = id.rsplit(['/', '#']).next().unwrap_or_default();
        if is_plain(id) {
            self.0.push(id.to_owned());
        }
    }
}

#[derive(Deserialize)]
struct Port {
    #[serde(default)]
    id: Option<String>,
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Ports;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map or a list of outputs")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ports, A::Error> {
                let mut ports = Ports(Vec::new());
                while let Some(id) = map.next_key::<String>()? {
                    ports.take(&id);
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(ports)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ports, A::Error> {
                let mut ports = Ports(Vec::new());
                while let Some(port) = list.next_element::<Port>()? {
                    ports.take(port.id.as_deref().unwrap_or_default());
                }
                Ok(ports)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(document: &str) -> Vec<String> {
        declared_outputs(document.as_bytes(), None)
    }

    #[test]
    fn ids_are_read_from_maps_lists_and_packed_documents() {
        assert_eq!(
            declared("cwlVersion: v1.2\nclass: Workflow\noutputs:\n  b: File\n  a: {type: File, outputSource: x/y}\n"),
            ["a", "b"]
        );
        assert_eq!(
            declared(r#"{"outputs": [{"id": "b", "type": "File"}, {"id": "a", "type": "int"}]}"#),
            ["a", "b"]
        );
        assert_eq!(declared("class: CommandLineTool\noutputs: []\n"), Vec::<String>::new());
        let packed =
            r##"{"$graph": [{"id": "#tool", "outputs": {"inner": "File"}}, {"id": "#main", "outputs": [{"id": "#main/outer"}]}]}"##;
        assert_eq!(declared(packed), ["outer"]);
        assert_eq!(declared_outputs(packed.as_bytes(), Some("tool")), ["inner"]);
        assert_eq!(declared_outputs(packed.as_bytes(), Some("none")), Vec::<String>::new());
        assert_eq!(declared(r#"{"$graph": [{"id": "only", "outputs": {"x": "File"}}]}"#), ["x"]);
    }

    #[test]
    fn an_id_that_is_not_plain_and_an_unreadable_document_declare_no_outputs() {
        let long = format!("outputs: {{{}: File, good: File}}", "a".repeat(65));
        assert_eq!(declared(&long), ["good"]);
        assert_eq!(
            declared(r#"{"outputs": {"a b": 1, "run.stdout": 1, ".hidden": 1, "-x": 1, "é": 1, "$import": "x.yml", "": 1, "good": 1}}"#),
            ["good"]
        );
        for document in ["", "[", "outputs: 1", "- 1", "{\"outputs\": [1]}", "\u{0}"] {
            assert_eq!(declared(document), Vec::<String>::new(), "{document}");
        }
        let many = format!(
            "outputs: {{{}}}",
            (0..100).map(|n| format!("p{n:03}: File")).collect::<Vec<_>>().join(", ")
        );
        assert_eq!(declared(&many).len(), MAX_PORTS);
    }

    #[test]
    fn a_document_full_of_aliases_is_read_in_under_five_seconds() {
        let mut document = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let before = format!("*a{}", level - 1);
            document.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
        }
        document.push_str("outputs: {x: *a29}\n");
        let begun = std::time::Instant::now();
        let _ = declared(&document);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    }
}
