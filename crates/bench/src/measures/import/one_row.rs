//! A report of one row for a partner of many entries, beside one for a partner of few.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::row::Measurement;
use crate::step::Step;
use crate::stores::Kind;
use crate::timing::{in_turns, seconds_of_processor};
use crate::workbench::Workbench;

/// Measures `pcs import` in a ledger of its own, as large as the largest, which other measures leave as it is.
pub(super) fn run(bench: &Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let layout = bench.layout(events);
    let [few, .., many] = layout.asked() else { return Ok(Vec::new()) };
    let what = format!("processor, report of one row, partner of {}, ledger of {events}", many.events);
    if !bench.pcs.exists() {
        return Ok(vec![Measurement::without_figure(what, "s").with_note(Workbench::WITHOUT_PCS)]);
    }
    let (dir, report) = (bench.fresh("one-row")?, bench.fresh("one-row.csv")?);
    Step::Import { kind: Kind::Ours, file: bench.file(events)?, dir: dir.clone() }.run_apart()?;
    let mut imported = 0;
    let seconds = in_turns(usize::try_from(bench.scaled(bench.pairs))?, &[many, few], |partner| {
        imported += 1;
        std::fs::write(&report, report_of(imported))?;
        import(&bench.pcs, &dir, &report, &partner.account())
    })?;
    let [ours, theirs] = seconds.as_slice() else { return Err("one of the two was not measured".into()) };
    Ok(vec![Measurement::in_turns(what, "s", ours, format!("ours, partner of {}", few.events), theirs)])
}

/// A report whose row is new to the ledger: of a subscription with this number.
fn report_of(subscription: u64) -> String {
    format!(
        "SubscriptionId,Month,ServiceLevel2,CustomerTenantId,IsACRDuplicateAtPGALevel,PartnerAttributionType,ACR_USD\n\
         5b000000-0000-4000-8000-{subscription:012},20240301,Storage,7a000000-0000-4000-8000-000000000001,0,\
         Partner Admin Link,12.50\n"
    )
}

/// The seconds of the processor that an import took, those of all its threads and of the system.
fn import(pcs: &Path, ledger: &Path, report: &Path, partner: &str) -> Outcome<f64> {
    let mut command = Command::new(pcs);
    command.arg("--quiet").arg("--ledger").arg(ledger);
    command.arg("import").arg(report).args(["--kind", "azure-usage", "--partner", partner]);
    seconds_of_processor(&command)
}
