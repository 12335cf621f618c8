//! Adds the values of one record to the columns of a container (CRAM 3.1 § 10). The features and tags of the record are unchanged.

use super::super::compression::TagKey;
use super::super::record::{
    CramRecord, DETACHED, FeatureKind, MATE_DOWNSTREAM, MATE_REVERSE, MATE_UNMAPPED, NO_SEQUENCE, PAIRED, QUALITY_STORED,
};
use super::columns::Columns;
use super::links::MateLink;

/// Adds the values of a record. `position` is the record's value in the series `AP`. `list` and `keys` are the number and the keys of its tag
/// list.
pub(super) fn put(columns: &mut Columns, record: &CramRecord, link: MateLink, position: i64, (list, keys): (usize, &[TagKey])) {
    let link_flag = match link {
        MateLink::Detached => DETACHED,
        MateLink::Downstream(_) => MATE_DOWNSTREAM,
        MateLink::Upstream => 0,
    };
    columns.integer(b"BF", i32::from(record.flags));
    columns.integer(b"CF", record.cram_flags & !(MATE_DOWNSTREAM | DETACHED) | link_flag);
    columns.integer(b"RL", record.length as i32);
    columns.integer(b"AP", position as i32);
    columns.integer(b"RG", record.read_group);
    columns.array(b"RN", record.name.as_deref().unwrap_or_default());
    match link {
        MateLink::Detached => put_mate(columns, record),
        MateLink::Downstream(between) => columns.integer(b"NF", between as i32),
        MateLink::Upstream => {}
    }
    columns.integer(b"TL", list as i32);
    for (key, value) in keys.iter().zip(&record.tags) {
        columns.tag(*key, value);
    }
    if record.is_unmapped() {
        if record.cram_flags & NO_SEQUENCE == 0 {
            columns.bytes(b"BA", &record.bases);
        }
    } else {
        put_features(columns, record);
        columns.integer(b"MQ", record.mapping_quality);
    }
    if record.cram_flags & QUALITY_STORED != 0 {
        columns.bytes(b"QS", &record.qualities);
    }
}

fn put_mate(columns: &mut Columns, record: &CramRecord) {
    let mut flags = 0;
    if record.flags & PAIRED != 0 {
        flags |= i32::from(record.flags & MATE_REVERSE != 0);
        flags |= i32::from(record.flags & MATE_UNMAPPED != 0) << 1;
    }
    columns.integer(b"MF", flags);
    columns.integer(b"NS", record.mate_contig);
    columns.integer(b"NP", record.mate_start as i32);
    columns.integer(b"TS", record.template_length as i32);
}

fn put_features(columns: &mut Columns, record: &CramRecord) {
    columns.integer(b"FN", record.features.len() as i32);
    for feature in &record.features {
        let letter = match &feature.kind {
            FeatureKind::BaseAndQuality(..) => b'B',
            FeatureKind::Substitution(_) => b'X',
            FeatureKind::Deletion(_) => b'D',
            FeatureKind::Insertion(_) => b'I',
            FeatureKind::InsertedBase(_) => b'i',
            FeatureKind::Bases(_) => b'b',
            FeatureKind::Qualities(_) => b'q',
            FeatureKind::Quality(_) => b'Q',
            FeatureKind::Skip(_) => b'N',
            FeatureKind::SoftClip(_) => b'S',
            FeatureKind::Padding(_) => b'P',
            FeatureKind::HardClip(_) => b'H',
        };
        columns.bytes(b"FC", &[letter]);
        columns.integer(b"FP", feature.delta);
        match &feature.kind {
            FeatureKind::BaseAndQuality(base, quality) => {
                columns.bytes(b"BA", &[*base]);
                columns.bytes(b"QS", &[*quality]);
            }
            FeatureKind::Substitution(code) => columns.bytes(b"BS", &[*code]),
            FeatureKind::Deletion(length) => columns.integer(b"DL", *length),
            FeatureKind::Insertion(bases) => columns.array(b"IN", bases),
            FeatureKind::InsertedBase(base) => columns.bytes(b"BA", &[*base]),
            FeatureKind::Bases(bases) => columns.array(b"BB", bases),
            FeatureKind::Qualities(qualities) => columns.array(b"QQ", qualities),
            FeatureKind::Quality(quality) => columns.bytes(b"QS", &[*quality]),
            FeatureKind::Skip(length) => columns.integer(b"RS", *length),
            FeatureKind::SoftClip(bases) => columns.array(b"SC", bases),
            FeatureKind::Padding(length) => columns.integer(b"PD", *length),
            FeatureKind::HardClip(length) => columns.integer(b"HC", *length),
        }
    }
}
