//! The package for Debian, unpacked as it is installed: what is in it, and its unit's command, which is started and asked.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::client::request;
use crate::processes::{PCS, answer};
use crate::repository;

/// A process that ends with it.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success())
}

fn run(command: &mut Command) -> String {
    let ran = command.output().expect("it starts");
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8")
}

/// Makes the package of the program that is tested, in a directory, as somebody whose files are for themselves alone.
fn package(dir: &Path, out: &str) -> PathBuf {
    let script = repository::top().join("crates/cli/package/deb");
    let quick = [("DPKG_DEB_COMPRESSOR_TYPE", "gzip"), ("DPKG_DEB_COMPRESSOR_LEVEL", "1")];
    let program = dir.join("program");
    if !program.exists() {
        fs::hard_link(PCS, &program).or_else(|_| fs::copy(PCS, &program).map(drop)).unwrap();
    }
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077; exec \"$0\" \"$1\""]).arg(script).arg(out);
    // Both paths are relative: they are found from where the caller is.
    let made = run(command.current_dir(dir).env("PCS_PROGRAM", "program").envs(quick));
    PathBuf::from(made.trim_end())
}

/// Purges what is below a root, by a script that knows the paths of a system.
fn purge(root: &Path, script: &Path) {
    let text = fs::read_to_string(script).unwrap().replace(" /etc/", &format!(" {}/etc/", root.display()));
    assert!(text.lines().all(|line| line.starts_with('#') || !line.contains("/var/")), "{text}");
    run(Command::new("sh").args(["-c", &text, "postrm", "purge"]).env("DPKG_ROOT", root));
}

#[test]
fn the_package_has_all_that_belongs_to_the_program_and_its_units_command_answers() {
    if !has("dpkg-deb") {
        println!("passed over: there is no dpkg-deb");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (file, again) = (package(dir, "one"), package(dir, "other"));
    assert!(fs::read(&file).unwrap() == fs::read(again).unwrap(), "two packages of one program differ");
    let root = dir.join("root");
    run(Command::new("dpkg-deb").arg("--extract").arg(&file).arg(&root));
    run(Command::new("dpkg-deb").arg("--control").arg(&file).arg(dir.join("control")));
    for path in [
        "usr/share/man/man1/pcs.1.gz",
        "usr/share/man/man1/pcs-serve.1.gz",
        "usr/share/bash-completion/completions/pcs",
        "usr/share/zsh/vendor-completions/_pcs",
        "usr/share/fish/vendor_completions.d/pcs.fish",
        "usr/share/doc/pcs/copyright",
        "usr/share/doc/pcs/changelog.gz",
        "usr/share/doc/pcs/changes.md.gz",
    ] {
        assert!(root.join(path).metadata().is_ok_and(|about| about.len() > 100), "{path}");
    }
    let credentials = root.join("etc/pcs/credentials");
    assert_eq!(credentials.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for script in ["postinst", "prerm", "postrm"] {
        let path = dir.join("control").join(script);
        run(Command::new("sh").arg("-n").arg(&path));
    }
    let unit = fs::read_to_string(root.join("usr/lib/systemd/system/pcs.service")).unwrap();
    for line in [
        "Type=notify",
        "User=pcs",
        "DynamicUser=no",
        "ProtectSystem=strict",
        "ReadWritePaths=/var/lib/pcs",
        "NoNewPrivileges=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "RestartPreventExitStatus=2",
    ] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }

    // What an operator does, and then the unit: its paths are those of the unpacked tree.
    let (ledger, tokens) = (root.join("var/lib/pcs"), credentials.join("tokens"));
    fs::create_dir_all(ledger.parent().unwrap()).unwrap();
    let program = root.join("usr/bin/pcs");
    run(Command::new(&program).args(["--quiet", "demo", "--dir"]).arg(&ledger));
    let make = ["--quiet", "token", "make", "--name", "one", "--scope", "read", "--tokens"];
    let token = run(Command::new(&program).args(make).arg(&tokens)).trim_end().to_owned();
    let config = root.join("etc/pcs/serve.toml");
    let told = fs::read_to_string(&config).unwrap();
    let mut moved = told.clone();
    for (from, to) in [
        ("/var/lib/pcs", ledger.to_str().unwrap()),
        ("/run/credentials/pcs.service/pcs_tokens", tokens.to_str().unwrap()),
        ("127.0.0.1:8462", "127.0.0.1:0"),
    ] {
        assert!(told.contains(&format!("= \"{from}\"")), "{from}");
        moved = moved.replace(from, to);
    }
    fs::write(&config, moved).unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let mut words = start.split(' ').map(|word| match word.strip_prefix('/') {
        Some(path) => root.join(path).into_os_string(),
        None => word.into(),
    });
    let socket = UnixDatagram::bind(dir.join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).env_clear().env("NOTIFY_SOCKET", dir.join("notify"));
    let mut service = Ends(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts"));
    let mut text = [0; 256];
    let length = socket.recv(&mut text).expect("it says that it listens");
    assert_eq!(&text[..length], b"READY=1");
    let mut line = String::new();
    let out = service.0.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let address = said["listening"].as_str().unwrap().strip_prefix("http://").unwrap();
    let shown = format!("Bearer {token}");
    let ask = |headers: &[(&str, &str)]| request(address, "GET", "/v1/ledger", headers, b"");
    assert_eq!(ask(&[]).status, 401);
    let reply = ask(&[("Authorization", &shown)]);
    let stats = answer(&ledger, &["--ledger", ".", "stats", "--format", "json"]);
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert_eq!((reply.status, &reply.json()["size"]), (200, &stats["entries"]), "{reply:?}");
    let check = Command::new(&program).args(["serve", "--check", "--listen", address]).status().unwrap();
    assert!(check.success());

    // A purge takes away what is secret, and leaves the ledger.
    fs::write(credentials.join("key.pem"), "secret").unwrap();
    purge(&root, &dir.join("control/postrm"));
    assert_eq!((credentials.exists(), ledger.join("log").exists()), (false, true));
}
