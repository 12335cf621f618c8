//! Deliveries that arrive in any order, with processes that are killed, leave the same facts.

use std::process::Command;

use gemj_tests::binary::{gateway, workspace};

/// The number of orders. `scripts/arrival-orders` compares 100 orders, with a report.
const ORDERS: &str = "3";

#[test]
fn random_arrival_orders_with_killed_processes_end_equal() {
    let output = Command::new("python3")
        .arg(workspace().join("scripts/arrival-orders"))
        .args(["--orders", ORDERS])
        .env("GEMJ_GATEWAY_BIN", gateway())
        .output()
        .unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // The first line has the seed with which the orders can be repeated.
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.starts_with("seed ") && text.contains(": 0 states differ"), "{text}");
    // The canonical state has facts of every feed and the correction of each kind.
    for fact in [
        "hospital-a.lab:A\", \"A\", \"present\", null, null, \"1.20\"",
        "ICD10:C18.9",
        "HP:0001250",
        "\"specimen\", \"X1\"",
        "\"1\", 1999, 2000",
    ] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    for gone in [
        "hospital-a.lab:C\"",
        "hospital-a.lab:G\"",
        "HP:0000252",
        "\"X2\"",
        "ICD10:I10\", \"x\"",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
}
