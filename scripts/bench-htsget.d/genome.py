"""The genome of the synthetic files: the primary contigs of GRCh38, and one range with thirty-fold depth."""

# Lengths of GRCh38, in bases.
CONTIGS = {
    "chr1": 248956422, "chr2": 242193529, "chr3": 198295559, "chr4": 190214555, "chr5": 181538259, "chr6": 170805979,
    "chr7": 159345973, "chr8": 145138636, "chr9": 138394717, "chr10": 133797422, "chr11": 135086622, "chr12": 133275309,
    "chr13": 114364328, "chr14": 107043718, "chr15": 101991189, "chr16": 90338345, "chr17": 83257441, "chr18": 80373285,
    "chr19": 58617616, "chr20": 64444167, "chr21": 46709983, "chr22": 50818468, "chrX": 156040895, "chrY": 57227415,
    "chrM": 16569,
}  # fmt: skip

# The range with thirty-fold depth; 0-based, half-open, on window borders.
DENSE_CONTIG = "chr17"
DENSE_START = 2440 * 16384
DENSE_END = 3050 * 16384

# The smallest window of a BAI.
WINDOW = 16384
READ_LENGTH = 150
