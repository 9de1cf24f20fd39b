//! A private key, or the secret of the pseudonyms, is never printed, wherever it is given.

use std::ffi::OsString;

use super::{Said, World, churn};

fn world() -> (World, String, String) {
    let world = World::with_events(&[churn(1)]);
    let key = world.read("pcs-ledger/key").trim_end().to_owned();
    let secret = format!("pcs-people-secret 1\n{}\n", "7f".repeat(32));
    (world, key, secret)
}

fn shows_nothing(said: &Said, secret: &str) {
    let longest = secret.lines().max_by_key(|line| line.len()).unwrap();
    let secret = longest.splitn(5, '+').last().unwrap();
    // Whatever the width at which a text is wrapped.
    let all: String = [said.stdout.as_str(), &said.stderr].concat().split_whitespace().collect();
    for part in [secret, &secret[..16], &secret[secret.len() - 16..]] {
        assert!(!all.contains(part), "{said:?}");
    }
}

#[test]
fn a_secret_among_the_arguments_is_refused_before_anything_shows_it() {
    let (world, key, secret) = world();
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGFhYWFhYWFhYWFhYWFhYWE=\n-----END PRIVATE KEY-----\n";
    for text in [&key, &secret, pem] {
        let with_equals = format!("--key={text}");
        for (args, place) in [
            (vec!["audit", "verify", "x", "--key", text], "--key"),
            (vec!["audit", "verify", "x", &with_equals], "--key"),
            (vec!["audit", "verify", "x", "--witness", text], "--witness"),
            (vec!["verify", "--checkpoint", "x", "--key", text], "--key"),
            (vec!["checkpoint", "--key-file", text], "--key-file"),
            (vec!["restore", "x", "--key", text], "--key"),
            (vec!["witness", "add", "--cosigned", text, "--witness", text], "--cosigned"),
            (vec!["audit", "verify", text], "an argument"),
            (vec!["import", text], "an argument"),
            (vec![text], "an argument"),
            (vec!["score", "--partner", text, "--as-of", "2025-01-01"], "--partner"),
            (vec!["--ledger", text, "stats"], "--ledger"),
            (vec!["log", "--note", text], "--note"),
        ] {
            for form in [&["-vvv"] as &[&str], &["--format", "json"]] {
                let args: Vec<&str> = args.iter().copied().chain(form.iter().copied()).collect();
                let said = world.run_args(&args, b"");
                assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
                shows_nothing(&said, text);
                assert!(said.stderr.contains(&format!("{place} holds a secret")), "{said:?}");
                assert!(said.stderr.contains("pcs key show"), "{said:?}");
            }
        }
    }
}

#[test]
fn a_part_of_a_key_is_not_shown_and_a_variable_is_looked_at_too() {
    let (mut world, key, _) = world();
    let part = key.strip_prefix("PRIVATE+KEY+").unwrap();
    for args in [
        ["audit", "verify", "x", "--key", part],
        ["restore", "x", "--ledger", "y", "--key"].map(|arg| if arg == "--ledger" { "--quiet" } else { arg }),
        ["verify", "--checkpoint", "x", "--key", part],
        ["audit", "verify", "x", "--witness", part],
    ] {
        for form in ["text", "json"] {
            let args: Vec<&str> = args.into_iter().chain(["--format", form]).collect();
            let said = world.run_args(&args, b"");
            assert_eq!(said.code, 2, "{said:?}");
            shows_nothing(&said, &key);
        }
    }
    for variable in ["PCS_LEDGER", "PCS_MAP", "PCS_KEY"] {
        world.variables.insert(variable.into(), OsString::from(format!("x{key}")));
        for command in ["stats", "checkpoint", "map check m.toml", "import t.csv --kind azure-usage"] {
            shows_nothing(&world.run(command), &key);
        }
        world.variables.clear();
    }
}

#[test]
fn a_file_with_a_secret_in_it_is_not_quoted() {
    let (world, key, secret) = world();
    for text in [&key, &secret] {
        world.write("x", text);
        world.write("x.toml", &format!("{text} = 1"));
        for command in [
            "import x",
            "import x --skip-bad",
            "import x --entries",
            "import x --kind auto",
            "import x --kind azure-usage",
            "import x --kind pal",
            "rulebook check x",
            "rulebook check x.toml",
            "map check x",
            "map check x.toml",
            "map add x state a active",
            "verify --checkpoint x",
            "audit verify x",
            "restore x --ledger y",
            "witness add --cosigned x",
            "score --partner 6034453 --as-of 2025-01-01 --rulebook x",
        ] {
            for form in ["text -vvv", "json"] {
                let said = world.run(&format!("{command} --format {form}"));
                assert!(said.code > 0 || command.ends_with("--skip-bad"), "{command}: {said:?}");
                shows_nothing(&said, text);
            }
            let said = world.run_with(&command.replace(" x ", " - "), text.as_bytes());
            shows_nothing(&said, text);
        }
    }
    world.write("x", &format!("x {key}\n"));
    world.run("import x --skip-bad");
    shows_nothing(&Said { code: 0, stdout: world.read("x.rejected.jsonl"), stderr: String::new() }, &key);
}

#[test]
fn no_event_holds_a_secret() {
    let (world, key, secret) = world();
    for text in [key, secret.replace('\n', " ")] {
        world.write("e.jsonl", &churn(2).replace("\"customer\"", &format!("\"note\":\"{text}\",\"customer\"")));
        let said = world.run("import e.jsonl");
        assert!(said.code == 1 && said.stderr.contains("bad_value: the line holds a private key"), "{said:?}");
        shows_nothing(&said, &text);
        assert_eq!(world.run("export").stdout.lines().count(), 1);
    }
}
