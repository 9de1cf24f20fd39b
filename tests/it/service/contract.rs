//! The service keeps what its document promises, as schemathesis finds who makes up requests from the document alone.
//!
//! The test runs the program that `PCS_TEST_SCHEMATHESIS` names. Without the variable it says so and is passed over.

use std::process::Command;

use super::{Service, demo};
use crate::repository::top;

#[test]
fn the_service_keeps_what_its_document_promises() {
    let Some(schemathesis) = std::env::var_os("PCS_TEST_SCHEMATHESIS") else {
        eprintln!("passed over: PCS_TEST_SCHEMATHESIS names no program");
        return;
    };
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(top().join("tests/schemathesis.toml")).arg("run").current_dir(dir.path());
    command.arg(format!("http://{}/openapi.json", service.address));
    command.args(["--header", &format!("Authorization: Bearer {}", service.token)]);
    command.env("SCHEMATHESIS_HOOKS", top().join("tests/schemathesis_hooks.py"));
    let output = command.output().expect("schemathesis runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    eprintln!("{said}");
}
