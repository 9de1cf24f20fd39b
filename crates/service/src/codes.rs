//! What fails has a code: its status, and what it means for people.

use axum::http::StatusCode;

/// A code of a problem.
pub(crate) struct Code {
    pub(crate) name: &'static str,
    /// The status of a problem that has no other one; `None` where it depends on whose fault it is.
    status: Option<u16>,
    pub(crate) title: &'static str,
    pub(crate) meaning: &'static str,
}

const fn of(name: &'static str, status: Option<u16>, title: &'static str, meaning: &'static str) -> Code {
    Code { name, status, title, meaning }
}

const BUNDLE: &str = "The bundle does not hold";
const COPY: &str = "A copy or a secret is not right";
const DID_NOT_WORK: &str = "This did not work";
const EVENT: &str = "An event is refused";
const FILE: &str = "The file is not taken";
const KEY: &str = "A key or a checkpoint is not right";
const LEDGER: &str = "The ledger is not in order";
const NOTHING: &str = "There is nothing here";
const REQUEST: &str = "The address is not right";

/// All codes: those of the library, which `docs/errors.md` lists, and those of HTTP alone.
#[rustfmt::skip]
const CODES: &[Code] = &[
    of("ahead_of_ledger", Some(409), "The ledger does not have this yet", "The ledger does not have this entry yet."),
    of("ambiguous", None, NOTHING, "Several kept files begin with those digits."),
    of("bad_backup", None, COPY, "The file is whole, and what is in it is no backup."),
    of("bad_bundle", None, BUNDLE, "The file is whole, and what is in it is no bundle."),
    of("bad_entry", None, BUNDLE, "A line in it is no entry."),
    of("bad_key", None, KEY, "The file holds no key, or others may read it."),
    of("bad_map", None, FILE, "A file of mappings has errors."),
    of("bad_memory", None, KEY, "What the key remembers was changed, cut, or is of another ledger."),
    of("bad_names", None, COPY, "The file of names cannot be read."),
    of("bad_note", None, KEY, "It is no checkpoint, or has signatures that do not belong there."),
    of("bad_people", None, COPY, "The map of persons cannot be read."),
    of("bad_people_secret", None, COPY, "The file with the secret of persons holds none, or others may read it."),
    of("bad_report", None, FILE, "The file is a report, and cannot be read as one: a column is missing, dates may be read in two ways, ..."),
    of("bad_signature", None, KEY, "No key that is trusted signed it."),
    of("bad_value", Some(400), REQUEST, "A part of the request cannot be read; the problem names it."),
    of("bad_witness", None, KEY, "What the witness remembers was changed, cut, or is of another key."),
    of("before_program", Some(422), "The programme had not begun", "Scores begin with the programme, in October 2022."),
    of("busy", Some(503), "Too much is asked at once", "Try again in a moment."),
    of("clock_ahead", None, LEDGER, "The instant is more than a day ahead of the clock."),
    of("contradiction", None, EVENT, "The event contradicts what is known."),
    of("corrupt", Some(500), "The ledger is damaged", "The ledger is damaged: the operator runs pcs verify."),
    of("damaged", None, FILE, "The file was cut or changed since it was written, or does not begin and end as such a file does."),
    of("denied", None, LEDGER, "The operating system does not allow it."),
    of("differs", None, LEDGER, "What was kept for speed is not what the log says."),
    of("disk_full", Some(507), "The disk is full", "There is no room on the disk of the ledger."),
    of("encrypted", None, FILE, "The file needs a password."),
    of("end_of_time", None, LEDGER, "No instant comes after that of the newest entry."),
    of("entries_left_out", None, BUNDLE, "Entries of the partner are missing."),
    of("entries_lost", None, KEY, "The ledger has fewer entries than the checkpoint says."),
    of("exists", None, DID_NOT_WORK, "There is such a file already."),
    of("failed", Some(500), DID_NOT_WORK, "Something failed that is no fault of the request; the log of the service says what."),
    of("forbidden", Some(403), "This is not for your token", "The scope of the token, or the partners that it is for, leave this out."),
    of("foreign_entry", None, BUNDLE, "An entry in it is of another partner."),
    of("foreign_rotation", None, BUNDLE, "A change of key in it is not shown to be the ledger's."),
    of("id_reused", Some(422), "Something else is recorded", "An event of this id is recorded with other content, or the key of the request stood for other events."),
    of("incomplete", None, LEDGER, "What is whole was saved, and entries are lost."),
    of("index_lies", None, LEDGER, "The index does not fit the log."),
    of("interrupted", Some(503), "The import took too long", "An import was told to end before it was done: nothing was recorded."),
    of("issuer_unreachable", Some(503), "The issuer of the token cannot be reached", "The keys that check the token are not known, or too old, and its issuer did not answer; try again in a minute."),
    of("later_checkpoint", None, BUNDLE, "Its checkpoint has later entries than were asked."),
    of("later_format", None, LEDGER, "The log, a backup or a bundle is in a format of a later version."),
    of("ledger_exists", None, LEDGER, "There is a ledger already."),
    of("locked", Some(503), "Another process has the ledger", "The ledger is being written to by another process; try again in a moment."),
    of("made_earlier", None, BUNDLE, "Something in it is later than its making."),
    of("malformed", Some(400), REQUEST, "A part of the request cannot be read; the problem names it."),
    of("mapped_already", None, FILE, "The text is mapped in that file already."),
    of("missing_field", Some(400), REQUEST, "A part of the request cannot be read; the problem names it."),
    of("no_key", Some(409), "The ledger has no key", "The key that signs is not with the ledger; the operator puts it there."),
    of("no_ledger", Some(503), "There is no ledger", "The service does not find its ledger; the operator looks at the directory that it names."),
    of("no_people_secret", None, COPY, "The ledger has pseudonyms, and the secret of persons is not there."),
    of("no_report", Some(422), FILE, "There is nothing to import in it."),
    of("not_found", Some(404), DID_NOT_WORK, "There is no such file."),
    of("not_linked", None, BUNDLE, "It does not show that it goes with the checkpoint that you kept."),
    of("not_witnessed", None, BUNDLE, "A witness that you named cosigned nothing in it."),
    of("occupied", None, DID_NOT_WORK, "Something stands where a ledger is to be made."),
    of("older_checkpoint", None, KEY, "It is older than what was cosigned, written, or asked."),
    of("other_checkpoint", None, BUNDLE, "Its checkpoint was not made for that instant."),
    of("other_claims", None, KEY, "The checkpoint says of the same entries what they do not say."),
    of("other_entries", None, COPY, "The entries in it are not those that its checkpoint signed."),
    of("other_findings", None, BUNDLE, "Fewer findings are stated than the entries show."),
    of("other_history", None, BUNDLE, "A checkpoint that was kept or cosigned is of another history."),
    of("other_key", None, KEY, "The key is not the ledger's."),
    of("other_kind", None, FILE, "The file is of another kind than the command reads."),
    of("other_ledger", None, KEY, "The directory of tiles is another ledger's."),
    of("other_people_secret", None, COPY, "The secret of persons is another ledger's."),
    of("other_root", None, KEY, "The entries are others than the checkpoint says."),
    of("other_rulebook", None, BUNDLE, "The rules are not those that were in force."),
    of("other_score", None, BUNDLE, "The entries and rules give another score."),
    of("other_statement", None, BUNDLE, "What it states is not what the key signed."),
    of("out_of_range", Some(404), NOTHING, "There is no such address, or no such entry."),
    of("own_file", None, FILE, "The file is what a ledger or a command wrote."),
    of("signed_otherwise", None, KEY, "The log is not the one that the key signed last."),
    of("too_large", Some(413), "This is too large", "What was sent is larger than the service takes."),
    of("too_many", Some(429), "Too much is asked at once", "Try again in a moment."),
    of("unauthenticated", Some(401), "A token is needed", "The request has no token, or one that is not taken any more."),
    of("unknown_certification", None, EVENT, "The rulebook's catalogue has no such certification."),
    of("unknown_customer", None, NOTHING, "No name of that customer is kept."),
    of("unknown_event", Some(422), "The event is not there", "The event that is to be retracted is none of the partner."),
    of("unknown_field", Some(400), REQUEST, "A part of the request cannot be read; the problem names it."),
    of("unknown_file", None, NOTHING, "No such file is kept."),
    of("unknown_partner", Some(404), "Nothing is known of this partner", "Nothing of the partner was recorded by the instant that was asked, or it is none of those that the token is for."),
    of("unknown_person", None, NOTHING, "The map of persons has no such pseudonym."),
    of("unknown_report", Some(422), FILE, "The file is no report that is known."),
    of("unknown_rows", None, FILE, "The kept report does not lead to the rows of that entry."),
    of("unknown_type", Some(400), EVENT, "A part of the request cannot be read; the problem names it."),
    of("usage", Some(400), "The request is not right", "Parts of the request do not fit together; the problem names them."),
    of("wrong_build", Some(409), "Another version of the program is asked", "The built-in rules of another build may answer otherwise, so that an answer for ever is bound to one."),
];

impl Code {
    /// The code of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CODES.iter().find(|code| code.name == name)
    }

    pub(crate) fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.status?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CODES;

    /// Codes that no command has.
    const OF_HTTP: [&str; 7] =
        ["ahead_of_ledger", "busy", "forbidden", "issuer_unreachable", "too_many", "unauthenticated", "wrong_build"];

    #[test]
    fn every_code_that_can_be_told_is_explained() {
        let page = include_str!("../../../docs/errors.md");
        let (errors, _) = page.split_once("\n## Findings\n").unwrap();
        let listed = errors.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0));
        let wanted: BTreeSet<&str> = listed.chain(OF_HTTP).collect();
        let explained: BTreeSet<&str> = CODES.iter().map(|code| code.name).collect();
        assert_eq!(explained, wanted);
        assert_eq!(explained.len(), CODES.len());
        assert!(CODES.iter().all(|code| !code.title.is_empty() && code.meaning.ends_with('.')));
    }
}
