//! Reads an XML document as a sequence of start tags, texts and end tags.

use quick_xml::NsReader;
use quick_xml::encoding::EncodingError;
use quick_xml::errors::SyntaxError;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::PrefixDeclaration;

use super::element::Element;
use super::fault::Fault;
use super::tap::Tap;

/// The next part of the document: a start tag, a text, an end tag or the end.
pub(super) enum Step {
    Start(Element),
    Text(String),
    End,
    Eof,
}

/// The parts of a document, in their order. A document type declaration is refused. Every entity that XML does not predefine is also refused.
pub(super) struct Events {
    reader: NsReader<Tap>,
    buffer: Vec<u8>,
    begin: u64,
}

impl Events {
    /// `begin` is the number of bytes of the file before the first byte of the tap. It can be less than zero (as a wrapped number) if other bytes
    /// were put before the bytes of the file.
    pub(super) fn new(tap: Tap, begin: u64) -> Self {
        let mut reader = NsReader::from_reader(tap);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            begin,
        }
    }

    /// The number of bytes of the UTF-8 text that were read.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The number of bytes of the file that were read.
    pub(super) fn offset(&self) -> u64 {
        self.begin.wrapping_add(self.position())
    }

    pub(super) fn tap(&mut self) -> &mut Tap {
        self.reader.get_mut()
    }

    /// The position in the tap that belongs to an offset in the file.
    pub(super) fn position_of(&self, offset: u64) -> u64 {
        offset.wrapping_sub(self.begin)
    }

    /// A start tag that binds the namespaces in scope at the last start tag. Behind it, the text of the element can be read by itself.
    pub(super) fn scope(&self) -> String {
        let mut scope = "<scope".to_owned();
        for (prefix, namespace) in self.reader.resolver().bindings() {
            let name = match prefix {
                PrefixDeclaration::Default => "xmlns".to_owned(),
                PrefixDeclaration::Named("xml" | "xmlns") => continue,
                PrefixDeclaration::Named(name) => format!("xmlns:{name}"),
            };
            scope.push_str(&format!(" {name}=\"{}\"", escape(namespace.into_inner())));
        }
        scope + ">"
    }

    pub(super) fn next(&mut self) -> Result<Step, Fault> {
        loop {
            let offset = self.offset();
            self.buffer.clear();
            self.reader.get_mut().event();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(fault(&error, self.reader.get_ref().exhausted, offset)),
            };
            return match event {
                Event::Start(start) | Event::Empty(start) => Element::parse(&start, self.reader.resolver(), offset).map(Step::Start),
                Event::End(_) => Ok(Step::End),
                Event::Text(text) => Ok(Step::Text(text.xml10_content().into_owned())),
                Event::CData(text) => Ok(Step::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(c)) if !c.is_control() || matches!(c, '\t' | '\n' | '\r') => Some(c),
                        Ok(None) => predefined(&reference),
                        Ok(Some(_)) | Err(_) => None,
                    };
                    let unknown = || Fault::at("entity", "an entity that XML does not predefine", offset);
                    character.map(|c| Step::Text(c.to_string())).ok_or_else(unknown)
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => continue,
                Event::DocType(_) => Err(Fault::at("doctype", "a document type, which is not accepted,", offset)),
                Event::Eof => Ok(Step::Eof),
            };
        }
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// Converts an error of the XML reader to a fault. The reader's own message is not used, because it can repeat names of the document.
fn fault(error: &quick_xml::Error, exhausted: bool, offset: u64) -> Fault {
    let truncated = || Fault::at("truncated", "the file ends inside the part that begins", offset);
    match error {
        quick_xml::Error::Io(_) if exhausted => Fault::at("too-large", "a tag or text of more than 4 MiB", offset),
        quick_xml::Error::Io(_) => Fault::at("unreadable", "the file cannot be read any further", offset),
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => Fault::at("malformed-xml", "unknown markup", offset),
        quick_xml::Error::Syntax(_) => truncated(),
        quick_xml::Error::Encoding(EncodingError::Utf8(error)) if error.error_len().is_none() => truncated(),
        quick_xml::Error::Encoding(_) => Fault::at("not-utf-8", "bytes that are not UTF-8 in the part", offset),
        quick_xml::Error::Escape(_) => Fault::at("entity", "an entity that XML does not predefine", offset),
        quick_xml::Error::IllFormed(_) | quick_xml::Error::InvalidAttr(_) | quick_xml::Error::Namespace(_) => {
            Fault::at("malformed-xml", "XML that is not well-formed", offset)
        }
    }
}
