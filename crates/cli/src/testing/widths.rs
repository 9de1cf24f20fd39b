//! Texts fit into the terminal, and say the same at every width.

use super::World;
use crate::output::width::width_of;

/// Commands whose text has no chart and cuts nothing.
const TEXTS: [&str; 22] = [
    "score --all-partners --as-of 2025-02-28",
    "score --partner 6034453 --as-of 2025-02-28 --explain",
    "score --partner 6034453 --as-of 2025-12-31 --carry last",
    "diff --partner 6034453 --from 2025-02-28 --to 2025-02-28 --known-from 2025-03-10",
    "diff --partner 6034453 --from 2024-09-01 --to 2025-03-31",
    "status --partner 6034453 --as-of 2025-03-31",
    "status --partner 6034453 --as-of 2025-03-31 --anniversary 2025-05-20",
    "status --all-partners --as-of 2025-03-31",
    "advise --partner 6034453 --area infrastructure --as-of 2025-03-31",
    "advise --partner 6034453 --area modern_work --as-of 2025-03-31",
    "advise --partner 6034453 --area business_applications --as-of 2025-03-31",
    "advise --partner 6034453 --area security --as-of 2025-03-31 --limit 0",
    "reconcile --partner 6034453",
    "check",
    "customers list",
    "people list",
    "kept list",
    "kept verify",
    "stats",
    "verify",
    "rulebook show --as-of 2025-03-31",
    "rulebook diff builtin-2026-08 builtin-2026-11",
];

/// Those with a table whose cells are folded in their columns: the words of a row stand in the order of its lines then.
const TABLES: [&str; 6] = [
    "score --all-partners --as-of 2025-02-28",
    "status --all-partners --as-of 2025-03-31",
    "customers list",
    "people list",
    "kept list",
    "stats",
];

/// Commands that draw a chart.
const CHARTS: [&str; 5] = [
    "timeline --partner 6034453 --from 2024-09-01 --to 2025-03-31",
    "timeline --partner 6034453 --from 2023-01-01 --to 2025-03-31 --step month",
    "timeline --partner 6034453 --as-of 2025-02-28 --known-from 2025-03-01 --known-to 2025-04-30",
    "timeline --partner 6034453 --as-of 2025-02-28 --known-from 2025-03-01 --known-to 2025-04-30 --step instant",
    "forecast --partner 6034453 --from 2025-03-31 --until 2025-12-31",
];

fn demo() -> World {
    let mut world = World { clock: "2025-06-01T00:00:00Z", ..World::empty() };
    assert_eq!(world.run("demo --dir pcs-ledger").code, 0);
    world.write(
        "shown.csv",
        "day,area,total,net_customer_adds\n2025-04-22,infrastructure,61.2,30\n2025-04-22,security,9,\n",
    );
    let said = world.run("import shown.csv --kind published-scores --partner 6034453 --keep");
    assert_eq!(said.code, 0, "{said:?}");
    world.variables.insert("NO_COLOR".into(), "1".into());
    world
}

/// What a command says at a width.
fn said(world: &mut World, command: &str, width: Option<usize>) -> String {
    world.width = width;
    let said = world.run(command);
    assert_eq!(said.code, 0, "{command}: {said:?}");
    said.stdout
}

/// Whether every line fits; a single word or a command that is wider than all stays whole.
fn fits(text: &str, width: usize) -> bool {
    let is_whole = |line: &str| !line.contains(' ') || line.starts_with('`') && line.matches('`').count() == 2;
    text.lines().all(|line| width_of(line) <= width || is_whole(line.trim()))
}

/// The words of a text; bars go where there is no room for them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| word.contains(|letter| !"█░".contains(letter)))
}

/// Whether a text has all words of another one, and no others; but for tables, in the same order. In tables, words may be
/// broken.
fn has_all(command: &str, text: &str, whole: &str) -> bool {
    let sorted = |mut words: Vec<String>| {
        words.sort_unstable();
        words
    };
    let all = |text: &str| words(text).map(str::to_owned).collect::<Vec<_>>();
    if TABLES.contains(&command) {
        let letters = |text: &str| sorted(all(text).concat().chars().map(String::from).collect());
        return letters(text) == letters(whole);
    }
    if command.starts_with("score") {
        return sorted(all(text)) == sorted(all(whole));
    }
    all(text) == all(whole)
}

#[test]
fn columns_stay_aligned_where_there_is_no_room_and_ids_can_be_put_together() {
    let mut world = demo();
    let score = said(&mut world, "score --partner 6034453 --area infrastructure --as-of 2025-02-28", Some(80));
    let column = |text: &str, word: &str| text.lines().find_map(|line| line.find(word)).unwrap();
    let (head, cell) = (column(&score, "needed"), column(&score, "20%"));
    assert_eq!(head, cell, "{score}");
    for (command, width) in [("customers list", 60), ("people list", 72), ("kept list", 80)] {
        let text = said(&mut world, command, Some(width));
        let lines: Vec<&str> = text.lines().collect();
        // The second column begins below its name, in the first line of a row and in those that go on.
        let begins =
            lines[0].find("  ").map(|end| end + lines[0][end..].find(|letter| letter != ' ').unwrap()).unwrap();
        let is_aligned = |line: &&&str| line.len() <= begins || line[..begins].ends_with("  ");
        assert!(lines.iter().all(|line| is_aligned(&line)), "{command}: {text}");
    }
    let kept = said(&mut world, "kept list", Some(80));
    let row: String = kept.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let whole = said(&mut world, "kept list", None);
    let digest = whole.lines().nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(row, digest, "{kept}");
}

#[test]
fn no_line_is_wider_than_the_terminal_and_nothing_is_lost() {
    let mut world = demo();
    for command in TEXTS {
        let whole = said(&mut world, command, None);
        for width in [72, 80, 120] {
            let text = said(&mut world, command, Some(width));
            assert!(fits(&text, width), "{command} at {width}: {text}");
            assert!(has_all(command, &text, &whole), "{command} at {width}: {text}");
        }
    }
    for (width, dir) in [(40, "forty"), (80, "eighty"), (120, "more")] {
        for command in CHARTS.into_iter().chain(["log", &format!("demo --dir {dir}")]) {
            let text = said(&mut world, command, Some(width));
            assert!(fits(&text, width), "{command} at {width}: {text}");
        }
    }
}

#[test]
fn where_nothing_tells_the_width_only_charts_have_one() {
    let mut world = demo();
    let wide = "advise --partner 6034453 --area infrastructure --as-of 2025-03-31";
    assert!(said(&mut world, wide, None).lines().any(|line| width_of(line) > 120));
    let chart = said(&mut world, CHARTS[0], None);
    let axis = chart.lines().find(|line| line.starts_with("   0 └")).unwrap();
    assert_eq!(width_of(axis), 100, "{chart}");
    world.width = Some(80);
    let json = world.run(&format!("{wide} --format json")).stdout;
    assert_eq!(json.lines().count(), 1, "{json}");
}

#[test]
fn a_command_to_type_is_folded_as_a_shell_reads_it() {
    let mut world = World::empty();
    let whole = said(&mut world, "demo --dir one", None);
    let folded = said(&mut world, "demo --dir two", Some(60));
    let commands = |text: &str| {
        let (_, commands) = text.split_once("What to type next").unwrap();
        commands.replace("\\\n", " ").split_whitespace().map(str::to_owned).collect::<Vec<String>>()
    };
    assert!(folded.contains(" \\\n"), "{folded}");
    assert_eq!(commands(&whole.replace("one", "two")), commands(&folded));
}

#[test]
fn messages_fit_the_terminal_and_lose_nothing_but_json_is_one_line() {
    let mut world = demo();
    for command in [
        "score --partner 6034453 --as-of 2031-03-31",
        "score --partner 6034453 --known-at 2020-01-01",
        "import missing.csv",
        "import shown.csv --kind azure-usage",
        "rulebook show --area azure",
        "score --partner 1 --as-of 2025-03-31",
        "--ledger none score --partner 6034453",
    ] {
        world.width = None;
        let whole = world.run(command).stderr;
        assert!(!whole.is_empty(), "{command}");
        world.width = Some(40);
        let told = world.run(command).stderr;
        assert!(fits(&told, 40) && told.lines().count() > whole.lines().count(), "{command}: {told}");
        assert!(told.split_whitespace().eq(whole.split_whitespace()), "{command}: {told}");
    }
    let json = world.run("import missing.csv --format json").stderr;
    assert_eq!(json.lines().count(), 1, "{json}");
}

#[test]
fn help_fits_the_terminal() {
    let mut world = World::empty();
    for command in ["--help", "import --help", "help score", "record association-accepted --help", "help"] {
        let text = said(&mut world, command, Some(72));
        let is_fixed = |line: &str| line.trim_start().starts_with("Usage:") || !line.trim().contains(' ');
        let wide: Vec<&str> = text.lines().filter(|line| width_of(line) > 72 && !is_fixed(line)).collect();
        assert!(wide.is_empty(), "{command}: {wide:?}");
    }
}
