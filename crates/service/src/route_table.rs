//! The table of all addresses: who may ask, by which parameters, and what the answer is. The router follows it, and so does
//! the document of the API.

use axum::http::StatusCode;

use crate::answer::Form;
use crate::bundle;
use crate::entry_list;
use crate::page;
use crate::parameter_table::parameter;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::questions::{self, Read};
use crate::score_list;
use crate::tlog;
use crate::token::Scope;

/// A question at an address.
pub(crate) struct Route {
    /// The path, with what stands for its parts in braces.
    pub(crate) path: &'static str,
    pub(crate) scope: Scope,
    /// Parameters without which there is no answer.
    pub(crate) needed: &'static [&'static str],
    /// Parameters that may be left out.
    pub(crate) optional: &'static [&'static str],
    /// Whether events that came with the request are assumed.
    pub(crate) assumes: bool,
    /// The forms of the answer, the usual one first.
    pub(crate) forms: &'static [Form],
    /// Whether the answer has any number of objects.
    pub(crate) is_list: bool,
    /// The schema of an object of the answer, by its name in the document of the API.
    pub(crate) schema: &'static str,
    /// What it answers, for the document of the API.
    pub(crate) about: &'static str,
    pub(crate) read: Read,
}

/// Objects.
const OBJECTS: &[Form] = &[Form::Json, Form::JsonLines];
/// Objects and a table.
const TABLE: &[Form] = &[Form::Json, Form::JsonLines, Form::Csv];
/// Objects, a table and a picture.
const PICTURE: &[Form] = &[Form::Json, Form::JsonLines, Form::Csv, Form::Svg];

const ENTRIES: &[&str] = &["from_seq", "to_seq", "type", "customer", "limit", "after"];

/// All questions.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    Route::new("/v1/ledger", "the ledger", "ledger-now", questions::ledger).object(),
    Route::new("/v1/partners", "the partners that the ledger knows", "pcs-partners", questions::partners)
        .takes(&["known_at", "q", "limit", "after"]).forms(TABLE),
    Route::new("/v1/scores", "the scores of all partners, a line for each area of each; `limit` counts lines", "pcs-score", score_list::question)
        .needs(&["as_of"]).takes(&["area", "known_at", "basis", "unmeasured", "sort", "status", "limit", "after"]).forms(TABLE),
    Route::new("/v1/partners/{partner}/scores", "the scores of a partner on a day: `pcs score`", "pcs-score", questions::scores)
        .needs(&["as_of"]).takes(&["area", "known_at", "basis", "unmeasured", "carry", "carry_from", "explain"]).forms(TABLE).assumes(),
    Route::new("/v1/partners/{partner}/timeline", "the score over time, at most 10 years: `pcs timeline`, with `from` and `to` along days, or with `as_of`, `known_from` and `known_to` along what was known", "pcs-timeline", questions::timeline)
        .takes(&["from", "to", "as_of", "known_at", "known_from", "known_to", "step", "area", "basis", "unmeasured", "carry", "carry_from"])
        .forms(PICTURE).assumes(),
    Route::new("/v1/partners/{partner}/diff", "why the score changed: `pcs diff`", "pcs-diff", questions::diff)
        .needs(&["from", "to"]).takes(&["known_from", "known_to", "area", "basis", "unmeasured", "explain"]).assumes(),
    Route::new("/v1/partners/{partner}/forecast", "the score ahead, if nothing more happens: `pcs forecast`", "pcs-forecast", questions::forecast)
        .needs(&["until"]).takes(&["from", "area", "known_at", "basis", "unmeasured", "carry", "carry_from"]).forms(TABLE).assumes(),
    Route::new("/v1/partners/{partner}/status", "where the designations stand: `pcs status`", "pcs-status", questions::status)
        .needs(&["as_of"]).takes(&["anniversary", "area", "known_at", "basis", "unmeasured", "carry", "carry_from"]).assumes(),
    Route::new("/v1/partners/{partner}/advice", "what to change in an area to reach a target: `pcs advise`", "pcs-advise", questions::advice)
        .needs(&["as_of", "area"]).takes(&["target", "margin", "price", "without", "limit", "known_at", "basis", "unmeasured", "carry", "carry_from"])
        .object().assumes(),
    Route::new("/v1/partners/{partner}/reconciliation", "what the programme showed, beside what follows from the facts: `pcs reconcile`", "pcs-reconcile", questions::reconciliation)
        .takes(&["from", "to", "area", "known_at", "unmeasured"]).assumes(),
    Route::new("/v1/partners/{partner}/findings", "what contradicts in the entries of a partner: `pcs check`", "pcs-check", questions::findings)
        .takes(&["known_at"]),
    Route::new("/v1/partners/{partner}/instants", "when entries of a partner were recorded, and how many", "instant", questions::instants)
        .takes(&["known_at"]),
    Route::new("/v1/partners/{partner}/entries", "the entries of a partner: `pcs export`", "pcs-export", entry_list::of_partner)
        .takes(ENTRIES).audits(),
    Route::new("/v1/entries", "all entries: `pcs export`", "pcs-export", entry_list::of_all).takes(ENTRIES).audits(),
    Route::new("/v1/entries/{seq}", "an entry", "pcs-export", questions::entry).object().audits(),
    Route::new("/v1/partners/{partner}/bundle", "an audit bundle that proves the score of a day: `pcs audit export`, at the instant of the newest entry", "", bundle::question)
        .needs(&["as_of"]).takes(&["known_at", "area"]).forms(bundle::FORMS).object().audits(),
    Route::new("/v1/rulebook", "the rules in force on a day: `pcs rulebook show`", "pcs-rulebook-show", questions::rulebook)
        .needs(&["as_of"]).takes(&["known_at", "area"]).object(),
    Route::new("/v1/checkpoint", "what the ledger says of itself, signed: `pcs checkpoint`", "pcs-checkpoint", questions::checkpoint)
        .takes(&["size"]).object(),
    Route::new("/v1/proofs/{seq}", "the proof that an entry is in the ledger: `pcs prove --seq`", "pcs-prove", questions::entry_proof)
        .takes(&["size"]).object(),
    Route::new("/v1/proofs/from/{size}", "the proof that the ledger only grew since it had so many entries: `pcs prove --from-size`", "pcs-prove", questions::growth_proof)
        .takes(&["size"]).object(),
    Route::new("/tlog/checkpoint", "the signed checkpoint of all entries, as C2SP tlog-checkpoint", "", tlog::newest_checkpoint)
        .forms(tlog::CHECKPOINT).object(),
    Route::new("/tlog/tile/{level}/{*place}", "the hashes of a tile, as C2SP tlog-tiles", "", tlog::hash_tile).forms(tlog::TILE).object(),
    Route::new("/tlog/tile/entries/{*place}", "the entries under a tile of level 0, as C2SP tlog-tiles", "", tlog::entry_bundle)
        .forms(tlog::TILE).object().audits(),
    Route::new("/tlog/tile/lines/{*place}", "the same entries as lines, where one of them is too long for the form of the standard", "", tlog::line_bundle)
        .forms(tlog::LINES).object().audits(),
];

impl Route {
    const fn new(path: &'static str, about: &'static str, schema: &'static str, read: Read) -> Self {
        let (needed, optional): (&[&str], &[&str]) = (&[], &[]);
        Self {
            path,
            scope: Scope::Read,
            needed,
            optional,
            assumes: false,
            forms: OBJECTS,
            is_list: true,
            schema,
            about,
            read,
        }
    }

    const fn needs(self, needed: &'static [&'static str]) -> Self {
        Self { needed, ..self }
    }

    const fn takes(self, optional: &'static [&'static str]) -> Self {
        Self { optional, ..self }
    }

    const fn forms(self, forms: &'static [Form]) -> Self {
        Self { forms, ..self }
    }

    const fn object(self) -> Self {
        Self { is_list: false, ..self }
    }

    const fn assumes(self) -> Self {
        Self { assumes: true, ..self }
    }

    const fn audits(self) -> Self {
        Self { scope: Scope::Audit, ..self }
    }
}

/// What is asked at an address in another way: it has no forms to choose from, and is kept by nobody.
pub(crate) struct Operation {
    pub(crate) path: &'static str,
    /// Whether it is a `POST`, and not a `GET`.
    pub(crate) posts: bool,
    /// What a token must let do; nothing where none is needed.
    pub(crate) scope: Option<Scope>,
    pub(crate) optional: &'static [&'static str],
    /// Media types of what comes with the request.
    pub(crate) bodies: &'static [&'static str],
    pub(crate) status: StatusCode,
    /// The media type of the answer, where there is one.
    pub(crate) media_type: &'static str,
    /// The schema of the answer, where it is an object.
    pub(crate) schema: &'static str,
    pub(crate) about: &'static str,
}

pub(crate) const EVENTS: Operation = Operation {
    optional: &["dry_run"],
    bodies: &["application/jsonl", "application/json"],
    ..Operation::post("/v1/events", "records events: all of them, or none", "appended")
};

pub(crate) const REPORTS: Operation = Operation {
    optional: &["kind", "partner", "downloaded", "snapshot", "dry_run", "name"],
    bodies: &["application/octet-stream"],
    ..Operation::post("/v1/reports", "records what a report tells, whose file is the body: `pcs import`", "pcs-import")
};

pub(crate) const STREAM: Operation = Operation {
    scope: Some(Scope::Read),
    optional: &["from_seq", "envelope"],
    ..Operation::get(
        "/v1/stream",
        "what is recorded, as it comes: server-sent events; entries with the scope `audit`",
        "text/event-stream",
    )
};

pub(crate) const PARTNER_STREAM: Operation =
    Operation { path: "/v1/partners/{partner}/stream", about: "the same, of a partner", ..STREAM };

/// All addresses that are no questions.
#[rustfmt::skip]
pub(crate) const OPERATIONS: [Operation; 10] = [
    EVENTS,
    REPORTS,
    STREAM,
    PARTNER_STREAM,
    Operation { scope: Some(Scope::Read), status: StatusCode::NO_CONTENT, media_type: "", ..Operation::post("/session", "opens a session of the page for whoever shows a token: a cookie that reads, and never writes", "") },
    Operation::get("/openapi.json", "this document", "application/json"),
    Operation::get("/problems/{code}", "what a code of a problem means", "text/html"),
    Operation::get("/healthz", "whether the process answers", "text/plain"),
    Operation::get("/readyz", "whether the ledger can be read, and the last append did not fail", "text/plain"),
    Operation { scope: Some(Scope::Metrics), ..Operation::get("/metrics", "figures of the service, as OpenMetrics; without a token for those on its own machine", "application/openmetrics-text") },
];

impl Operation {
    const fn get(path: &'static str, about: &'static str, media_type: &'static str) -> Self {
        let (optional, bodies): (&[&str], &[&str]) = (&[], &[]);
        let (status, schema) = (StatusCode::OK, "");
        Self { path, posts: false, scope: None, optional, bodies, status, media_type, schema, about }
    }

    const fn post(path: &'static str, about: &'static str, schema: &'static str) -> Self {
        let scope = Some(Scope::Write);
        Self { posts: true, scope, schema, ..Self::get(path, about, "application/json") }
    }

    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// As [`Route::parameters`].
    pub(crate) fn parameters(&self, query: Option<&str>, today: ledger::Date) -> Result<Parameters, Problem> {
        let parameters = Parameters::read(query, self.optional, (today, false))?;
        check(self.path, self.optional, &parameters)?;
        Ok(parameters)
    }
}

impl Route {
    /// The kind of the question: the word of its path that stands for no partner, entry or size.
    pub(crate) fn kind(&self) -> &'static str {
        let mut words = self.path.split('/').skip(2).filter(|word| !word.starts_with('{'));
        words.find(|word| *word != "partners").unwrap_or("partners")
    }

    /// Reads the parameters of a request, to which events may have come.
    ///
    /// # Errors
    /// `unknown_field`, `malformed`, `bad_value`, `missing_field`.
    pub(crate) fn parameters(
        &self,
        query: Option<&str>,
        (today, assumes): (ledger::Date, bool),
    ) -> Result<Parameters, Problem> {
        let allowed: Vec<&str> = self.needed.iter().chain(self.optional).copied().collect();
        let parameters = Parameters::read(query, &allowed, (today, assumes))?;
        if let Some(name) = self.needed.iter().find(|name| parameters.text(name).is_none()) {
            return Err(Problem::parameter("missing_field", name, "it is needed"));
        }
        check(self.path, &allowed, &parameters)?;
        check(self.path, &["build"], &parameters)?;
        Ok(parameters)
    }
}

fn check(path: &str, names: &[&'static str], parameters: &Parameters) -> Result<(), Problem> {
    names.iter().try_for_each(|name| parameter(path, name).check(parameters))
}

/// The pattern of a path that was matched, for figures.
pub(crate) fn pattern(matched: &str) -> &'static str {
    let own = ROUTES.iter().map(|route| route.path).chain(OPERATIONS.iter().map(|one| one.path));
    let all = own.chain(page::patterns());
    all.filter(|path| matched.ends_with(path)).max_by_key(|path| path.len()).unwrap_or("none")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ROUTES;

    #[test]
    fn a_question_has_a_kind_that_names_nobody() {
        let kinds: BTreeSet<&str> = ROUTES.iter().map(super::Route::kind).collect();
        let wanted = [
            "advice",
            "bundle",
            "checkpoint",
            "diff",
            "entries",
            "findings",
            "forecast",
            "instants",
            "ledger",
            "partners",
            "proofs",
            "reconciliation",
            "rulebook",
            "scores",
            "status",
            "tile",
            "timeline",
        ];
        assert!(kinds.iter().eq(&wanted), "{kinds:?}");
    }
}
