//! An answer with a chart and a table, which may go into files.

use std::path::{Path, PathBuf};

use app::{Error, answer_files};

use crate::console::Console;
use crate::csv::STDOUT;
use crate::output::Paint;

/// Where the chart and the table of an answer go.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ChartArgs {
    /// Writes the chart into this file, which must not be there yet, as SVG; - is the answer instead of the text
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Writes the spans into this file, which must not be there yet, as CSV; - is the answer instead of the text
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// The forms of an answer.
pub(crate) struct Charted<'a> {
    pub(crate) svg: String,
    pub(crate) csv: String,
    pub(crate) json: String,
    /// The text for a width.
    pub(crate) text: &'a dyn Fn(usize, Paint) -> Vec<String>,
}

impl ChartArgs {
    /// Refuses that two files are one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match (&self.svg, &self.csv) {
            (Some(svg), Some(csv)) if svg == csv => {
                let text = format!("`--svg` and `--csv` both name {}", svg.display());
                Err(Error::usage(text).hint("name two files"))
            }
            _ => Ok(()),
        }
    }

    /// Writes the files, and the answer in the form that is asked.
    pub(crate) fn answer(&self, console: &mut Console<'_>, answer: &Charted<'_>) -> Result<(), Error> {
        let (mut whole, mut files) = (None, Vec::new());
        for (file, text) in [(&self.svg, &answer.svg), (&self.csv, &answer.csv)] {
            match file.as_deref() {
                Some(file) if file == Path::new(STDOUT) => whole = Some(text),
                Some(file) => files.push((file, text.as_str())),
                None => {}
            }
        }
        answer_files::write(&console.session, &files)?;
        if let Some(whole) = whole {
            return console.raw(whole.as_bytes());
        }
        let width = console.chart_width();
        console.answer(&answer.json, |paint| (answer.text)(width, paint))
    }
}
