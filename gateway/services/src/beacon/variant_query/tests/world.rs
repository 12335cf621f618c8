//! A small programme with a reference, two files and their names.

use super::*;

/// The bases of the test reference's chromosome 21 from position 1000 (0-based). The rest of the chromosome contains no bases.
pub(super) const BASES: &str = "GGTCACACACACATTGGACGTACGTTTAGCTTACGGCATCGATTTAGGCCTA";
pub(super) const LENGTH_21: u64 = 46_709_983;

pub(super) const GENES: &str = "##gff-version 3
#!genome-build GRCh38.p14
chr21\tx\tgene\t1001\t1016\t.\t+\t.\tgene_id=ENSG1.1;gene_name=GENA;hgnc_id=HGNC:1;gene_synonym=OLDA,SHARED
chr21\tx\tgene\t1018\t1040\t.\t+\t.\tgene_id=ENSG2.1;gene_name=GENB;gene_synonym=SHARED
chrX\tx\tgene\t501\t600\t.\t+\t.\tgene_id=ENSG3.1;gene_name=PARG
chrY\tx\tgene\t501\t600\t.\t+\t.\tgene_id=ENSG3.1_PAR_Y;gene_name=PARG
";

pub(super) const HEAD: &str = "##fileformat=VCFv4.3
##contig=<ID=chr21,length=46709983>
##contig=<ID=chrX,length=156040895>
##contig=<ID=chrY,length=57227415>
##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">
##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
";

/// The records of the first participant's file. In the repeat, the deletion of `CA` is at its rightmost position, and the insertion of `CA`
/// at its leftmost.
pub(super) const FIRST: &str = "chr21\t1003\t.\tT\tTCA\t.\t.\t.\tGT\t0/1
chr21\t1011\t.\tACA\tA\t.\t.\t.\tGT\t0/1
chr21\t1018\t.\tA\tT\t.\t.\tCSQ=T|missense_variant|GENB|NM_1|NM_1.2:c.5A>T|NP_1.1:p.Val600Glu\tGT\t0/1
chr21\t1030\t.\tC\t<DUP>\t.\tLow\tEND=1040\tGT\t0/1
chrX\t550\t.\tA\tG\t.\t.\t.\tGT\t0/1
chrY\t550\t.\tA\tG\t.\t.\t.\tGT\t1
";
/// The records of the second participant's file: the same deletion and the same insertion elsewhere in the repeat, and a change of the same
/// residue in another gene.
pub(super) const SECOND: &str = "chr21\t1005\t.\tACA\tA\t.\t.\t.\tGT\t1/1
chr21\t1013\t.\tA\tACA\t.\t.\t.\tGT\t0/1
chr21\t1019\t.\tC\tG\t.\t.\tCSQ=G|missense_variant|OLDA|NM_2|NM_2.1:c.9C>G|NP_2.1:p.(Val600Glu),G|stop_gained|GENB|NM_1|NM_1.2:c.6C>G|NP_1.1:p.Gln12*\tGT\t./1
chr21\t1021\t.\tT\t.\t.\t.\t.\tGT\t./.
";

pub(super) struct World {
    pub(super) stores: Stores,
    pub(super) datasets: [DatasetId; 2],
    pub(super) ids: Vec<ObjectId>,
    pub(super) outcomes: Vec<RowOutcome>,
    pub(super) _folder: tempfile::TempDir,
}

/// Writes a FASTA of chromosome 21 that contains only [`BASES`]. The file is sparse and uses no disk space.
pub(super) fn fasta(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("chr21.fa");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b">21\n").unwrap();
    file.seek(SeekFrom::Start(4 + 1000)).unwrap();
    file.write_all(BASES.as_bytes()).unwrap();
    file.set_len(4 + LENGTH_21 + 1).unwrap();
    std::fs::write(
        folder.join("chr21.fa.fai"),
        format!("21\t{LENGTH_21}\t4\t{LENGTH_21}\t{}\n", LENGTH_21 + 1),
    )
    .unwrap();
    path
}

pub(super) fn packed(folder: &Path, name: &str, sample: &str, body: &str) -> Option<()> {
    let text = format!("{HEAD}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n{body}")
        .replace("##INFO=<ID=END", "##FILTER=<ID=Low,Description=\"Low\">\n##INFO=<ID=END");
    let spawned = Command::new("bcftools")
        .args(["view", "-Oz", "-o"])
        .arg(folder.join(name))
        .arg("-")
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "bcftools is not installed");
        eprintln!("SKIPPED: bcftools is not installed");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    Some(())
}

impl World {
    /// Loads files of participants of two datasets, with or without a configured reference. Each entry of `files` is a dataset, a
    /// participant and the records. `None` if bcftools is not installed.
    pub(super) async fn of(files: &[(&str, &str, &str)], with_reference: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let catalogue = Catalogue::open(&format!("sqlite:{}/catalogue.db", at.display()), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{}/store", at.display()),
            reference_fasta: with_reference.then(|| fasta(at)),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let stores = Stores {
            catalogue,
            objects,
            carriers,
        };
        let mut sheet = "dataset,participant,assembly,path\n".to_owned();
        for (dataset, person, body) in files {
            packed(at, &format!("{person}.vcf.gz"), person, body)?;
            sheet.push_str(&format!("{dataset},{person},GRCh38,{person}.vcf.gz\n"));
        }
        std::fs::write(at.join("sheet.csv"), sheet).unwrap();
        let datasets = ["cancer", "rare"].map(|id| DatasetId::parse(id).unwrap());
        let configured: HashSet<DatasetId> = datasets.iter().cloned().collect();
        let loader = Loader {
            stores: &stores,
            mandate: &Mandate::operator(WriteAction::Load),
            key: &CapabilityKey::new([7; 32]),
            clock: &SystemClock::default(),
        };
        let mut outcomes = Vec::new();
        for row in read_sheet(&at.join("sheet.csv"), &configured).unwrap() {
            outcomes.push(loader.load(&row.unwrap(), |_| {}).await.unwrap());
        }
        let now = SystemClock::default().now();
        let given = |person: &str| NewConsent {
            participant: ParticipantId::parse(person).unwrap(),
            kind: ConsentKind::Given,
            form: FormId::parse("unified-1").ok(),
            clauses: Clause::ALL.into_iter().collect(),
            effective: now.plus_seconds(-60),
            ground: Ground::Consent,
            corrects: None,
        };
        let events: Vec<NewConsent> = files.iter().map(|(_, person, _)| given(person)).collect();
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let appended = stores.catalogue.append_consent(&mandate, &events, now, UnknownParticipant::Refuse);
        appended.await.unwrap();
        Some(Self {
            stores,
            datasets,
            ids: outcomes.iter().map(|o| o.id.clone()).collect(),
            outcomes,
            _folder: folder,
        })
    }

    pub(super) async fn genes(&self, gff3: &str) {
        let parsed = gemj_adapters::gene_model::parse(gff3.as_bytes(), Assembly::GRCh38, None).unwrap();
        let mandate = Mandate::operator(WriteAction::LoadOntology);
        self.stores.catalogue.load_gene_model(&mandate, &parsed.model).await.unwrap();
    }

    /// The Grant of an approved project for these datasets, with or without a limit to regions.
    pub(super) async fn grant(&self, datasets: &[DatasetId], regions: Option<Vec<ApprovedRegion>>) -> Grant {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (id, visa) = (format!("A-{number}"), format!("https://committee.example/approvals/A-{number}"));
        let until = SystemClock::default().now().plus_seconds(3_600);
        let approval = Approval {
            visa_value: visa.clone(),
            project: "A project".to_owned(),
            organisation: "kyoto.example".to_owned(),
            datasets: datasets.to_vec(),
            regions,
            delivery: Delivery::TreOnly,
            not_after: until,
            ..gemj_fixtures::approval(&id)
        };
        let mandate = Mandate::operator(WriteAction::RecordApproval);
        self.stores.catalogue.record_approval(&mandate, &approval).await.unwrap();
        let clock = SystemClock::default().shared();
        let watch = PolicyWatch::new(
            self.stores.catalogue.clone(),
            vec![gemj_fixtures::form("unified-1")],
            self.datasets.to_vec(),
            clock,
        );
        let view = watch.current().await.unwrap().view;
        let caller = Caller {
            pseudonym: "researcher".to_owned(),
            controlled: vec![ControlledAccess {
                subject: Default::default(),
                value: visa,
                jti: None,
                not_after: until,
            }],
            not_after: Some(until),
            ..Caller::default()
        };
        let policies = self.datasets.iter().map(|id| gemj_fixtures::dataset_policy(id.as_str()));
        let university = gemj_fixtures::university("kyoto.example");
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action: Action::AskVariants,
            resource: Resource::Population(&[]),
            declared: None,
            now: SystemClock::default().now(),
        };
        decide(&question, &Policy::new(policies.collect(), vec![university], 10), &view).unwrap()
    }

    /// The result of a query: the number of distinct variants that match, and the number of participants that carry at least one of them.
    pub(super) async fn ask(&self, grant: &Grant, question: &str) -> Result<(u64, u64), ServiceError> {
        let pairs = question.split('&').map(|pair| pair.split_once('=').unwrap());
        let pairs: Vec<(String, String)> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = parse_get(EntryType::GenomicVariant, &pairs).unwrap();
        let reader = self.stores.carriers.now().await?;
        let asking = AnswerContext {
            stores: &self.stores,
            carriers: &reader,
            described: None,
            only: None,
            grant,
            names: None,
            request: &request,
            of: None,
            places: None,
        };
        let Resolved { assembly, alleles, .. } = resolve(&asking).await?.unwrap();
        let cohorts: Vec<Cohort<'_>> = grant
            .datasets()
            .iter()
            .map(|d| Cohort {
                dataset: d.dataset(),
                within: None,
            })
            .collect();
        let (mut variants, mut people) = (0, 0);
        let count = |_: &gemj_variants::VisibleAllele<'_>| {
            variants += 1;
            ControlFlow::Continue(())
        };
        reader.visible(grant, &cohorts, assembly, Origin::Germline, &alleles, count).await?;
        for cohort in &cohorts {
            people += reader.carrying(grant, *cohort, assembly, Origin::Germline, &alleles).await?.len();
        }
        Ok((variants, people))
    }
}
