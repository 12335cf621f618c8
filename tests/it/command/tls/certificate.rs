//! Certificates for a gateway on this machine, made with OpenSSL.

use std::path::{Path, PathBuf};

use gemj_tests::oracle::run;

/// A certificate that signs itself, and its key, in PEM files `NAME.crt` and `NAME.key`.
pub(in crate::command) struct Certificate {
    file: PathBuf,
    /// The certificate in DER.
    pub(super) der: Vec<u8>,
}

impl Certificate {
    pub(super) fn file(&self) -> &str {
        self.file.to_str().unwrap()
    }
}

/// A certificate that is valid for a year.
pub(in crate::command) fn good(folder: &Path, name: &str) -> Certificate {
    of_days(folder, name, -1, 365)
}

/// A certificate that is valid from a day to a day, counted from today. Each call makes another key.
pub(super) fn of_days(folder: &Path, name: &str, from: i64, to: i64) -> Certificate {
    let (key, file) = (folder.join(format!("{name}.key")), folder.join(format!("{name}.crt")));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    run(
        "openssl",
        ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &text(&key)],
        b"",
    );
    super::set_mode(&key, 0o600);
    // `openssl req` sets no earlier dates, `openssl ca` does.
    let request = folder.join(format!("{name}.csr"));
    run(
        "openssl",
        [
            "req",
            "-new",
            "-key",
            &text(&key),
            "-subj",
            "/CN=localhost",
            "-out",
            &text(&request),
        ],
        b"",
    );
    let (config, index, new) = (folder.join("ca.conf"), folder.join("ca.index"), folder.join("ca.new"));
    std::fs::write(&index, "").unwrap();
    std::fs::create_dir_all(&new).unwrap();
    std::fs::write(
        &config,
        format!(
            "[ca]\ndefault_ca=own\n[own]\ndatabase={}\nnew_certs_dir={}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=names\n\
             [any]\ncommonName=supplied\n[names]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
            index.display(),
            new.display()
        ),
    )
    .unwrap();
    let day = |days: i64| run("date", ["-u", "-d", &format!("{days} days"), "+%Y%m%d%H%M%SZ"], b"");
    let day = |days: i64| String::from_utf8(day(days)).unwrap().trim().to_owned();
    let (from, to) = (day(from), day(to));
    let arguments = [
        "ca",
        "-batch",
        "-notext",
        "-selfsign",
        "-config",
        &text(&config),
        "-keyfile",
        &text(&key),
        "-in",
        &text(&request),
    ]
    .map(str::to_owned);
    let dates = ["-startdate", &from, "-enddate", &to, "-out", &text(&file)].map(str::to_owned);
    run("openssl", arguments.into_iter().chain(dates), b"");
    let der = run("openssl", ["x509", "-in", &text(&file), "-outform", "DER"], b"");
    Certificate { file, der }
}
