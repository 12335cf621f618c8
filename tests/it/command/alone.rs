//! One gateway at a time serves an SQLite database, on the addresses of its configuration.

use gemj_tests::Backend;
use gemj_tests::programme::{Programme, run_gateway};

fn serve(config: &std::path::Path) -> gemj_tests::Ran {
    run_gateway(["serve", "--config", config.to_str().unwrap()])
}

#[test]
fn a_second_server_of_one_sqlite_folder_is_refused_and_commands_beside_the_first_work() {
    let programme = Programme::new(Backend::Embedded);
    let first = programme.serve();
    let second = serve(&programme.replica());
    assert_eq!(second.code, Some(2), "{}{}", second.out, second.err);
    assert!(
        second.err.contains("another gateway serves the database") && second.err.contains("PostgreSQL") && second.out.is_empty(),
        "{}{}",
        second.out,
        second.err
    );
    for command in [&["objects", "list"][..], &["datasets", "list"], &["participants", "list"]] {
        let _ = programme.run(command).good();
    }
    assert_eq!(first.client.get("/readyz", None).status, 200);
    // A crash releases the lock.
    first.kill();
    let next = programme.serve();
    assert_eq!(next.client.get("/readyz", None).status, 200);
}

#[test]
fn a_gateway_listens_on_localhost_by_name() {
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let line = text.lines().find(|line| line.starts_with("listen = ")).unwrap().to_owned();
    let port = line.trim_end_matches('"').rsplit_once(':').unwrap().1.to_owned();
    std::fs::write(
        programme.config(),
        text.replacen(&line, &format!("listen = \"localhost:{port}\""), 1),
    )
    .unwrap();
    let served = programme.serve();
    assert_eq!(served.client.get("/readyz", None).status, 200);
    let mut answered = 0;
    for address in ["127.0.0.1", "[::1]"] {
        if std::net::TcpStream::connect(format!("{address}:{port}")).is_ok() {
            answered += 1;
        }
    }
    let resolved = std::net::ToSocketAddrs::to_socket_addrs(&format!("localhost:{port}")).unwrap();
    let loopback: std::collections::BTreeSet<_> = resolved.collect();
    assert!(answered >= 1 && answered <= loopback.len().max(1), "{answered} of {loopback:?}");
    drop(served);
    for (listen, cause) in [
        ("no-such-name.invalid:8080", "cannot be resolved"),
        ("localhost", "an address and a port are expected"),
        ("192.0.2.1:8080", "no interface of this machine"),
    ] {
        std::fs::write(programme.config(), text.replacen(&line, &format!("listen = \"{listen}\""), 1)).unwrap();
        let refused = serve(&programme.config());
        assert!(refused.code == Some(2) && refused.err.contains(cause), "{listen}: {}", refused.err);
    }
}

#[test]
fn every_command_refuses_the_database_of_a_newer_version_with_a_remedy() {
    let programme = Programme::new(Backend::Embedded);
    let newer = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute(\"INSERT INTO _sqlx_migrations SELECT 9001, 'newer', installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1\")
db.commit()";
    let made = std::process::Command::new("python3")
        .arg("-c")
        .arg(newer)
        .arg(programme.path("gateway.db"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for command in [
        &["serve"][..],
        &["objects", "list"],
        &["participants", "list"],
        &["consent", "withdraw", "TST-01"],
        &["approval", "list"],
        &["audit", "verify"],
        &["index", "status"],
        &["doctor", "--offline"],
        &["seal", "status"],
    ] {
        let refused = programme.run(command);
        let said = format!("{}{}", refused.out, refused.err);
        assert_eq!(refused.code, Some(2), "{command:?}: {said}");
        assert!(
            said.contains("a newer version of gemj-gateway has upgraded")
                && said.to_lowercase().contains("install the newer version again"),
            "{command:?}: {said}"
        );
    }
}
