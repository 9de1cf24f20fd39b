//! The workloads of Enterprise Mobility + Security, and the columns that measure them.

use ledger::Name;

use crate::context::Context;
use crate::maps::Domain;
use crate::readers::product::Product;
use crate::rows::columns::{Column, Columns};

/// The abbreviations of the workloads that columns measure.
const ABBREVIATIONS: [&str; 8] = ["AADP", "Intune", "Azip", "AATP", "MCAS", "MIG", "MDO", "MDE"];

/// Those of which the download names users `ActiveUsage`.
const WITH_ACTIVE_USAGE: [&str; 2] = ["AATP", "MCAS"];

/// One workload, and where its columns stand.
pub(super) struct Workload {
    /// The name under which it is recorded, and the abbreviation of the columns.
    pub(super) product: Product,
    /// Where its seats stand; of several, the largest counts.
    pub(super) paid_seats: Vec<Column>,
    /// Where its users stand; of several, the largest counts.
    pub(super) active_users: Vec<Column>,
}

/// The workloads that the file measures. Abbreviations that the maps give one name are one workload.
pub(super) fn workloads(columns: &mut Columns, context: &Context<'_>) -> Vec<Workload> {
    let mut workloads: Vec<Workload> = Vec::new();
    for abbreviation in ABBREVIATIONS {
        // The metrics of a query come last, as they add up the plain columns.
        let mut place = |measure: &str, other: Option<&str>| {
            let names = [Some(measure), other].into_iter().flatten().map(|measure| format!("{abbreviation}{measure}"));
            let names: Vec<String> = names.chain([format!("Total{abbreviation}{measure}")]).collect();
            columns.optional(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let seats = place("PaidAvailableUnits", None);
        let users = place("MonthlyActiveUsers", WITH_ACTIVE_USAGE.contains(&abbreviation).then_some("ActiveUsage"));
        let Some(text) = Name::new(abbreviation).ok().filter(|_| seats.is_some() || users.is_some()) else { continue };
        let product = Product::of(text, &[Domain::M365], context);
        let is_it = |known: &&mut Workload| known.product.name.as_str().eq_ignore_ascii_case(product.name.as_str());
        match workloads.iter_mut().find(is_it) {
            Some(workload) => {
                workload.paid_seats.extend(seats);
                workload.active_users.extend(users);
            }
            None => workloads.push(Workload {
                product,
                paid_seats: seats.into_iter().collect(),
                active_users: users.into_iter().collect(),
            }),
        }
    }
    if workloads.is_empty() {
        columns.needed(&["AADPPaidAvailableUnits", "IntunePaidAvailableUnits", "AzipPaidAvailableUnits"]);
    }
    workloads
}
