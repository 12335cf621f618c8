//! The peer of the carrier index in the benchmark: an SQLite table without row ids. It has one blob of carriers for each variant, in the
//! smaller of two plain encodings.

use std::path::Path;

use gemj_model::{Allele, Ordinal, Zygosity};
use rusqlite::{Connection, OpenFlags, params};

/// The answer of a store to a query: the number of variants that have a carrier with consent, and the number of alleles (AC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) variants: u64,
    pub(crate) alleles: u64,
}

impl Found {
    /// Adds a variant to the answer if it has at least one allele.
    pub(crate) fn add(&mut self, alleles: u64) {
        self.variants += u64::from(alleles > 0);
        self.alleles += alleles;
    }
}

/// A database that is being filled with variants.
pub(crate) struct Filling {
    database: Connection,
    people: u32,
}

impl Filling {
    pub(crate) fn create(path: &Path, people: u32) -> Self {
        let database = Connection::open(path).unwrap();
        database
            .execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;
                 CREATE TABLE variant (start INTEGER, reference TEXT, alternate TEXT, carriers BLOB,
                     PRIMARY KEY (start, reference, alternate)) WITHOUT ROWID;
                 BEGIN;",
            )
            .unwrap();
        Self { database, people }
    }

    pub(crate) fn add(&mut self, allele: &Allele, carriers: &[(Ordinal, Zygosity)]) {
        let mut blob = Vec::new();
        for class in [Zygosity::Heterozygous, Zygosity::Homozygous] {
            let of_class: Vec<u32> = carriers.iter().filter(|(_, z)| *z == class).map(|(o, _)| o.0).collect();
            encode(&of_class, self.people, &mut blob);
        }
        self.database
            .prepare_cached("INSERT INTO variant VALUES (?1, ?2, ?3, ?4)")
            .unwrap()
            .execute(params![allele.start.0.cast_signed(), allele.reference, allele.alternate, blob])
            .unwrap();
    }

    pub(crate) fn finish(self) {
        self.database.execute_batch("COMMIT; VACUUM;").unwrap();
    }
}

/// Encodes the ordinals of carriers as a list (0, length, gaps as LEB128) or as a bitset (1, bytes), whichever is smaller.
fn encode(ordinals: &[u32], people: u32, blob: &mut Vec<u8>) {
    let mut list = Vec::new();
    let mut next = 0;
    for ordinal in ordinals {
        varint(ordinal - next, &mut list);
        next = ordinal + 1;
    }
    let bytes = people as usize / 8 + 1;
    if list.len() <= bytes {
        blob.push(0);
        varint(ordinals.len() as u32, blob);
        blob.extend(list);
    } else {
        blob.push(1);
        let mut bits = vec![0u8; bytes];
        for ordinal in ordinals {
            bits[*ordinal as usize / 8] |= 1 << (ordinal % 8);
        }
        blob.extend(bits);
    }
}

fn varint(mut number: u32, out: &mut Vec<u8>) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A filled database, and a bitmap of the participants with consent.
pub(crate) struct Blobs {
    database: Connection,
    people: u32,
    mask: Vec<u8>,
}

impl Blobs {
    pub(crate) fn open(path: &Path, people: u32, consented: &[u32]) -> Self {
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).unwrap();
        database
            .execute_batch("PRAGMA mmap_size = 4294967296; PRAGMA cache_size = -1000000;")
            .unwrap();
        let mut mask = vec![0u8; people as usize / 8 + 8];
        for ordinal in consented {
            mask[*ordinal as usize / 8] |= 1 << (ordinal % 8);
        }
        Self { database, people, mask }
    }

    /// Opens the same database, limited to the participants of a cohort who have consent.
    pub(crate) fn within(&self, path: &Path, cohort: &[u32]) -> Self {
        let mut narrowed = Self::open(path, self.people, cohort);
        narrowed.mask.iter_mut().zip(&self.mask).for_each(|(a, b)| *a &= b);
        narrowed
    }

    pub(crate) fn exact(&self, allele: &Allele) -> Found {
        let mut statement = self
            .database
            .prepare_cached("SELECT carriers FROM variant WHERE start = ?1 AND reference = ?2 AND alternate = ?3")
            .unwrap();
        let mut rows = statement
            .query(params![allele.start.0.cast_signed(), allele.reference, allele.alternate])
            .unwrap();
        let mut found = Found::default();
        while let Some(row) = rows.next().unwrap() {
            found.add(self.alleles(row.get_ref(0).unwrap().as_blob().unwrap()));
        }
        found
    }

    /// Counts the variants that start in a range. In this data no variant starts before a range and extends into it.
    pub(crate) fn window(&self, start: u64, end: u64) -> Found {
        let mut statement = self
            .database
            .prepare_cached("SELECT carriers FROM variant WHERE start >= ?1 AND start < ?2")
            .unwrap();
        let mut rows = statement.query(params![start.cast_signed(), end.cast_signed()]).unwrap();
        let mut found = Found::default();
        while let Some(row) = rows.next().unwrap() {
            found.add(self.alleles(row.get_ref(0).unwrap().as_blob().unwrap()));
        }
        found
    }

    /// The number of alleles in a blob that the participants with consent carry.
    fn alleles(&self, mut blob: &[u8]) -> u64 {
        let mut alleles = 0;
        for copies in [1, 2] {
            alleles += copies * self.of_class(&mut blob);
        }
        alleles
    }

    fn of_class(&self, blob: &mut &[u8]) -> u64 {
        let (kind, mut rest) = blob.split_first().unwrap();
        let mut count = 0;
        if *kind == 0 {
            let length = read_varint(&mut rest);
            let mut next = 0;
            for _ in 0..length {
                let ordinal = next + read_varint(&mut rest);
                count += u64::from(self.mask[ordinal as usize / 8] >> (ordinal % 8) & 1);
                next = ordinal + 1;
            }
        } else {
            let (bits, behind) = rest.split_at(self.people as usize / 8 + 1);
            let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
            let (whole, tail) = bits.split_at(bits.len() / 8 * 8);
            let masks = self.mask.chunks_exact(8);
            count += whole
                .chunks_exact(8)
                .zip(masks)
                .map(|(a, b)| u64::from((word(a) & word(b)).count_ones()))
                .sum::<u64>();
            let masks = &self.mask[whole.len()..];
            count += tail.iter().zip(masks).map(|(a, b)| u64::from((a & b).count_ones())).sum::<u64>();
            rest = behind;
        }
        *blob = rest;
        count
    }
}

fn read_varint(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        number |= u32::from(byte & 127) << shift;
        if *byte < 128 {
            return number;
        }
        shift += 7;
    }
}
