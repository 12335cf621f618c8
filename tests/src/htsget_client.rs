//! The steps of an ordinary htsget client: get a ticket, fetch every block, concatenate the blocks.

use base64::Engine as _;
use serde_json::Value;

use crate::client::{Client, Reply};

/// Fetches the blocks of a ticket without any credentials and concatenates them in order.
///
/// The token of the ticket request is not sent: "clients must not forward" it unless the ticket says so (htsget 1.3).
#[must_use]
pub fn fetch(client: &Client, ticket: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in ticket["htsget"]["urls"].as_array().expect("a ticket") {
        bytes.extend(fetch_block(client, block).expect_block());
    }
    bytes
}

/// One block's answer.
#[derive(Debug)]
pub enum Block {
    /// Inline data.
    Inline(Vec<u8>),
    /// The answer of the block's address.
    Fetched(Reply),
}

impl Block {
    fn expect_block(self) -> Vec<u8> {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Fetched(reply) => reply.expect(200).body,
        }
    }
}

/// Fetches one block of a ticket, with the headers that the ticket states for this block.
#[must_use]
pub fn fetch_block(client: &Client, block: &Value) -> Block {
    let url = block["url"].as_str().expect("a block has a url");
    if let Some(data) = url.strip_prefix("data:") {
        let (_, text) = data.split_once(";base64,").expect("inline data is base64");
        return Block::Inline(base64::engine::general_purpose::STANDARD.decode(text).unwrap());
    }
    let headers: Vec<(&str, &str)> = match block["headers"].as_object() {
        Some(headers) => headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect(),
        None => Vec::new(),
    };
    Block::Fetched(client.send("GET", url, &headers, None))
}

/// Gets the ticket of a path and fetches its blocks.
#[must_use]
pub fn slice(client: &Client, path: &str, bearer: &str) -> Vec<u8> {
    fetch(client, &client.get(path, Some(bearer)).expect(200).json())
}

/// The addresses of the ticket's blocks, in order. Inline blocks have no address and are left out.
#[must_use]
pub fn block_urls(ticket: &Value) -> Vec<String> {
    addresses(ticket, |_| true)
}

/// The addresses of the ticket's blocks that contain records, in order.
#[must_use]
pub fn record_urls(ticket: &Value) -> Vec<String> {
    addresses(ticket, |block| block["class"] != "header")
}

fn addresses(ticket: &Value, which: impl Fn(&Value) -> bool) -> Vec<String> {
    let urls = ticket["htsget"]["urls"].as_array().expect("a ticket").iter();
    let texts = urls.filter(|block| which(block)).map(|block| block["url"].as_str().unwrap());
    texts.filter(|url| !url.starts_with("data:")).map(str::to_owned).collect()
}

/// A ticket with only the blocks of one class.
#[must_use]
pub fn of_class(ticket: &Value, class: &str) -> Value {
    let urls = ticket["htsget"]["urls"].as_array().expect("a ticket").iter();
    let of_class: Vec<&Value> = urls.filter(|block| block["class"] == class).collect();
    assert!(!of_class.is_empty(), "the ticket has no block of class {class}");
    serde_json::json!({"htsget": {"urls": of_class}})
}
