//! The closed vocabulary for provenance: sequencing platforms, instruments, aligners and variant callers.

/// Sequencing platforms: the value of `@RG PL` (SAM specification § 1.3: "Valid values: CAPILLARY, DNBSEQ, …") and the name of the
/// technology.
const PLATFORMS: [(&str, &str); 12] = [
    ("CAPILLARY", "Capillary sequencing"),
    ("DNBSEQ", "DNBSEQ"),
    ("ELEMENT", "Element Biosciences"),
    ("HELICOS", "Helicos"),
    ("ILLUMINA", "Illumina"),
    ("IONTORRENT", "Ion Torrent"),
    ("LS454", "454"),
    ("ONT", "Oxford Nanopore"),
    ("PACBIO", "PacBio"),
    ("SINGULAR", "Singular Genomics"),
    ("SOLID", "SOLiD"),
    ("ULTIMA", "Ultima Genomics"),
];

/// The known sequencing instruments. A text matches an instrument with or without the maker's name, and with any separators between the
/// words.
const MODELS: [&str; 38] = [
    "Illumina Genome Analyzer II",
    "Illumina Genome Analyzer IIx",
    "Illumina HiSeq 1000",
    "Illumina HiSeq 1500",
    "Illumina HiSeq 2000",
    "Illumina HiSeq 2500",
    "Illumina HiSeq 3000",
    "Illumina HiSeq 4000",
    "Illumina HiSeq X",
    "Illumina HiSeq X Five",
    "Illumina HiSeq X Ten",
    "Illumina MiSeq",
    "Illumina MiniSeq",
    "Illumina iSeq 100",
    "Illumina NextSeq 500",
    "Illumina NextSeq 550",
    "Illumina NextSeq 1000",
    "Illumina NextSeq 2000",
    "Illumina NovaSeq 6000",
    "Illumina NovaSeq X",
    "Illumina NovaSeq X Plus",
    "PacBio RS II",
    "PacBio Sequel",
    "PacBio Sequel II",
    "PacBio Sequel IIe",
    "PacBio Revio",
    "PacBio Onso",
    "PacBio Vega",
    "Oxford Nanopore MinION",
    "Oxford Nanopore GridION",
    "Oxford Nanopore PromethION",
    "MGI DNBSEQ-G400",
    "MGI DNBSEQ-G50",
    "MGI DNBSEQ-T7",
    "BGI BGISEQ-500",
    "Element AVITI",
    "Ultima UG 100",
    "Singular G4",
];

/// The makers' names that may precede the name of an instrument, as [`plain`] returns them.
const MAKERS: [&str; 9] = [
    "illumina",
    "pacbio",
    "oxfordnanopore",
    "ont",
    "mgi",
    "bgi",
    "element",
    "ultima",
    "singular",
];

/// Programs that align reads: `@PG PN` in lower case, and the program's name.
const ALIGNERS: [(&str, &str); 22] = [
    ("bowtie2", "bowtie2"),
    ("bowtie", "bowtie"),
    ("bwa", "bwa"),
    ("bwa-mem", "bwa"),
    ("bwa-mem2", "bwa-mem2"),
    ("bwa-meth", "bwa-meth"),
    ("bwamem2", "bwa-mem2"),
    ("dragen", "DRAGEN"),
    ("dragmap", "DRAGMAP"),
    ("gem-mapper", "GEM"),
    ("graphaligner", "GraphAligner"),
    ("hisat2", "HISAT2"),
    ("lra", "lra"),
    ("minimap2", "minimap2"),
    ("ngmlr", "ngmlr"),
    ("novoalign", "Novoalign"),
    ("pbmm2", "pbmm2"),
    ("snap", "SNAP"),
    ("star", "STAR"),
    ("vg", "vg"),
    ("winnowmap", "winnowmap"),
    ("fq2bam", "Parabricks fq2bam"),
];

/// Programs that call variants: the name in lower case, and the program's name. If a header names several programs, the earliest program in
/// this list is used, because it is the most specific.
const CALLERS: [(&str, &str); 36] = [
    ("haplotypecaller", "GATK HaplotypeCaller"),
    ("mutect2", "GATK Mutect2"),
    ("unifiedgenotyper", "GATK UnifiedGenotyper"),
    ("deepvariant", "DeepVariant"),
    ("deepsomatic", "DeepSomatic"),
    ("dragen", "DRAGEN"),
    ("strelka", "Strelka"),
    ("strelka2", "Strelka"),
    ("freebayes", "freebayes"),
    ("octopus", "octopus"),
    ("platypus", "Platypus"),
    ("clair3", "Clair3"),
    ("longshot", "longshot"),
    ("pepper", "PEPPER"),
    ("varscan", "VarScan"),
    ("varscan2", "VarScan"),
    ("vardict", "VarDict"),
    ("lofreq", "LoFreq"),
    ("mutect", "MuTect"),
    ("somaticsniper", "SomaticSniper"),
    ("muse", "MuSE"),
    ("generatesvcandidates", "Manta"),
    ("manta", "Manta"),
    ("delly", "Delly"),
    ("lumpy", "LUMPY"),
    ("gridss", "GRIDSS"),
    ("sniffles", "Sniffles"),
    ("sniffles2", "Sniffles"),
    ("cutesv", "cuteSV"),
    ("svim", "SVIM"),
    ("pbsv", "pbsv"),
    ("smoove", "smoove"),
    ("expansionhunter", "ExpansionHunter"),
    ("canvas", "Canvas"),
    ("glnexus", "GLnexus"),
    ("genotypegvcfs", "GATK GenotypeGVCFs"),
];

/// The name of the technology for the value of an `@RG PL`; absent if the value is not known.
pub(super) fn platform(text: &str) -> Option<&'static str> {
    let found = PLATFORMS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, name)| *name)
}

/// The name of the instrument for the value of an `@RG PM`; absent if the value is not known.
pub(super) fn model(text: &str) -> Option<&'static str> {
    let asked = plain(text)?;
    let is_it = |model: &&&str| {
        plain(model).is_some_and(|whole| whole == asked || MAKERS.iter().any(|maker| whole.strip_prefix(maker) == Some(&asked)))
    };
    MODELS.iter().find(is_it).copied()
}

/// The letters and digits of a text, in lower case. Absent if the text is longer than 64 bytes, because no instrument has so long a name.
fn plain(text: &str) -> Option<String> {
    (text.len() <= 64).then(|| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    })
}

/// The name of the aligner for the value of an `@PG PN`; absent if the value is not known.
pub(super) fn aligner(text: &str) -> Option<&'static str> {
    ALIGNERS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text))
        .map(|(_, name)| *name)
}

/// The rank and the name of the variant caller that is spelled `text` in a header. Rank 0 is the most specific caller. Absent if the caller
/// is not known.
pub(super) fn caller(text: &str) -> Option<(usize, &'static str)> {
    let at = CALLERS.iter().position(|(word, _)| word.eq_ignore_ascii_case(text))?;
    CALLERS.get(at).map(|(_, name)| (at, *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_recognised_in_every_spelling_and_other_texts_are_ignored() {
        for text in [
            "NovaSeq 6000",
            "Illumina NovaSeq 6000",
            "NovaSeq6000",
            "novaseq-6000",
            "ILLUMINA_NOVASEQ_6000",
        ] {
            assert_eq!(model(text), Some("Illumina NovaSeq 6000"), "{text}");
        }
        assert_eq!(model("HiSeqX"), Some("Illumina HiSeq X"));
        assert_eq!(model("Revio"), Some("PacBio Revio"));
        for text in ["", "NovaSeq", "NovaSeq 6000 of Yamada", "Illumina", "6000", "山田"] {
            assert_eq!(model(text), None, "{text}");
        }
        assert_eq!(platform("illumina"), Some("Illumina"));
        assert_eq!(platform("ILLUMINA of Yamada"), None);
    }
}
