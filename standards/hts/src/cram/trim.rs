//! Removes columns and tags from CRAM records. The position, the flags and the CIGAR are always kept, because CRAM cannot store a record
//! without them.

use super::bam::{MADE_UP_TAG, NO_MD, NO_NM};
use super::compression::{CompressionHeader, TagKey};
use super::record::{CramRecord, FeatureKind, NO_SEQUENCE, QUALITY_STORED};
use crate::read_fields::{ReadColumn, ReadFields};

/// The mapping quality that means "not available" (SAM specification § 1.4).
const NO_MAPPING_QUALITY: i32 = 255;

/// Removes the fields that are not requested from the records of a container.
pub struct Trim<'a> {
    fields: &'a ReadFields,
    /// For each tag list: the indices of the tags that are kept, and the value of the tag that stops readers from generating MD and NM if these
    /// are removed.
    lists: Vec<(Vec<usize>, Option<u8>)>,
    made_up_places: Vec<Option<usize>>,
    drops_bases: bool,
}

impl<'a> Trim<'a> {
    /// Prepares the removal for the records of a container, and adapts the compression header. With `drops_bases`, the records lose their
    /// bases. They then need no reference, and a reader generates neither MD nor NM.
    pub fn new(fields: &'a ReadFields, drops_bases: bool, compression: &mut CompressionHeader) -> Self {
        let mut bits = 0;
        for (tag, bit) in [(*b"MD", NO_MD), (*b"NM", NO_NM)] {
            if !fields.keeps_tag(tag) {
                bits |= bit;
            }
        }
        let mut this = Self {
            fields,
            lists: Vec::new(),
            made_up_places: Vec::new(),
            drops_bases,
        };
        for list in &mut compression.tag_lists {
            let stays = |key: &TagKey| *key != MADE_UP_TAG && fields.keeps_tag([key[0], key[1]]);
            let places: Vec<usize> = (0..list.len()).filter(|at| stays(&list[*at])).collect();
            let made_up = list.iter().position(|key| *key == MADE_UP_TAG);
            let mut kept: Vec<TagKey> = places.iter().map(|at| list[*at]).collect();
            let bits = (bits != 0 || made_up.is_some()).then_some(bits);
            kept.extend(bits.map(|_| MADE_UP_TAG));
            this.lists.push((places, bits));
            this.made_up_places.push(made_up);
            *list = kept;
        }
        if drops_bases {
            compression.reference_required = false;
        }
        this
    }

    /// Removes the fields that are not requested from `record`.
    pub fn record(&self, record: &mut CramRecord) {
        self.tags(record);
        if !self.fields.keeps(ReadColumn::Qname) {
            record.name = Some(b"*".to_vec());
        }
        if !self.fields.keeps(ReadColumn::Mapq) && !record.is_unmapped() {
            record.mapping_quality = NO_MAPPING_QUALITY;
        }
        if !self.fields.keeps(ReadColumn::Rnext) {
            record.mate_contig = -1;
        }
        if !self.fields.keeps(ReadColumn::Pnext) {
            record.mate_start = 0;
        }
        if !self.fields.keeps(ReadColumn::Tlen) {
            record.template_length = 0;
        }
        if !self.fields.keeps(ReadColumn::Qual) {
            record.cram_flags &= !QUALITY_STORED;
            record.qualities.clear();
            without_qualities(record);
        }
        if self.drops_bases {
            record.cram_flags |= NO_SEQUENCE;
            record.bases.clear();
            if record.is_unmapped() {
                record.length = 0;
            }
            without_bases(record);
        }
    }

    fn tags(&self, record: &mut CramRecord) {
        if !self.fields.keeps_tag(*b"RG") {
            record.read_group = -1;
        }
        let Some((places, bits)) = self.lists.get(record.tag_list) else {
            return;
        };
        let before = self.made_up_places[record.tag_list].and_then(|at| record.tags.get(at)?.first().copied());
        let mut tags: Vec<Vec<u8>> = places.iter().filter_map(|at| record.tags.get(*at).cloned()).collect();
        tags.extend(bits.map(|bits| vec![bits | before.unwrap_or(0)]));
        record.tags = tags;
    }
}

/// Removes the qualities from the features. A feature with a base and its quality becomes a feature with the base.
fn without_qualities(record: &mut CramRecord) {
    rebuild(record, |kind| match kind {
        FeatureKind::Quality(_) | FeatureKind::Qualities(_) => None,
        FeatureKind::BaseAndQuality(base, _) => Some(FeatureKind::Bases(vec![base])),
        other => Some(other),
    });
}

/// Removes the bases from the features. Substituted and stored bases are removed, and inserted and clipped bases become `N`, so that the CIGAR
/// does not change.
fn without_bases(record: &mut CramRecord) {
    let unknown = |bases: Vec<u8>| vec![b'N'; bases.len()];
    rebuild(record, |kind| match kind {
        FeatureKind::Substitution(_) | FeatureKind::Bases(_) | FeatureKind::BaseAndQuality(..) => None,
        FeatureKind::Insertion(bases) => Some(FeatureKind::Insertion(unknown(bases))),
        FeatureKind::InsertedBase(_) => Some(FeatureKind::InsertedBase(b'N')),
        FeatureKind::SoftClip(bases) => Some(FeatureKind::SoftClip(unknown(bases))),
        other => Some(other),
    });
}

/// Changes or removes features by `change`. The features after a removed feature keep their positions.
fn rebuild(record: &mut CramRecord, change: impl Fn(FeatureKind) -> Option<FeatureKind>) {
    let mut carried = 0;
    let features = std::mem::take(&mut record.features);
    for mut feature in features {
        let delta = feature.delta.saturating_add(carried);
        match change(feature.kind) {
            Some(kind) => {
                feature.delta = delta;
                feature.kind = kind;
                record.features.push(feature);
                carried = 0;
            }
            None => carried = delta,
        }
    }
}
