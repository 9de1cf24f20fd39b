//! What a view shows, for programs: the addresses below it and the commands that it names have the same answer.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{Service, VIEWS, between, demo, links, plain};
use crate::processes::PCS;

/// What a line of a shell prints, with `pcs` in its path.
fn shell(dir: &Path, programs: &Path, line: &str) -> String {
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(dir).env_clear().env("PATH", path);
    let output = shell.output().expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_export_answers_and_is_what_the_command_beside_it_prints() {
    let dir = demo();
    let programs = tempfile::tempdir().unwrap();
    symlink(PCS, programs.path().join("pcs")).unwrap();
    let service = Service::start(dir.path(), &[]);
    let (mut commands, mut forms) = (0, 0);
    for view in VIEWS {
        let reply = service.get(view);
        let footer = between(reply.text(), "<footer>", "</footer>")[0];
        let own: Vec<String> =
            links(&format!("<body>{}", footer.split("<div class=\"same\"").next().unwrap_or_default()));
        for same in between(footer, "<div class=\"same\">", "</div>") {
            let command = between(same, "class=\"command\"", "</code>");
            let command = command.first().and_then(|code| code.split_once('>')).map(|(_, text)| plain(text));
            let command = command.unwrap_or_else(|| panic!("{view}: an answer without a command: {same}"));
            commands += 1;
            let printed = |form: &str| {
                let format = if command.contains("--format") { String::new() } else { format!("--format {form} ") };
                let line = command.replace("pcs ", &format!("pcs {format}-q "));
                shell(dir.path(), programs.path(), &line)
            };
            let exports = links(&format!("<body>{same}"));
            if exports.is_empty() {
                // What the view itself tells, and what stands on assumed events.
                let whole = own.iter().find(|address| address.ends_with("format=jsonl"));
                if let Some(whole) = whole.filter(|_| !command.contains("--assume")) {
                    let (path, _) = view.split_once('?').unwrap();
                    assert_eq!(service.get(&format!("{path}{whole}")).text(), printed("json"), "{view}: {command}");
                } else {
                    assert!(printed("json").contains("\"assumed\":{\"events\":1,"), "{view}: {command}");
                }
            }
            for address in exports {
                let export = service.get(&address);
                assert_eq!(export.status, 200, "{address}: {}", export.text());
                forms += 1;
                let form = address.rsplit_once("format=").expect("a form").1;
                match form {
                    "jsonl" => assert_eq!(export.text(), printed("json"), "{view}: {command}"),
                    "json" if !export.text().starts_with("{\"items\":") => {
                        assert_eq!(
                            format!("{}\n", export.text()).trim_end(),
                            printed("json").trim_end(),
                            "{view}: {command}"
                        );
                    }
                    "csv" | "svg" => {
                        let line = format!("{command} --{form} -");
                        assert_eq!(export.text(), shell(dir.path(), programs.path(), &line), "{view}: {line}");
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(commands > 25 && forms > 50, "{commands} commands and {forms} forms");
}

#[test]
fn a_command_goes_through_a_shell_whatever_stands_in_its_options() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for hostile in ["%24(touch%20x)", "%60touch%20x%60", "';touch%20x;'"] {
        for view in ["/p/6034453/entries?customer=", "/p/6034453/security/timeline?step=", "/p/6034453?basis="] {
            let reply = service.get(&format!("{view}{hostile}"));
            assert_eq!(reply.status, 400, "{view}{hostile}: {}", reply.text());
            assert!(!reply.text().contains("class=\"command\""), "{view}{hostile}");
        }
    }
}
