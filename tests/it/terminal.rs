//! The command in a terminal: how wide it takes that to be.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::processes::PCS;

/// A command that needs no ledger, and whose lines are long.
const WIDE: [&str; 4] = ["rulebook", "show", "--as-of", "2025-03-31"];

/// The columns of the widest line that the command writes into a terminal.
fn widest(columns_of_terminal: u16, variable: Option<&str>) -> usize {
    let pty = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&pty).and_then(|()| unlockpt(&pty)).unwrap();
    tcsetwinsize(&pty, Winsize { ws_row: 24, ws_col: columns_of_terminal, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let terminal =
        open(ptsname(&pty, Vec::<u8>::new()).unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut command = Command::new(PCS);
    command.args(WIDE).env_clear().env("NO_COLOR", "1").envs(variable.map(|columns| ("COLUMNS", columns)));
    let mut child = command.stdout(Stdio::from(terminal)).spawn().unwrap();
    // Once nothing has the terminal open any more.
    drop(command);
    let mut said = Vec::new();
    // Linux ends the reading with an error when the last writer is gone.
    drop(File::from(pty).read_to_end(&mut said));
    assert!(child.wait().unwrap().success());
    let said = String::from_utf8(said).unwrap();
    said.lines().map(|line| line.trim_end().chars().count()).max().unwrap()
}

#[test]
fn a_text_is_as_wide_as_the_terminal_unless_columns_says_otherwise() {
    let piped = Command::new(PCS).args(WIDE).env_clear().output().unwrap().stdout;
    let piped = String::from_utf8(piped).unwrap();
    assert!(piped.lines().any(|line| line.chars().count() > 90), "{piped}");
    for (columns, variable, least, most) in
        [(70, None, 60, 70), (90, None, 71, 90), (70, Some("90"), 71, 90), (90, Some("0"), 71, 90)]
    {
        let widest = widest(columns, variable);
        assert!((least..=most).contains(&widest), "{columns} and {variable:?}: {widest}");
    }
}
