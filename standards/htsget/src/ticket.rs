//! The answer to a request: the URLs of the file's blocks.

mod data_block;
mod md5;

pub use data_block::DataBlock;
pub use md5::{Md5, Md5Error};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Class, Format};

/// "A JSON "ticket" allowing the caller to obtain the desired data" (htsget 1.3 § Response). The blocks, concatenated in
/// order, are one valid file of `format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The format of the file.
    pub format: Format,
    /// The blocks of the file, in order.
    pub blocks: Blocks,
    /// The MD5 digest of all blocks concatenated; `None` if the digest is not known before the blocks are read.
    pub md5: Option<Md5>,
}

/// The blocks of a ticket. "Either all or none of the URLs in the response MUST have a class attribute" (htsget 1.3 § Response JSON fields).
/// The type therefore makes this choice once for all blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// The ticket does not state the classes of the blocks.
    Unclassified(Vec<DataBlock>),
    /// Each block has the class header or body. Clients may reuse header blocks.
    Classified(Vec<(Class, DataBlock)>),
}

impl Ticket {
    /// The JSON body of the ticket, with one top-level member, `htsget`. The body contains credentials (in URLs and headers), so it must never
    /// be logged.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let urls: Vec<Value> = match &self.blocks {
            Blocks::Unclassified(blocks) => blocks.iter().map(|block| url_entry(block, None)).collect(),
            Blocks::Classified(blocks) => blocks.iter().map(|(class, block)| url_entry(block, Some(*class))).collect(),
        };
        let mut ticket = Map::new();
        ticket.insert("format".to_owned(), json!(self.format.as_str()));
        ticket.insert("urls".to_owned(), Value::Array(urls));
        if let Some(md5) = self.md5 {
            ticket.insert("md5".to_owned(), json!(md5.to_string()));
        }
        json!({"htsget": ticket})
    }
}

impl Serialize for Ticket {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

fn url_entry(block: &DataBlock, class: Option<Class>) -> Value {
    let mut entry = Map::new();
    entry.insert("url".to_owned(), json!(block.url()));
    // `headers` is written even if it is empty. @gmod/bam, the library with which JBrowse 2 reads tickets, fails on a URL without this member.
    if !block.url().starts_with("data:") {
        entry.insert("headers".to_owned(), json!(block.headers()));
    }
    if let Some(class) = class {
        entry.insert("class".to_owned(), json!(class.as_str()));
    }
    Value::Object(entry)
}
