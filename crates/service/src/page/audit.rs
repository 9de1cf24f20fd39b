//! How all of it is checked: the checkpoint, the key, the witnesses, and bundles that prove a score.

use app::Session;
use app::prove::{key, witness};
use app::words;
use ledger::{Area, PartnerId};
use maud::{Markup, html};

use super::Visit;
use super::asked::{Asked, CHECKPOINT, filled};
use super::labels::{Labels, table, text};
use super::layout::Content;
use crate::parameters::query;
use crate::problem::Problem;
use crate::token::Scope;

pub(super) fn view(visit: &Visit, session: &mut Session<'_>) -> Result<Content, Problem> {
    let times = &visit.times;
    let labels = Labels::of(session, visit);
    let keys = key::show(session)?;
    let asked = Asked::new(&CHECKPOINT, "checkpoint", "").with_some("size", times.known_at.map(|_| times.size));
    let checkpoint = asked.ask(visit, session)?.first();
    let bundle = bundle(visit, session, &labels)?;
    let body = html! {
        p { "Whoever keeps this checkpoint can tell later whether the ledger was changed before it." }
        section aria-labelledby="checkpoint" { h2 #checkpoint { "The checkpoint" } pre tabindex="0" { (text(&checkpoint["note"])) } }
        section aria-labelledby="key" {
            h2 #key { "The key that checks" }
            pre tabindex="0" { (keys.verifier_key) }
            p { "Compare it over another channel with the one that you were given." }
        }
        (witnesses(session)?)
        section aria-labelledby="how" {
            h2 #how { "How to check" }
            dl {
                dt { code { "pcs verify --checkpoint kept.txt --key '" (keys.verifier_key) "'" } }
                dd { "says whether the ledger continues a checkpoint that you kept" }
                dt { code { "pcs audit verify FILE --key '" (keys.verifier_key) "'" } }
                dd { "checks a bundle without the ledger: signatures, proofs, and the score folded again" }
                dt { code { "pcs prove --from-size N" } }
                dd { "proves that the ledger continues its first N entries; " code { (visit.at("/v1/proofs/from/")) "N" } " answers the same" }
                dt { a href=(visit.at("/tlog/checkpoint")) { code { (visit.at("/tlog/checkpoint")) } } ", " code { (visit.at("/tlog/tile/")) "…" } }
                dd { "the ledger as a log of C2SP tlog-tiles, for monitors and witnesses" }
            }
        }
        (bundle)
    };
    let mut content = Content::new("Audit", body);
    content.status = format!("The checkpoint of {} entries", checkpoint["size"]);
    content.asked = vec![asked];
    Ok(content)
}

/// The cosignatures that are kept.
fn witnesses(session: &Session<'_>) -> Result<Markup, Problem> {
    let kept = witness::list(session)?;
    let seen =
        || kept.iter().flat_map(|note| note.cosignatures().into_iter().map(|seen| (note.checkpoint().size, seen)));
    let rows = html! {
        tbody {
            @for (size, seen) in seen() {
                tr { th scope="row" { bdi { (seen.name) } } td { code { (format!("{:08x}", seen.id)) } } td.figure { (size) } td { time { (witness::instant(seen.seconds)) } } }
            }
        }
    };
    let heads = ["Witness", "Key", "Entries", "Cosigned at"];
    Ok(html! {
        section aria-labelledby="witnesses" {
            h2 #witnesses { "Witnesses" }
            @if seen().next().is_none() { p { "No cosigned checkpoint is kept: nobody else remembers what this ledger was. " code { "pcs witness add" } " adds one." } }
            @else { (table("Witnesses", "Checkpoints that others saw", &heads, &rows)) }
        }
    })
}

/// A form for bundles, and where those of the partner that it names are.
fn bundle(visit: &Visit, session: &Session<'_>, labels: &Labels) -> Result<Markup, Problem> {
    if !visit.access.covers(Scope::Audit) {
        return Ok(html! {});
    }
    let (times, typed) = (&visit.times, visit.parameters.text("partner"));
    let partner = typed.map(|typed| visit.checked(typed)).transpose()?;
    let areas = visit.parameters.areas()?;
    let reader = session.reader()?;
    let known = |partner: &PartnerId| reader.count(partner.as_str(), times.size).map_err(app::Error::from);
    if let Some(partner) = &partner
        && known(partner)? == 0
    {
        return Err(Problem::unknown_partner(partner));
    }
    let area = match areas[..] {
        [area] => Some(area),
        _ => None,
    };
    Ok(html! {
        section aria-labelledby="bundles" {
            h2 #bundles { "Bundles" }
            p { "A bundle proves the score of a partner on a day, as it was known then: its entries, their proofs, the rules, the checkpoint and the answer." }
            form.range method="get" aria-label="A bundle" {
                (times.hidden(&[]))
                label for="partner" { "Partner" } input #partner type="text" name="partner" value=[typed] required spellcheck="false";
                label for="area" { "Area" }
                select #area name="area" { option value="" { "all" } @for one in Area::ALL { option value=(one) selected[area == Some(*one)] { (words::area(*one)) } } }
                button type="submit" { "Make it" }
            }
            @if let Some(partner) = partner {
                p { a href=(download(visit, &partner, area)) { "Download the bundle of " (labels.partner(&partner)) @if let Some(area) = area { ", " (words::area(area)) } ", as of " (times.as_of) } }
            }
        }
    })
}

/// Where a bundle is: always with an instant, so that it proves the same whenever it is made.
fn download(visit: &Visit, partner: &PartnerId, area: Option<Area>) -> String {
    let known_at = visit.times.known_at.or(visit.times.newest).map(|at| ("known_at", at.to_string()));
    let area = area.map(|area| ("area", area.to_string()));
    let pairs: Vec<_> = [("as_of", visit.times.as_of.to_string())].into_iter().chain(known_at).chain(area).collect();
    format!("{}?{}", visit.at(&filled("/v1/partners/{partner}/bundle", partner.as_str())), query(&pairs))
}
