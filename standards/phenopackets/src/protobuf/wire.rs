//! The wire format of protobuf: fields as number, wire type and payload.

use crate::error::PhenopacketError;

/// The deepest nesting of groups inside unknown fields. No message of the specification has groups.
const MAX_GROUPS: usize = 32;
/// The largest field number ("The smallest field number you can specify is 1, and the largest is 2^29-1").
const MAX_NUMBER: u64 = (1 << 29) - 1;

/// The payload of a field by its wire type.
#[derive(Clone, Copy)]
pub(super) enum Payload<'b> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: a text, a message, a list or bytes.
    Bytes(&'b [u8]),
    /// Wire types 3 and 4: the fields of a group as bytes. Groups exist only in old schemas.
    Group(&'b [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

/// The bytes of a message while they are read.
pub(super) struct Wire<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The position of the message in the outermost message.
    base: usize,
}

impl<'b> Wire<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }

    /// The reader of a message that this reader has returned as a payload just now.
    pub(super) fn inside(&self, bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            base: self.base + self.at - bytes.len(),
        }
    }

    /// The error at the current position.
    pub(super) fn fault(&self) -> PhenopacketError {
        PhenopacketError::NotProtobuf { at: self.base + self.at }
    }

    /// The next field; `None` at the end of the message.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Payload<'b>)>, PhenopacketError> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let (number, wire_type) = self.tag()?;
        let payload = self.payload(number, wire_type, 0)?;
        Ok(Some((number, payload)))
    }

    fn tag(&mut self) -> Result<(u32, u64), PhenopacketError> {
        let tag = self.varint()?;
        match u32::try_from(tag >> 3) {
            Ok(number) if (1..=MAX_NUMBER).contains(&(tag >> 3)) => Ok((number, tag & 7)),
            _ => Err(self.fault()),
        }
    }

    fn payload(&mut self, number: u32, wire_type: u64, groups: usize) -> Result<Payload<'b>, PhenopacketError> {
        Ok(match wire_type {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| self.fault())?;
                Payload::Bytes(self.take(length)?)
            }
            3 => self.group(number, groups)?,
            5 => Payload::Fixed32(u32::from_le_bytes(self.fixed()?)),
            _ => return Err(self.fault()),
        })
    }

    /// The content of a group up to its end tag, which has the same number as its start tag.
    fn group(&mut self, of: u32, groups: usize) -> Result<Payload<'b>, PhenopacketError> {
        if groups >= MAX_GROUPS {
            return Err(self.fault());
        }
        let start = self.at;
        loop {
            let end = self.at;
            let (number, wire_type) = self.tag()?;
            if wire_type == 4 {
                let content = self.bytes.get(start..end).filter(|_| number == of);
                return content.map(Payload::Group).ok_or_else(|| self.fault());
            }
            self.payload(number, wire_type, groups + 1)?;
        }
    }

    /// A number of at most 64 bits in groups of 7 bits, the lowest first.
    fn varint(&mut self) -> Result<u64, PhenopacketError> {
        let mut number = 0_u64;
        for at in 0..10 {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                return Err(self.fault());
            }
            number |= bits << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.fault())
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], PhenopacketError> {
        let fault = self.fault();
        self.take(N)?.try_into().map_err(|_| fault)
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], PhenopacketError> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.fault())?;
        self.at += length;
        Ok(taken)
    }
}
