//! What to do about a failure, by its code.

/// What to do about a full disk, by a command that has recorded nothing.
pub(crate) const NOTHING_RECORDED: &str = "make room and try again: nothing of it was recorded";

/// What to do about a code.
pub(crate) fn hint_of(code: &str) -> Option<&'static str> {
    match code {
        "no_ledger" => Some("`pcs init` makes one; `--ledger DIR` or PCS_LEDGER names another directory"),
        "ledger_exists" => Some("`--ledger DIR` names another directory"),
        "occupied" => Some("name a directory that is empty or not there yet"),
        "damaged" => Some("take another copy of the file; it was cut or changed since it was written"),
        "other_entries" => Some("take another backup: these are not the entries that its checkpoint was signed for"),
        "locked" => Some("wait until the other process is done; commands that only read work meanwhile"),
        "corrupt" => Some(
            "`pcs verify` names the first broken thing; take the ledger from a backup, or what is whole by `pcs salvage`",
        ),
        "no_key" => Some("`--key-file FILE` or PCS_KEY names the key that signs; `--key VKEY` the one that checks"),
        "bad_key" => Some(
            "a key is one line that begins with PRIVATE+KEY, as `key make` wrote it, in a file that only its owner reads: chmod 600",
        ),
        "other_key" => Some("`pcs key show` prints the ledger's key and those before it"),
        "bad_signature" => {
            Some("`--key VKEY` names the ledger's key that is trusted, `--witness VKEY` that of a witness")
        }
        "entries_lost" | "other_root" | "other_claims" => {
            Some("keep the checkpoint: it shows that the ledger, or its copy, was changed or cut")
        }
        "incomplete" => Some("keep the damaged ledger, which is as it was, until everything is there again"),
        "unknown_report" => Some(
            "`--kind KIND` names what it is, `pcs import --help` lists the kinds; `--skip-bad` leaves it out of a folder",
        ),
        "foreign_rotation" => Some("ask for a new bundle, in which every change of key is proved"),
        "other_history" => {
            Some("keep both: checkpoints of one key that do not fit together show that history was rewritten")
        }
        "not_linked" => {
            Some("ask for a bundle that was made with the checkpoint: `pcs audit export --checkpoint FILE`")
        }
        "bad_witness" => {
            Some("put back the copy that is kept with the key; where there is none, `pcs key make` makes a new witness")
        }
        "no_report" => Some("download the reports that `pcs import --help` lists"),
        "bad_map" => Some("`pcs map show` prints the built-in entries, `pcs map check FILE` checks a file"),
        "mapped_already" => {
            Some("change the entry in the file, or name another file: the first that is named goes before")
        }
        "clock_ahead" => Some(
            "set the clock or `--now` right; `--force` writes it all the same, and everything later gets an instant behind it",
        ),
        "end_of_time" => Some(
            "go on in a new ledger: `export --to-seq N` of the entries before the wrong instants, `import --entries` there, and record the later events again",
        ),
        "denied" => Some(
            "look at the owner and the permissions of the path, and whether its file system is read only; questions need only read",
        ),
        "disk_full" => Some(NOTHING_RECORDED),
        _ => None,
    }
}
