//! What is switched on: kinds, spellings, ways to hand files over.

use std::env;

use super::kind::{KINDS, Kind};
use super::wrapping::{Form, Wrapping};

/// What the suite tries.
#[derive(Clone, Debug)]
pub struct Dials {
    pub kinds: Vec<Kind>,
    pub forms: Vec<Form>,
    pub wrappings: Vec<Wrapping>,
    /// Whether `--downloaded` is known.
    pub says_when_downloaded: bool,
    /// Whether `--kind auto` and folders are known.
    pub recognises: bool,
    /// Whether the order of imports makes no difference.
    pub takes_any_order: bool,
    /// Whether every spelling is known, and not only those of the first three kinds.
    pub spells_everything: bool,
    /// Whether cells of rows that are flagged as duplicates are read strictly too.
    pub reads_duplicates: bool,
    /// Whether the kinds of a month come in any order, which `--snapshot` has to bear.
    pub mixes_kinds: bool,
    /// Whether a certification ends that a snapshot no longer lists.
    pub leavers_end: bool,
    /// Whether a figure that a snapshot no longer shows is 0.
    pub vanished_is_zero: bool,
}

impl Dials {
    /// What the command has; or what `PCS_TEST_DOWNLOADS` says: `all`, with `-word` for what is off, and the kinds
    /// that are tried where not all are.
    pub fn now() -> Dials {
        let Ok(words) = env::var("PCS_TEST_DOWNLOADS") else { return Dials::today() };
        let mut dials = Dials::everything();
        let mut kinds = Vec::new();
        for word in words.split(',') {
            match word {
                "all" => {}
                "-forms" => dials.forms = vec![Form::Csv],
                "-wrappings" => dials.wrappings = vec![Wrapping::Plain],
                "-downloaded" => dials.says_when_downloaded = false,
                "-recognises" => dials.recognises = false,
                "-order" => dials.takes_any_order = false,
                "-spellings" => dials.spells_everything = false,
                "-duplicates" => dials.reads_duplicates = false,
                "-mixed" => dials.mixes_kinds = false,
                "-leavers" => dials.leavers_end = false,
                "-zeros" => dials.vanished_is_zero = false,
                name => {
                    let kind = KINDS.into_iter().find(|kind| kind.name() == name);
                    kinds.push(kind.unwrap_or_else(|| panic!("{name} is no word of PCS_TEST_DOWNLOADS")));
                }
            }
        }
        if !kinds.is_empty() {
            dials.kinds = kinds;
        }
        dials
    }

    /// What is switched off here is to be switched on as soon as the command has it.
    fn today() -> Dials {
        Dials::everything()
    }

    fn everything() -> Dials {
        Dials {
            kinds: KINDS.to_vec(),
            forms: vec![Form::Csv, Form::Csv, Form::Tsv, Form::Bars, Form::Json, Form::JsonLines, Form::Workbook],
            wrappings: vec![Wrapping::Plain, Wrapping::Plain, Wrapping::Gzip, Wrapping::Zip],
            says_when_downloaded: true,
            recognises: true,
            takes_any_order: true,
            spells_everything: true,
            reads_duplicates: true,
            mixes_kinds: true,
            leavers_end: true,
            vanished_is_zero: true,
        }
    }
}
