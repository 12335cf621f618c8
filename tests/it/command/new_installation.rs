//! An installation that `init` made, for tests.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gemj_tests::GatewayProcess;
use gemj_tests::Ran;
use gemj_tests::gateway_process::Start;
use gemj_tests::programme::run_gateway;
use tempfile::TempDir;

const ONTOLOGY: &str = "format-version: 1.2\ndata-version: hp/2026-01-01\nontology: hp\n\n[Term]\nid: HP:0000001\nname: All\n";
const GENES: &str =
    "##gff-version 3\nchr17\tHAVANA\tgene\t43044295\t43170245\t.\t-\t.\tID=ENSG00000012048.1;gene_name=BRCA1;gene_type=protein_coding\n";

/// A new installation in a folder of its own.
pub(super) struct NewInstallation {
    pub(super) folder: TempDir,
    pub(super) base: String,
}

impl NewInstallation {
    /// Makes an installation with one dataset by options only.
    pub(super) fn make() -> Self {
        let address = reserved_address().to_string();
        Self::at(&format!("http://{address}"), &address)
    }

    /// Makes an installation that listens on an address and has another public URL.
    pub(super) fn at(public_url: &str, address: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("gemj-init-").tempdir().unwrap();
        let this = Self {
            folder,
            base: public_url.to_owned(),
        };
        let _ = this.run(&this.options(address)).good();
        this
    }

    /// An empty folder, and an address for an installation that the test makes in it.
    pub(super) fn empty() -> Self {
        Self {
            folder: tempfile::Builder::new().prefix("gemj-init-").tempdir().unwrap(),
            base: format!("http://{}", reserved_address()),
        }
    }

    /// The address of [`Self::empty`].
    pub(super) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// The options of [`Self::make`].
    pub(super) fn options(&self, address: &str) -> Vec<String> {
        let base = &self.base;
        let options = [
            "init",
            "--public-url",
            base,
            "--listen",
            address,
            "--organization-name",
            "Programme",
            "--organization-url",
            "https://programme.example",
            "--dataset",
            "cancer",
            "--data-use",
            "DUO:0000042",
        ];
        options.map(str::to_owned).to_vec()
    }

    pub(super) fn config(&self) -> PathBuf {
        self.path("gateway.toml")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn run<A: AsRef<str>>(&self, arguments: &[A]) -> Ran {
        let config = self.config();
        let config = ["--config", config.to_str().unwrap()];
        run_gateway(arguments.iter().map(AsRef::as_ref).chain(config))
    }

    pub(super) fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    pub(super) fn write(&self, text: &str) {
        std::fs::write(self.config(), text).unwrap();
    }

    /// Loads a small ontology and a small gene model.
    pub(super) fn load_vocabulary(&self) {
        std::fs::write(self.path("small.obo"), ONTOLOGY).unwrap();
        self.load_vocabulary_of(&self.path("small.obo"));
    }

    /// Loads a release of an ontology, and a gene model with one gene.
    pub(super) fn load_vocabulary_of(&self, ontology: &Path) {
        std::fs::write(self.path("genes.gff3"), GENES).unwrap();
        let genes = self.path("genes.gff3");
        let _ = self.run(&["ontology", "load", ontology.to_str().unwrap()]).good();
        let load = [
            "gene-model",
            "load",
            "--assembly",
            "GRCh38",
            "--version",
            "test",
            genes.to_str().unwrap(),
        ];
        let _ = self.run(&load).good();
    }

    pub(super) fn serve(&self) -> GatewayProcess {
        GatewayProcess::serve(&self.config(), self.folder.path(), &Start::default())
    }

    /// The names of all files below the folder, without the folders themselves.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// An address of this machine for a server that starts later. The port is below the range from which the system takes ports of outgoing connections,
/// so that no connection of another test takes it in the meantime.
pub(super) fn reserved_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id()
            .wrapping_mul(61)
            .wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let address = SocketAddr::from(([127, 0, 0, 1], 20_000 + u16::try_from(number % 10_000).unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The permission bits of a file or folder.
pub(super) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Changes the permission bits of a file or folder.
pub(super) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
