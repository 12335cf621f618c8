"""An installation that contains the files of the measurement."""

import installation
from people import CONSENTING, JOINT_PEOPLE, READS_PERSON


class Installation(installation.Installation):
    """The files are loaded, and the participants have given consent."""

    def __init__(self, binary, folder, data):
        super().__init__(binary, folder)
        self.data = data
        self.bam, self.cram, self.joint = self._load()
        self.token = self.passport()

    def _load(self):
        self.write(
            "bench-samples.csv",
            "sample,participant,specimen,family,sex",
            *(f"{who}-S,{who},{who}-S,,unknown" for who in JOINT_PEOPLE),
        )
        reads = f"cancer,{READS_PERSON},{READS_PERSON}-S,,unknown,GRCh38,{self.data}"
        sheet = self.write(
            "bench.csv",
            "dataset,participant,specimen,family,sex,assembly,path,samples_path",
            f"{reads}/genome.bam,",
            f"{reads}/genome.cram,",
            f"cancer,,,,,GRCh38,{self.data}/joint.bcf,bench-samples.csv",
        )
        ids = self.load(sheet, ["2", "3", "4"])
        self.consent([READS_PERSON, *CONSENTING])
        return ids

    def reads(self, kind):
        """Returns the ticket path of the reads, without the region. `kind` is `BAM` or `CRAM`."""
        return f"/htsget/reads/{self.bam if kind == 'BAM' else self.cram}?format={kind}"

    def variants(self):
        """Returns the ticket path of the joint file."""
        return f"/htsget/variants/{self.joint}?format=BCF"
